"""A point where contenders wait for each other, for races whose outcome must not hang on luck."""

import asyncio


class Meeting:
    """A hook that the first contenders leave together: all have read when the first one writes."""

    def __init__(self, many: int) -> None:
        self._barrier = asyncio.Barrier(many)
        self._over = False

    async def __call__(self, *_row_and_caller: object) -> None:
        """Wait for the others; who comes later, such as for a second attempt, passes."""
        if not self._over:
            await self._barrier.wait()
            self._over = True

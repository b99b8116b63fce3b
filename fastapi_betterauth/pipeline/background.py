"""Work that must not delay a response: mail above all (security sheet §10)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

logger = logging.getLogger("fastapi_betterauth.background")

BackgroundHandler = Callable[[Awaitable[None]], None]
"""Takes over a piece of work, such as a task queue's ``enqueue``."""


class Background:
    """Runs work beside the requests, after the transaction it belongs to is durable."""

    def __init__(self, handler: BackgroundHandler | None = None) -> None:
        self._handler = handler
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Callable[[], Awaitable[None]], name: str) -> None:
        """Start a piece of work; what it raises is logged, never raised.

        Args: name: for the log; nothing that a person typed.
        """
        if self._handler is not None:
            self._handler(logged(work, name))
            return
        task = asyncio.create_task(logged(work, name), name=f"fastapi_betterauth:{name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self, patience: float = 10.0) -> None:
        """Wait for what is under way, at most this many seconds."""
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=patience)


async def logged(work: Callable[[], Awaitable[None]], name: str) -> None:
    """Do a piece of work; what it raises is logged, never raised."""
    try:
        await work()
    except Exception:
        logger.exception("background work %r failed", name)

"""Time that a test moves: the kit's."""

from fastapi_betterauth.testing.clock import MovableClock

__all__ = ["MovableClock"]

"""Time that a test moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class MovableClock:
    """Runs with the real clock, shifted by what a test added."""

    def __init__(self) -> None:
        self._shift = timedelta()

    def __call__(self) -> datetime:
        """Returns: the moment that a test believes it is."""
        return datetime.now(UTC) + self._shift

    def move(self, **by: float) -> None:
        """Move on (or back), by the arguments of a timedelta: ``clock.move(days=8)``."""
        self._shift += timedelta(**by)

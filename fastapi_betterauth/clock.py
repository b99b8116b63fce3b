"""Time as a dependency: everything that asks for the time asks a clock that tests can move."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Returns the present moment, aware and in UTC."""

Duration = int | float | timedelta
"""How options take a length of time: seconds or a timedelta."""


def system_clock() -> datetime:
    """Returns: now, in UTC."""
    return datetime.now(UTC)


def to_timedelta(duration: Duration) -> timedelta:
    """Returns: the duration as a timedelta; a bare number counts seconds."""
    return duration if isinstance(duration, timedelta) else timedelta(seconds=duration)


def to_milliseconds(moment: datetime) -> datetime:
    """Returns: the moment cut to whole milliseconds, the precision of wire and tables alike."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def format_time(moment: datetime) -> str:
    """Returns: ISO 8601 in UTC with exactly three decimals; clients misread any other number (client sheet §3)."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

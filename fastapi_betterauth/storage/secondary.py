"""A key-value store beside the database: for sessions, verifications and rate limits (core-config sheet §7).

Every operation is atomic by itself, across all workers that share the store. There is no other way to count or to
take something once: whoever reads and then writes has lost.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from fastapi_betterauth.clock import Clock, system_clock
from fastapi_betterauth.errors import ConfigurationError


class SecondaryStorage(Protocol):
    """What a store must be able to do; ``RedisStorage`` and ``MemoryStorage`` are two.

    Where the store cannot answer, every method raises SecondaryStorageUnavailable, within a time of its own.
    """

    async def get(self, key: str) -> str | None:
        """Returns: the value, or None when there is none or it has expired."""
        ...

    async def set(self, key: str, value: str, ttl: int | None = None) -> None:
        """Keep a value.

        Args: ttl: seconds until it is forgotten; None: never. With 0 or less it has expired already: the key is gone.
        """
        ...

    async def replace(self, key: str, seen: str | None, value: str, ttl: int) -> bool:
        """Put a value in the place of the one that was read before, unless somebody changed it meanwhile.

        Args: seen: what was read; None: nothing was there. ttl: seconds; with 0 or less the key is gone.
        Returns: whether it was done.
        """
        ...

    async def delete(self, key: str) -> None:
        """Forget a key; one that is not there is no error."""
        ...

    async def get_and_delete(self, key: str) -> str | None:
        """Take a value so that no second caller can have it. Returns: the value, or None."""
        ...

    async def increment(self, key: str, ttl: int) -> int:
        """Count up by one.

        Args: ttl: seconds, at least 1, from the first call on; later calls do not extend it.
        Returns: the new value, 1 for the first caller.
        """
        ...

    async def close(self) -> None:
        """Close what is open; a later call may open it again."""
        ...


class _Entry(NamedTuple):
    value: str
    expires_at: datetime | None


class MemoryStorage:
    """Keeps everything in this process: for development and tests, and for one process that may forget.

    Args:
        max_entries: how many keys are kept; beyond them the oldest are forgotten, expired ones first.
        clock: tells the time.

    Raises: ConfigurationError: ``max_entries`` is below 1.
    """

    def __init__(self, *, max_entries: int = 100_000, clock: Clock = system_clock) -> None:
        if max_entries < 1:
            raise ConfigurationError("MemoryStorage.max_entries", "it is below 1.", "Use 100,000.")
        self._max_entries = max_entries
        self._clock = clock
        # In the order in which keys came, which is also the order in which they go.
        self._entries: dict[str, _Entry] = {}

    async def get(self, key: str) -> str | None:
        """Returns: the value, or None."""
        entry = self._live(key)
        return None if entry is None else entry.value

    async def set(self, key: str, value: str, ttl: int | None = None) -> None:
        """Keep a value for so many seconds; None: for good; 0 or less: not at all."""
        self._entries.pop(key, None)
        if ttl is None or ttl > 0:
            self._keep(key, _Entry(value, None if ttl is None else self._clock() + timedelta(seconds=ttl)))

    async def replace(self, key: str, seen: str | None, value: str, ttl: int) -> bool:
        """Put a value in the place of another. Returns: whether that was still there."""
        entry = self._live(key)
        if (None if entry is None else entry.value) != seen:
            return False
        await self.set(key, value, ttl)
        return True

    async def delete(self, key: str) -> None:
        """Forget a key."""
        self._entries.pop(key, None)

    async def get_and_delete(self, key: str) -> str | None:
        """Take a value. Returns: it, or None."""
        entry = self._live(key)
        self._entries.pop(key, None)
        return None if entry is None else entry.value

    async def increment(self, key: str, ttl: int) -> int:
        """Count up; the time to live runs from the first call. Returns: the new value."""
        ttl = _counted(ttl)
        entry = self._live(key)
        if entry is None:
            self._keep(key, _Entry("1", self._clock() + timedelta(seconds=ttl)))
            return 1
        count = int(entry.value) + 1
        self._entries[key] = entry._replace(value=str(count))
        return count

    async def close(self) -> None:
        """Nothing is open."""

    def __len__(self) -> int:
        return len(self._entries)

    def _live(self, key: str) -> _Entry | None:
        entry = self._entries.get(key)
        if entry is not None and entry.expires_at is not None and entry.expires_at <= self._clock():
            del self._entries[key]
            return None
        return entry

    def _keep(self, key: str, entry: _Entry) -> None:
        if len(self._entries) >= self._max_entries:
            self._make_room()
        self._entries[key] = entry

    def _make_room(self) -> None:
        """Forget what has expired; if that is little, the oldest, several at once so that it stays rare."""
        now = self._clock()
        self._entries = {k: e for k, e in self._entries.items() if e.expires_at is None or e.expires_at > now}
        surplus = len(self._entries) - self._max_entries + 1 + self._max_entries // 100
        for key in list(self._entries)[: max(surplus, 0)]:
            del self._entries[key]


def _counted(ttl: int) -> int:
    if ttl < 1:
        raise ValueError("a counter lives at least one second")
    return ttl

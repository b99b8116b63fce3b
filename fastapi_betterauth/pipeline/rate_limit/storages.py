"""Counters in this process, and in the secondary storage."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import NamedTuple

from fastapi_betterauth.clock import Clock
from fastapi_betterauth.errors import SecondaryStorageUnavailable, StorageUnavailable
from fastapi_betterauth.storage.secondary import SecondaryStorage

from .counting import ALLOWED, Entry, RateLimitDecision, RateLimitStorage, decide
from .rules import RateLimitRule

logger = logging.getLogger("fastapi_betterauth")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(clock: Clock) -> int:
    """Returns: now, in milliseconds since 1970."""
    passed = clock() - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1000 + passed.microseconds // 1000


class _Kept(NamedTuple):
    entry: Entry
    ends_at: int


class MemoryCounters:
    """Counts within this process; others count for themselves."""

    def __init__(self, clock: Clock, *, max_entries: int = 100_000) -> None:
        self._clock = clock
        self._max_entries = max_entries
        # The one counted longest ago comes first.
        self._kept: dict[str, _Kept] = {}

    def __len__(self) -> int:
        return len(self._kept)

    async def consume(self, key: str, rule: RateLimitRule) -> RateLimitDecision:
        """Count a request if it may pass."""
        now = milliseconds(self._clock)
        kept = self._kept.pop(key, None)
        entry, decision = decide(kept.entry if kept else None, rule, now)
        self._forget_some(now)
        self._kept[key] = _Kept(entry, entry.last_request + rule.milliseconds)
        return decision

    def _forget_some(self, now: int) -> None:
        """Drop two old keys for each new one, so that no call pays for many; when it is full, all that are over."""
        for key in [key for key, _ in zip(self._kept, range(2), strict=False)]:
            if self._kept[key].ends_at <= now:
                del self._kept[key]
        if len(self._kept) >= self._max_entries:
            self._kept = {key: kept for key, kept in self._kept.items() if kept.ends_at > now}
            surplus = len(self._kept) - self._max_entries + self._max_entries // 100 + 1
            for key in list(self._kept)[: max(surplus, 0)]:
                del self._kept[key]


class SecondaryCounters:
    """Counts in the secondary storage, by its own clock: a fixed window from the first request on."""

    def __init__(self, storage: SecondaryStorage) -> None:
        self._storage = storage

    async def consume(self, key: str, rule: RateLimitRule) -> RateLimitDecision:
        """Count a request, refused ones too."""
        if await self._storage.increment(key, rule.seconds) <= rule.max:
            return ALLOWED
        return RateLimitDecision(allowed=False, retry_after=rule.seconds)


class ForeignCounters:
    """Counters that are not ours: whatever they raise means that they cannot count just now."""

    def __init__(self, counters: RateLimitStorage) -> None:
        self._counters = counters

    async def consume(self, key: str, rule: RateLimitRule) -> RateLimitDecision:
        """Count a request. Raises: StorageUnavailable."""
        try:
            return await self._counters.consume(key, rule)
        except StorageUnavailable:
            raise
        except Exception as error:
            logger.exception("the storage of the rate limiter failed")
            raise SecondaryStorageUnavailable(f"it raised {type(error).__name__}") from None

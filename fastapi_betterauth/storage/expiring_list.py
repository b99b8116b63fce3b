"""Names that belong together, each until its own end, in one key of the secondary storage (sessions sheet §7)."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from fastapi_betterauth.clock import Clock
from fastapi_betterauth.errors import TransientConflict

from .secondary import SecondaryStorage

_ATTEMPTS = 20


class Listed(NamedTuple):
    """A name, and its end in milliseconds since 1970."""

    name: str
    end: int


class ExpiringList:
    """A JSON array of names and ends, in the order in which they end; what has ended is left out.

    Every change says which list it was made from, so that none is lost when several are made at once.

    Args: member: what a name is called in the JSON, such as ``token``.
    """

    def __init__(self, storage: SecondaryStorage, key: str, member: str, clock: Clock) -> None:
        self._storage = storage
        self._key = key
        self._member = member
        self._clock = clock

    async def names(self) -> list[str]:
        """Returns: the names that have not ended, each once, the first to end first."""
        return list(dict.fromkeys(entry.name for entry in self._parse(await self._storage.get(self._key))))

    async def add(self, name: str, end: datetime) -> None:
        """Add a name, or give it another end."""
        entry = Listed(name, int(end.timestamp() * 1000))
        await self._change(lambda entries: [*(e for e in entries if e.name != name), entry])

    async def remove(self, names: Collection[str]) -> None:
        """Take names out."""
        await self._change(lambda entries: [entry for entry in entries if entry.name not in names])

    async def _change(self, change: Callable[[list[Listed]], list[Listed]]) -> None:
        """Raises: TransientConflict: others changed the list each time."""
        for attempt in range(_ATTEMPTS):
            seen = await self._storage.get(self._key)
            entries = sorted(change(self._parse(seen)), key=lambda entry: entry.end)
            if seen is None and not entries:
                return
            text = json.dumps([{self._member: e.name, "expiresAt": e.end} for e in entries], separators=(",", ":"))
            if await self._storage.replace(self._key, seen, text, self._seconds_left(entries)):
                return
            await asyncio.sleep(random.uniform(0, 0.005 * attempt))  # noqa: S311 - spreads contenders, no secret
        raise TransientConflict("a list in the secondary storage changes all the time")

    def _parse(self, text: str | None) -> list[Listed]:
        """Returns: what can be read of a list that others may have written, too (SC-SESS-20)."""
        try:
            found = json.loads(text or "[]")
        except (ValueError, RecursionError):
            return []
        now = self._clock().timestamp() * 1000
        rows = (row for row in found if isinstance(row, dict)) if isinstance(found, list) else ()
        pairs = ((row.get(self._member), row.get("expiresAt")) for row in rows)
        return [
            Listed(name, int(end))
            for name, end in pairs
            if isinstance(name, str) and isinstance(end, int | float) and end > now
        ]

    def _seconds_left(self, entries: list[Listed]) -> int:
        now = int(self._clock().timestamp() * 1000)
        return max((entries[-1].end - now) // 1000, 0) if entries else 0


def time_to_live(end: datetime, clock: Clock) -> int:
    """Returns: for how many whole seconds something may be kept that ends at this moment."""
    return max((end - clock()) // timedelta(seconds=1), 0)

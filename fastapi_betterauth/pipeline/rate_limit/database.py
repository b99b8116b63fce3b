"""Counters in the database, in the table ``rate_limit`` (security sheet §4.6)."""

from __future__ import annotations

import asyncio
import random

from sqlalchemy import case, insert, or_, select, update

from fastapi_betterauth.clock import Clock
from fastapi_betterauth.errors import TransientConflict, UniqueViolation
from fastapi_betterauth.pipeline.background import Background
from fastapi_betterauth.storage.batches import delete_in_batches
from fastapi_betterauth.storage.compose import Entity
from fastapi_betterauth.storage.engine import Database
from fastapi_betterauth.storage.fields import RateLimitFields
from fastapi_betterauth.storage.transaction import run_alone

from .counting import ALLOWED, RateLimitDecision, refused
from .rules import RateLimitRule
from .storages import milliseconds

_ATTEMPTS = 8
_SHORTEST_PAUSE, _LONGEST_PAUSE = 60_000, 600_000
"""Milliseconds between two clean-ups by one process; they read the whole table."""


class DatabaseCounters:
    """Counts with guarded updates: what the database says was changed decides, never what was read before."""

    def __init__(
        self, database: Database, entity: Entity[RateLimitFields], clock: Clock, background: Background, longest: int
    ) -> None:
        self._database = database
        self._entity = entity
        self._columns = entity.table.c
        self._clock = clock
        self._background = background
        self._longest = longest
        self._next_clean_up = 0

    def expect(self, rule: RateLimitRule) -> None:
        """Keep rows for as long as this rule needs them."""
        self._longest = max(self._longest, rule.milliseconds)

    async def consume(self, key: str, rule: RateLimitRule) -> RateLimitDecision:
        """Count a request if it may pass.

        A row that stays contended is one that many are counted on at this moment: whoever cannot be counted is refused,
        for contention must not be a way past the limit.

        Raises: DatabaseUnavailable.
        """
        self.expect(rule)
        for attempt in range(_ATTEMPTS):
            try:
                decision = await self._try(key, rule, milliseconds(self._clock))
            except TransientConflict:
                await asyncio.sleep(random.uniform(0, 0.02 * (attempt + 1)))  # noqa: S311 - spreads contenders
                continue
            if decision is not None:
                return decision
        return RateLimitDecision(allowed=False, retry_after=1)

    async def _try(self, key: str, rule: RateLimitRule, now: int) -> RateLimitDecision | None:
        """Returns: the decision, or None when others changed the row meanwhile."""
        c, table = self._columns, self._entity.table
        over = c.last_request <= now - rule.milliseconds
        counted = update(table).where(c.key == key, or_(over, c.count < rule.max))
        # In this order: MySQL lets the second expression see what the first one wrote.
        counted = counted.ordered_values((c.count, case((over, 1), else_=c.count + 1)), (c.last_request, now))
        if (await run_alone(self._database, counted)).rowcount > 0:
            return ALLOWED
        row = (await run_alone(self._database, select(c.count, c.last_request).where(c.key == key))).first
        if row is None:
            return await self._first(key, now)
        count, last_request = int(row[0]), int(row.last_request)
        if count < rule.max or last_request <= now - rule.milliseconds:
            return None
        if last_request > now + rule.milliseconds:
            # Written by a clock that was far ahead: nobody is locked out for longer than a window (SC-IP-10).
            healed = update(table).where(c.key == key, c.last_request > now).values(last_request=now)
            await run_alone(self._database, healed)
        return refused(last_request, rule, now)

    async def _first(self, key: str, now: int) -> RateLimitDecision | None:
        values: dict[str, object] = {"key": key, "count": 1, "last_request": now}
        if (id_ := self._entity.ids.new_id(self._entity.key)) is not None:
            values["id"] = id_
        try:
            await run_alone(self._database, insert(self._entity.table).values(values))
        except UniqueViolation:
            return None
        if now >= self._next_clean_up:
            self._next_clean_up = now + min(max(self._longest, _SHORTEST_PAUSE), _LONGEST_PAUSE)
            self._background.start(self._clean_up_in_passing, "rate_limit clean-up")
        return ALLOWED

    async def clean_up(self) -> int:
        """Delete what no window covers any more, in batches that keep nobody waiting. Returns: how many."""
        over = self._columns.last_request < milliseconds(self._clock) - self._longest
        return await delete_in_batches(self._database, self._entity, over)

    async def _clean_up_in_passing(self) -> None:
        await self.clean_up()

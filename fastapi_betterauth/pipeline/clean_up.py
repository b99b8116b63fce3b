"""Removes what nobody can use any more: expired sessions and verifications, counters that are over."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import or_

from fastapi_betterauth.clock import Clock
from fastapi_betterauth.sessions.options import SessionOptions
from fastapi_betterauth.storage.batches import delete_in_batches
from fastapi_betterauth.storage.engine import Database
from fastapi_betterauth.storage.verifications import VerificationOptions

from .rate_limit.limiter import RateLimiter
from .tables import Tables


@dataclass(frozen=True, slots=True)
class Removed:
    """How many rows a clean-up removed."""

    sessions: int = 0
    verifications: int = 0
    rate_limits: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanUp:
    """Cleans the tables of one instance up. What lies in a secondary storage ends by itself."""

    database: Database
    tables: Tables
    sessions: SessionOptions
    verifications: VerificationOptions
    rate_limiter: RateLimiter | None
    clock: Clock

    async def run(self) -> Removed:
        """Remove everything that is over, in small batches.

        Raises: StorageError: the database does not answer.
        """
        return Removed(
            sessions=await self._expired_sessions(),
            verifications=await self._expired_verifications(),
            rate_limits=0 if self.rate_limiter is None else await self.rate_limiter.clean_up(),
        )

    async def _expired_sessions(self) -> int:
        """Preserved rows are a record that the host asked for: they stay."""
        if "session" in self.tables.kept_elsewhere or self.sessions.preserve_session_in_database:
            return 0
        c, now = self.tables.session.table.c, self.clock()
        over = c.expires_at < now
        if self.sessions.absolute is not None:
            over = or_(over, c.created_at < now - self.sessions.absolute)
        return await delete_in_batches(self.database, self.tables.session, over)

    async def _expired_verifications(self) -> int:
        if "verification" in self.tables.kept_elsewhere or self.verifications.disable_cleanup:
            return 0
        over = self.tables.verification.table.c.expires_at < self.clock()
        return await delete_in_batches(self.database, self.tables.verification, over)


class Pace:
    """Says now and then that it is time again; processes that start together do not say it together.

    Args: every: None: never. monotonic: seconds that only go forward.
    """

    def __init__(self, every: timedelta | None, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._every = None if every is None else every.total_seconds()
        self._monotonic = monotonic
        self._next = monotonic() + random.uniform(0, self._every or 0)  # noqa: S311 - spreads processes, no secret

    def is_due(self) -> bool:
        """Returns: whether it is time; then not again for a while."""
        now = self._monotonic()
        if self._every is None or now < self._next:
            return False
        self._next = now + self._every
        return True

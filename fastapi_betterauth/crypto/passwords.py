"""Hashing off the event loop, in as many threads as there are cores (SC-PW-15)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from .hashers import PasswordHasher

T = TypeVar("T")

_LARGEST = 4096


class HashingOverloaded(Exception):
    """More passwords wait to be hashed than the host allows."""


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """Whether a password is right."""

    matches: bool
    replacement: str | None = None
    """A hash of the preferred kind to store instead, when the stored one is of an older kind."""


class Passwords:
    """Hashes and checks passwords with the preferred hasher, checks those of others."""

    def __init__(
        self,
        preferred: PasswordHasher,
        others: Sequence[PasswordHasher] = (),
        *,
        max_workers: int | None = None,
        max_waiting: int = 64,
    ) -> None:
        self._preferred = preferred
        self._others = tuple(others)
        self._workers = max_workers or os.cpu_count() or 1
        self._limit = self._workers + max_waiting
        self._running = 0
        self._pool: ThreadPoolExecutor | None = None

    async def hash(self, password: str) -> str:
        """Returns: a hash by the preferred hasher. Raises: HashingOverloaded."""
        return await self._run(lambda: self._preferred.hash(password))

    async def verify(self, password: str, stored: str | None) -> PasswordCheck:
        """Check a password with work of the same cost whatever there is to check against (SC-PW-02).

        Args: stored: the hash; None if there is none.
        Raises: HashingOverloaded.
        """
        return await self._run(lambda: self._verify(password, stored))

    def close(self) -> None:
        """Let the threads go."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, stored: str | None) -> PasswordCheck:
        hasher = self._hasher_of(stored) if stored else None
        if hasher is None or stored is None or not password or len(password.encode()) > _LARGEST:
            self._preferred.hash("decoy")
            return PasswordCheck(matches=False)
        if not hasher.verify(password, stored):
            return PasswordCheck(matches=False)
        if hasher is not self._preferred or hasher.needs_rehash(stored):
            return PasswordCheck(matches=True, replacement=self._preferred.hash(password))
        return PasswordCheck(matches=True)

    def _hasher_of(self, stored: str) -> PasswordHasher | None:
        return next((h for h in (self._preferred, *self._others) if h.recognises(stored)), None)

    async def _run(self, work: Callable[[], T]) -> T:
        if self._running >= self._limit:
            raise HashingOverloaded
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="fastapi_betterauth_hash")
        self._running += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._running -= 1

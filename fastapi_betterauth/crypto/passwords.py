"""Hashing off the event loop, in a bounded number of threads that give way to requests (SC-PW-15)."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Semaphore
from typing import TypeVar

from .hashers import PasswordHasher

T = TypeVar("T")

logger = logging.getLogger("fastapi_betterauth")

_NICENESS = 19
_LARGEST = 4096  # bytes


class HashingOverloaded(Exception):
    """More passwords wait to be hashed than the host allows."""


@dataclass(frozen=True, slots=True)
class PasswordCheck:
    """Whether a password is right."""

    matches: bool
    replacement: str | None = field(default=None, repr=False)
    """A hash of the preferred kind to store instead, when the stored one is of an older kind."""


class Passwords:
    """Hashes and checks passwords with the preferred hasher, checks those of others.

    Args:
        preferred: makes new hashes, and the decoys that cost what a check costs.
        others: read hashes from earlier times; asked in turn.
        max_workers: threads; by default one for every two cores, for argon2 keeps several lanes busy itself.
        max_waiting: how many may wait for a thread before the next one is turned away.
    """

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
        self._workers = max_workers or max(1, (os.cpu_count() or 1) // 2)
        self._places = Semaphore(self._workers + max_waiting)
        self._pool: ThreadPoolExecutor | None = None

    async def hash(self, password: str) -> str:
        """Hash a password.

        Returns: a hash by the preferred hasher.
        Raises: HashingOverloaded; ValueError: the password is longer than `verify` would take, or no valid text.
        """
        if not _within_bounds(password):
            raise ValueError("this password is too long, or holds half a character")
        return await self._run(lambda: self._preferred.hash(password))

    async def verify(self, password: str, stored: str | None) -> PasswordCheck:
        """Check a password with work of the same cost whatever there is to check against (SC-PW-02).

        Args: stored: the hash; None if there is none.
        Raises: HashingOverloaded.
        """
        return await self._run(lambda: self._verify(password, stored))

    def close(self) -> None:
        """Let the threads go; whoever still waits for one is cancelled."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password: str, stored: str | None) -> PasswordCheck:
        hasher = self._hasher_of(stored) if stored else None
        if hasher is None or stored is None or not password or not _within_bounds(password):
            return self._refuse()
        try:
            matches = hasher.verify(password, stored)
        except ValueError as error:
            # Backends of hosts raise it for passwords they cannot take, at once: that would tell (SC-PW-11).
            logger.warning("%s could not check a password: %s", type(hasher).__name__, type(error).__name__)
            return self._refuse()
        if not matches:
            return PasswordCheck(matches=False)
        if hasher is self._preferred and not hasher.needs_rehash(stored):
            return PasswordCheck(matches=True)
        return PasswordCheck(matches=True, replacement=self._preferred.hash(password))

    def _refuse(self) -> PasswordCheck:
        self._preferred.hash("decoy")
        return PasswordCheck(matches=False)

    def _hasher_of(self, stored: str) -> PasswordHasher | None:
        found = next((h for h in (self._preferred, *self._others) if h.recognises(stored)), None)
        if found is None:
            logger.warning("a stored password hash is of no known kind, or too costly: nobody can sign in with it")
        return found

    async def _run(self, work: Callable[[], T]) -> T:
        if not self._places.acquire(blocking=False):
            raise HashingOverloaded
        if self._pool is None:
            self._pool = ThreadPoolExecutor(
                self._workers, thread_name_prefix="fastapi_betterauth_hash", initializer=_yield_to_requests
            )
        job = self._pool.submit(work)
        # Not when the caller goes away: a thread that has begun stays busy.
        job.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(job)


def _yield_to_requests() -> None:
    """Let the event loop go first: on busy cores a sign-in shall wait for other requests, not they for it.

    Linux has a niceness per thread, which the lanes of argon2 inherit; elsewhere threads stay as they are.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _within_bounds(password: str) -> bool:
    try:
        return len(password) <= _LARGEST and len(password.encode()) <= _LARGEST
    except UnicodeEncodeError:
        return False

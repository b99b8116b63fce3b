"""Secondary storage in Redis (or Valkey): one server, a sentinel's master, or a cluster."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from fastapi_betterauth.clock import Duration, to_timedelta
from fastapi_betterauth.errors import ConfigurationError, SecondaryStorageUnavailable

if TYPE_CHECKING:
    from redis.asyncio import Redis, RedisCluster

T = TypeVar("T")

_INCREMENT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 or redis.call('PTTL', KEYS[1]) < 0 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return count
"""
"""Counts up; a counter without an end (somebody restored it, say) gets one, so that it locks nobody out for good."""

_REPLACE = """
local found = redis.call('GET', KEYS[1])
if ARGV[1] == '' and found or ARGV[1] ~= '' and found ~= string.sub(ARGV[1], 2) then return 0 end
if tonumber(ARGV[3]) > 0 then redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3]) else redis.call('DEL', KEYS[1]) end
return 1
"""
"""Replaces what was read; the first argument is empty for nothing, else it has a mark before the value."""


class RedisStorage:
    """Keeps everything in Redis 6.2 or later.

    Args:
        url: ``redis://[user:password@]host:6379/0``, ``rediss://`` for TLS, ``unix:///path.sock``,
            ``redis+sentinel://[user:password@]host:26379,host2:26379/master-name/0`` or
            ``redis+cluster://[user:password@]host:6379,host2:6379``; or a client of your own, which you close.
        prefix: begins every key, so that several apps can share a server.
        timeout: how long one operation may take, waiting for a connection and retries included.
        max_connections: of this process, to each server.
        retries: how often an operation is tried again after the connection failed.
        backoff: the pause before the first retry; it doubles each time, with some chance.

    Raises: ConfigurationError: the URL cannot be read, a number makes no sense, or the extra is not installed.

    A call whose answer is lost on the way may be tried twice. Then a counter counts one too many, and a value that was
    taken is gone: both err on the safe side.
    """

    def __init__(
        self,
        url: str | Redis | RedisCluster,
        *,
        prefix: str = "better-auth:",
        timeout: Duration = 1.0,
        max_connections: int = 50,
        retries: int = 2,
        backoff: Duration = 0.02,
    ) -> None:
        self._prefix = prefix
        self._timeout = to_timedelta(timeout).total_seconds()
        if self._timeout <= 0 or max_connections < 1 or retries < 0:
            problem = "timeout, max_connections or retries is too small."
            raise ConfigurationError("RedisStorage", problem, "Use 1.0, 50 and 2.")
        try:
            # Here, because the package is an extra.
            from .redis_client import FAULTS, Connected, Manners, connect  # noqa: PLC0415
        except ModuleNotFoundError as missing:
            problem = f"the package {missing.name!r} is not installed."
            raise ConfigurationError("RedisStorage", problem, "Install fastapi-better-auth[redis].") from missing
        self._faults = FAULTS
        if isinstance(url, str):
            pause = to_timedelta(backoff).total_seconds()
            manners = Manners(timeout=self._timeout, max_connections=max_connections, retries=retries, backoff=pause)
            self._connected = connect(url, manners)
        else:
            self._connected = Connected(url)
        self._client = self._connected.client
        # A pool that is exhausted refuses; here callers wait their turn instead.
        self._turns = asyncio.Semaphore(max_connections)

    async def get(self, key: str) -> str | None:
        """Returns: the value, or None."""
        return _text(await self._answer(lambda: self._client.get(self._prefix + key)))

    async def set(self, key: str, value: str, ttl: int | None = None) -> None:
        """Keep a value for so many seconds; None: for good; 0 or less: not at all."""
        if ttl is not None and ttl <= 0:
            await self.delete(key)
            return
        await self._answer(lambda: self._client.set(self._prefix + key, value, ex=ttl))

    async def replace(self, key: str, seen: str | None, value: str, ttl: int) -> bool:
        """Put a value in the place of another. Returns: whether that was still there."""
        marked = "" if seen is None else f"={seen}"
        done = self._answer(lambda: self._client.eval(_REPLACE, 1, self._prefix + key, marked, value, str(ttl)))
        return bool(int(await done))

    async def delete(self, key: str) -> None:
        """Forget a key."""
        await self._answer(lambda: self._client.delete(self._prefix + key))

    async def get_and_delete(self, key: str) -> str | None:
        """Take a value. Returns: it, or None."""
        return _text(await self._answer(lambda: self._client.getdel(self._prefix + key)))

    async def increment(self, key: str, ttl: int) -> int:
        """Count up; the time to live runs from the first call, on the server's clock. Returns: the new value."""
        if ttl < 1:
            raise ValueError("a counter lives at least one second")
        return int(await self._answer(lambda: self._client.eval(_INCREMENT, 1, self._prefix + key, str(ttl))))

    async def list_keys(self) -> AsyncIterator[str]:
        """Yields: every key under the prefix, without it; a slow walk over the whole server."""
        pattern = "".join(f"\\{c}" if c in "*?[]\\" else c for c in self._prefix) + "*"
        walk = aiter(self._client.scan_iter(match=pattern, count=1000))
        while (found := await self._answer(lambda: anext(walk, None))) is not None:
            yield (_text(found) or "").removeprefix(self._prefix)

    async def clear(self) -> None:
        """Forget every key under the prefix."""
        async for key in self.list_keys():
            await self.delete(key)

    async def close(self) -> None:
        """Close the connections, unless the client is the host's own."""
        for closed in self._connected.closers:
            await closed()

    async def _answer(self, operation: Callable[[], Awaitable[T]]) -> T:
        """Wait for an operation, but not for long.

        Raises: SecondaryStorageUnavailable: no answer in time, or a refusal. What Redis says may hold values, so it is
            not carried along.
        """
        try:
            async with asyncio.timeout(self._timeout), self._turns:
                return await operation()
        except self._faults as error:
            raise SecondaryStorageUnavailable(f"Redis does not answer ({type(error).__name__})") from None


def _text(value: bytes | str | None) -> str | None:
    return value.decode() if isinstance(value, bytes) else value

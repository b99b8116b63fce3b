"""The look-up on PostgreSQL, straight on the driver: half the time of a guarded request would else go to layers.

The connection comes from the engine's pool and goes back after a moment without work. It is used by one query at a
time; the loader gathers the next batch meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Column, Select, Text, any_, bindparam
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import QueuePool

from fastapi_betterauth.errors import DatabaseUnavailable
from fastapi_betterauth.storage.engine import Database
from fastapi_betterauth.storage.faults import translated
from fastapi_betterauth.storage.types import Timestamp

_IDLE = 2.0
_TIMEOUT = 10.0

_Convert = Callable[[Any], Any]


class AsyncpgLane:
    """Runs the session look-up on one driver connection."""

    def __init__(self, database: Database, joined: Select[Any], token: Column[Any], token_at: int) -> None:
        self._database = database
        self._token_at = token_at
        dialect = database.engine.dialect
        one = joined.where(token == bindparam("token", type_=Text))
        # A batch of one has its own statement: the array form costs the server three times as much.
        self._one = str(one.compile(dialect=dialect))
        many = joined.where(token == any_(bindparam("tokens", type_=ARRAY(Text))))
        self._many = str(many.compile(dialect=dialect))
        self._converters = _converters(joined, dialect)
        self._connection: AsyncConnection | None = None
        self._driver: Any = None
        self._busy = asyncio.Lock()
        self._timer: asyncio.TimerHandle | None = None
        self._used = 0.0
        self._closing: asyncio.Task[None] | None = None

    async def fetch(self, tokens: Sequence[str]) -> Mapping[str, Sequence[Any]]:
        """Returns: the rows by token. A connection that broke while idle is replaced once, unnoticed."""
        async with self._busy:
            try:
                return await self._query_again_if_broken(tokens)
            finally:
                if self._others_wait():
                    await self.close()

    async def close(self) -> None:
        """Give the connection back to the pool."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        connection, self._connection, self._driver = self._connection, None, None
        if connection is not None:
            await connection.close()

    async def _query_again_if_broken(self, tokens: Sequence[str]) -> Mapping[str, Sequence[Any]]:
        fresh = self._connection is None
        try:
            return await self._query(tokens)
        except DatabaseUnavailable:
            await self._drop()
            if fresh:
                raise
            try:
                return await self._query(tokens)
            except DatabaseUnavailable:
                await self._drop()
                raise

    def _others_wait(self) -> bool:
        """Whether all connections are lent, so that this one must not be kept (SC-DB-08)."""
        pool = self._database.engine.pool
        return isinstance(pool, QueuePool) and 0 < pool.size() <= pool.checkedout()

    async def _query(self, tokens: Sequence[str]) -> Mapping[str, Sequence[Any]]:
        with _driver_errors(), translated():
            driver = self._driver or await self._open()
            loop = asyncio.get_running_loop()
            self._used = loop.time()
            if len(tokens) == 1:
                rows = await driver.fetch(self._one, tokens[0], timeout=_TIMEOUT)
            else:
                rows = await driver.fetch(self._many, tokens, timeout=_TIMEOUT)
        if self._timer is None:
            self._timer = loop.call_later(_IDLE, self._expire, loop)
        if self._converters is None:
            return {row[self._token_at]: tuple(row) for row in rows}
        converted = [
            tuple(value if c is None else c(value) for c, value in zip(self._converters, row, strict=True))
            for row in rows
        ]
        return {row[self._token_at]: row for row in converted}

    async def _open(self) -> Any:
        connection = self._database.reader.connect()
        await connection.start()
        self._connection = connection
        raw = await connection.get_raw_connection()
        self._driver = raw.driver_connection
        return self._driver

    async def _drop(self) -> None:
        connection, self._connection, self._driver = self._connection, None, None
        if connection is not None:
            with translated():
                await connection.invalidate()
                await connection.close()

    def _expire(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        if self._busy.locked() or loop.time() - self._used < _IDLE:
            self._timer = loop.call_later(_IDLE, self._expire, loop)
        elif self._connection is not None:
            self._closing = loop.create_task(self._give_back())

    async def _give_back(self) -> None:
        async with self._busy:
            await self.close()


class _driver_errors:  # noqa: N801 - reads as the context manager it is
    """Name what the driver raises directly, since SQLAlchemy is not in between."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _tb: object) -> None:
        if error is not None and type(error).__module__.startswith("asyncpg"):
            raise DatabaseUnavailable("the database does not answer") from None


def _converters(joined: Select[Any], dialect: Any) -> tuple[_Convert | None, ...] | None:
    """Returns: per column what SQLAlchemy would do to its value; None if nothing needs doing."""
    found = tuple(_needed(column.type, dialect) for column in joined.selected_columns)
    return found if any(found) else None


def _needed(kind: Any, dialect: Any) -> _Convert | None:
    # timestamptz arrives aware and in UTC already.
    if isinstance(kind, Timestamp):
        return None
    processor: _Convert | None = kind.dialect_impl(dialect).result_processor(dialect, None)
    return processor

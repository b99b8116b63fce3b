"""One transaction per request, opened by the first write.

Reads before that run without a transaction and give their connection back at once, so that nothing is held while
a password is hashed. From the first write on, everything goes through the one transaction: a request never needs
two connections, and a pool of one cannot deadlock (SC-DB-08).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CursorResult, Executable, Row, Select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from fastapi_betterauth.errors import DatabaseUnavailable, StorageUnavailable
from fastapi_betterauth.telemetry import OFF, Telemetry

from .engine import Database
from .faults import translated
from .hooks import Caller

logger = logging.getLogger("fastapi_betterauth")

AfterCommit = Callable[[], Awaitable[None]]


class UnitOfWork:
    """All database work of one request."""

    def __init__(self, database: Database, caller: Caller | None = None, telemetry: Telemetry = OFF) -> None:
        self.database = database
        self.caller = caller
        self.telemetry = telemetry
        self._connection: AsyncConnection | None = None
        self._after_commit: list[AfterCommit] = []
        self._on_rollback: list[AfterCommit] = []

    @property
    def writing(self) -> bool:
        """Whether the transaction is open."""
        return self._connection is not None

    async def rows(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        """Returns: all rows of a query.

        A pooled connection that broke while it was idle is replaced once; reading twice does no harm.
        """
        if self._connection is not None:
            with translated():
                return _all(await self._connection.execute(statement))
        try:
            return await self._read(statement)
        except DatabaseUnavailable:
            return await self._read(statement)

    async def _read(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        with translated():
            connection = await _opened(self.database.reader)
            try:
                return _all(await connection.execute(statement))
            finally:
                await asyncio.shield(connection.close())

    async def write(self, statement: Executable) -> CursorResult[Any]:
        """Run a changing statement in the transaction, which it opens if need be."""
        with translated():
            connection = self._connection or await self._begin()
            return await connection.execute(statement)

    def after_commit(self, action: AfterCommit) -> None:
        """Have something done once the transaction is durable; dropped if it rolls back."""
        self._after_commit.append(action)

    def on_rollback(self, action: AfterCommit) -> None:
        """Have something undone that no transaction covers, should this one not become durable."""
        self._on_rollback.append(action)

    async def commit(self) -> None:
        """Make the work durable, then run what waits for that, in order."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with translated():
                await asyncio.shield(_committed(connection))
        self._on_rollback.clear()
        actions, self._after_commit = self._after_commit, []
        for action in actions:
            await action()

    async def rollback(self) -> None:
        """Undo everything."""
        connection, self._connection = self._connection, None
        self._after_commit.clear()
        if connection is not None:
            with translated():
                await connection.close()
        actions, self._on_rollback = self._on_rollback, []
        for action in reversed(actions):
            try:
                await action()
            except StorageUnavailable as error:
                logger.error("what a failed request did to the secondary storage stays done: %s", error)  # noqa: TRY400 - the trace says nothing more

    @asynccontextmanager
    async def surviving(self) -> AsyncIterator[UnitOfWork]:
        """Open a short transaction of its own, for what must outlive a failing request (counters, burnt tokens).

        Once the request's own transaction is open the work joins it: it then lives or dies with the request.
        """
        if self._connection is not None:
            yield self
            return
        unit = UnitOfWork(self.database, self.caller, self.telemetry)
        try:
            yield unit
            await unit.commit()
        finally:
            await unit.rollback()

    async def _begin(self) -> AsyncConnection:
        connection = await _opened(self.database.engine)
        try:
            if self.database.dialect == "sqlite":
                # A transaction that starts as a reader cannot become a writer once another one has written.
                await connection.exec_driver_sql("BEGIN IMMEDIATE")
        except BaseException:
            await asyncio.shield(connection.close())
            raise
        self._connection = connection
        return connection


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a statement."""

    rowcount: int
    rows: Sequence[Row[Any]] = ()

    @property
    def first(self) -> Row[Any] | None:
        """The first row, if there is one."""
        return self.rows[0] if self.rows else None


async def run_alone(database: Database, statement: Executable) -> Ran:
    """Run one statement that is a transaction by itself: one round trip, and what it did stays done.

    For counters that must survive whatever becomes of the request. Raises: StorageError.
    """
    with translated():
        connection = await _opened(database.reader)
        try:
            result = await connection.execute(statement)
            return Ran(result.rowcount, result.all() if result.returns_rows else ())
        finally:
            await asyncio.shield(connection.close())


async def _opened(engine: AsyncEngine) -> AsyncConnection:
    """Take a connection from the pool; who is cut off meanwhile does not take it along (SC-HTTP-37)."""
    connection, abandoned = engine.connect(), asyncio.Event()

    async def open_() -> None:
        await connection.start()
        if abandoned.is_set():
            await connection.close()

    opening = asyncio.ensure_future(open_())
    try:
        await asyncio.shield(opening)
    except asyncio.CancelledError:
        abandoned.set()
        if opening.done() and opening.exception() is None:
            await asyncio.shield(connection.close())
        raise
    return connection


async def _committed(connection: AsyncConnection) -> None:
    try:
        await connection.commit()
    finally:
        await connection.close()


def _all(result: CursorResult[Any]) -> Sequence[Row[Any]]:
    return result.all()

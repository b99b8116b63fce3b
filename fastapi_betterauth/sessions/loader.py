"""Finds the session of a token, with its user, in one query; look-ups that are under way together share one.

The first look-up waits for the next turn of the event loop, whatever arrives until the database is free joins it.
Nothing is remembered: every answer is read after it was asked for (DESIGN §7).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Select, bindparam, select

from fastapi_betterauth.errors import DatabaseUnavailable
from fastapi_betterauth.storage.compose import Entity
from fastapi_betterauth.storage.engine import Database
from fastapi_betterauth.storage.fields import SessionFields, UserFields
from fastapi_betterauth.storage.transaction import UnitOfWork

from .asyncpg_lane import AsyncpgLane
from .models import CurrentSession

_LARGEST_BATCH = 100

Raw = Sequence[Any]
"""Column values: the session's, then the user's."""


_Batch = Mapping[str, Sequence[asyncio.Future[Raw | None]]]


class Lane(Protocol):
    """A way of running the look-up."""

    async def fetch(self, tokens: Sequence[str]) -> Mapping[str, Raw]:
        """Returns: the rows by token."""
        ...

    async def close(self) -> None:
        """Give back what is held."""


class SessionLoader:
    """Looks sessions up by token. One per instance."""

    def __init__(self, database: Database, sessions: Entity[SessionFields], users: Entity[UserFields]) -> None:
        self._sessions = sessions
        self._users = users
        self._split = len(sessions.fields)
        self._names = tuple(spec.name for spec in (*sessions.fields, *users.fields))
        token = sessions.table.c.token
        joined = _join(sessions, users)
        self._one = joined.where(token == bindparam("token"))
        self._many = joined.where(token.in_(bindparam("tokens", expanding=True)))
        self._token_at = self._names.index("token")
        self._lane = self._choose_lane(database, joined)
        self._waiting: dict[str, list[asyncio.Future[Raw | None]]] = {}
        self._flush: asyncio.Task[None] | None = None
        self._plain = not any(spec.transform for spec in (*sessions.fields, *users.fields))

    async def find(self, token: str, unit: UnitOfWork | None = None) -> CurrentSession | None:
        """Find a session that may have expired.

        Args: unit: the request's unit of work; once it writes, the look-up goes through its transaction.
        Raises: StorageError: the database did not answer.
        """
        if unit is not None and unit.writing:
            rows = await unit.rows(self._one.params(token=token))
            return self._build(rows[0]) if rows else None
        raw = await self._join_batch(token)
        return None if raw is None else self._build(raw)

    async def close(self) -> None:
        """Finish what is under way and give the connection back."""
        if self._flush is not None:
            await asyncio.gather(self._flush, return_exceptions=True)
        await self._lane.close()

    def _choose_lane(self, database: Database, joined: Select[Any]) -> Lane:
        if database.engine.dialect.driver == "asyncpg":
            return AsyncpgLane(database, joined, self._sessions.table.c.token, self._token_at)
        return _CoreLane(database, self._one, self._many, self._token_at)

    async def _join_batch(self, token: str) -> Raw | None:
        future: asyncio.Future[Raw | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(token, []).append(future)
        if self._flush is None or self._flush.done():
            self._flush = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        """Serve batch after batch until nobody waits."""
        while self._waiting:
            tokens = list(self._waiting)[:_LARGEST_BATCH]
            batch = {token: self._waiting.pop(token) for token in tokens}
            try:
                found = await self._lane.fetch(tokens)
            except Exception as error:  # noqa: BLE001 - it belongs to those who wait, whatever it is
                _fail(batch, error)
            except BaseException:
                _fail(batch, DatabaseUnavailable("the look-up was cancelled"))
                raise
            else:
                _answer(batch, found)

    def _build(self, raw: Raw) -> CurrentSession:
        values = dict(zip(self._names[: self._split], raw[: self._split], strict=True))
        user_values = dict(zip(self._names[self._split :], raw[self._split :], strict=True))
        if self._plain:
            return CurrentSession(self._users.build(user_values), self._sessions.build(values))
        return CurrentSession(self._users.load(user_values), self._sessions.load(values))


class _CoreLane:
    """Through SQLAlchemy Core: right for every driver."""

    def __init__(self, database: Database, one: Select[Any], many: Select[Any], token_at: int) -> None:
        self._database, self._one, self._many, self._token_at = database, one, many, token_at

    async def fetch(self, tokens: Sequence[str]) -> Mapping[str, Raw]:
        unit = UnitOfWork(self._database)
        statement = self._one.params(token=tokens[0]) if len(tokens) == 1 else self._many.params(tokens=tokens)
        return {row[self._token_at]: row for row in await unit.rows(statement)}

    async def close(self) -> None:
        """Nothing is held."""


def _join(sessions: Entity[SessionFields], users: Entity[UserFields]) -> Select[Any]:
    s, u = sessions.table, users.table
    columns = [s.c[spec.name].label(f"s_{spec.name}") for spec in sessions.fields]
    columns += [u.c[spec.name].label(f"u_{spec.name}") for spec in users.fields]
    return select(*columns).select_from(s.join(u, s.c.user_id == u.c.id))


def _answer(batch: _Batch, found: Mapping[str, Raw]) -> None:
    for token, futures in batch.items():
        for future in futures:
            if not future.done():
                future.set_result(found.get(token))


def _fail(batch: _Batch, error: Exception) -> None:
    for futures in batch.values():
        for future in futures:
            if not future.done():
                future.set_exception(error)

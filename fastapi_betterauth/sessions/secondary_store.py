"""Sessions in the secondary storage, alone or with a copy in the database (sessions sheet §7)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import and_

from fastapi_betterauth.clock import Clock
from fastapi_betterauth.crypto.random import random_id
from fastapi_betterauth.errors import SecondaryStorageUnavailable
from fastapi_betterauth.storage.fields import SessionFields, UserFields
from fastapi_betterauth.storage.hooks import Changes
from fastapi_betterauth.storage.repository import Condition, Repository
from fastapi_betterauth.storage.transaction import UnitOfWork

from .database_store import DatabaseSessions
from .models import CurrentSession
from .secondary_entries import SecondaryEntries

logger = logging.getLogger("fastapi_betterauth")

T = TypeVar("T")


class SecondarySessions:
    """A key per session. What a request did to it is undone when the request's transaction fails.

    Args:
        entries: the keys.
        rows: the table's hooks and rules; its rows, where there is a copy.
        users: whose sessions they are.
        copy: sessions in the database as well, or None.
        preserve: rows of ended sessions stay, marked as ended; then the secondary storage alone is believed.
        clock: tells the time.
    """

    def __init__(
        self,
        entries: SecondaryEntries,
        rows: Repository[SessionFields],
        users: Repository[UserFields],
        copy: DatabaseSessions | None,
        *,
        preserve: bool,
        clock: Clock,
    ) -> None:
        self._entries = entries
        self._rows = rows
        self._users = users
        self._copy = copy
        self._preserve = preserve
        self._clock = clock

    @property
    def unit(self) -> UnitOfWork:
        """The unit of work."""
        return self._rows.unit

    def within(self, unit: UnitOfWork) -> SecondarySessions:
        """Returns: the same sessions seen through another unit of work."""
        copy = None if self._copy is None else self._copy.within(unit)
        rows, users = self._rows.within(unit), self._users.within(unit)
        return SecondarySessions(self._entries, rows, users, copy, preserve=self._preserve, clock=self._clock)

    async def find(self, token: str) -> CurrentSession | None:
        """Returns: session and user; the database is asked for what the secondary storage does not know, or tell."""
        found = await self._unless_down(lambda: self._entries.read(token), None)
        if found is not None:
            return found.current
        return await self._fallback.find(token) if self._fallback is not None else None

    async def active_of_user(self, user_id: str, now: datetime) -> list[SessionFields]:
        """Returns: the user's sessions that have not expired, as many as a list holds."""
        if self._fallback is not None:
            return await self._fallback.active_of_user(user_id, now)
        found = await self._entries.of_user(user_id, self._rows.find_limit)
        return sorted((one.session for one in found if one.session.expires_at > now), key=lambda one: one.created_at)

    async def create(self, user: UserFields, values: Changes) -> SessionFields | None:
        """Returns: the new session, or None when a hook refused."""
        if self._copy is not None:
            session = await self._copy.create(user, values)
        else:
            made = self._rows.entity.ids.new_id(self._rows.entity.key) or random_id()
            session = await self._rows.prepare({**values, "user_id": user.id}, forced_id=made)
            if session is not None:
                self._rows.announce("after_create", session)
        if session is None:
            return None
        begun = CurrentSession(user, session)
        self.unit.on_rollback(lambda: self._entries.remove(user.id, [begun.session.token]))
        await self._unless_down(lambda: self._entries.add(begun), None)
        self.unit.after_commit(lambda: self._unless_down(lambda: self._compare_user(begun), None))
        return session

    async def _compare_user(self, begun: CurrentSession) -> None:
        """Look at the user once more: who was demoted while they signed in was not yet listed when that was told."""
        user = await self._users.find(self._users.columns.id == begun.user.id)
        if user is None:
            await self._entries.remove(begun.user.id, [begun.session.token])
        elif user != begun.user:
            await self._entries.change(begun.session.token, lambda one: CurrentSession(user, one.session))

    async def change(self, token: str, changes: Changes) -> SessionFields | None:
        """Returns: the changed session, or None when it is gone or a hook refused."""
        if self._copy is not None:
            changed = await self._copy.change(token, changes)
            return None if changed is None else await self._follow(changed)
        merged = await self._rows.merge(changes)
        return None if merged is None else await self._write(token, merged)

    async def renew(self, seen: SessionFields, changes: Changes) -> SessionFields | None:
        """Returns: the session as it now is, or None when it is gone."""
        if self._copy is not None:
            renewed = await self._copy.renew(seen, changes)
            return None if renewed is None else await self._follow(renewed)
        found = await self._entries.read(seen.token)
        if found is not None and found.current.session.expires_at != seen.expires_at:
            return found.current.session
        return await self.change(seen.token, changes)

    async def delete(self, token: str, user_id: str | None = None) -> int:
        """Returns: how many ended. A key that holds no session of the user is left alone, whatever it is."""
        found = await self._entries.read(token)
        kept = [found.current] if found is not None and user_id in (None, found.current.session.user_id) else []
        condition = self._rows.columns.token == token
        mine = condition if user_id is None else and_(condition, self._rows.columns.user_id == user_id)
        return await self._end(kept, mine)

    async def delete_of_user(self, user_id: str, keep_token: str | None = None) -> int:
        """Returns: how many ended."""
        found = await self._entries.of_user(user_id)
        mine = self._rows.columns.user_id == user_id
        if keep_token is not None:
            mine = and_(mine, self._rows.columns.token != keep_token)
        return await self._end([one for one in found if one.session.token != keep_token], mine)

    async def _end(self, kept: Sequence[CurrentSession], condition: Condition) -> int:
        """End sessions here and in the database, or, when a hook wants to keep one, none of them.

        The secondary storage goes first: if it does not answer the request fails, and the session is still in both.
        Else it could come back from the one that did not hear of it (SC-SESS-12).
        """
        if self._copy is not None and self._preserve:
            condition = and_(condition, self._rows.columns.expires_at > self._clock())
        rows = await self._rows.find_many(condition, limit=None) if self._copy is not None else []
        ending = {session.token: session for session in (*(one.session for one in kept), *rows)}
        if not await self._rows.may_delete(list(ending.values())):
            return 0
        for user_id in {session.user_id for session in ending.values()}:
            tokens = [session.token for session in ending.values() if session.user_id == user_id]
            await self._entries.remove(user_id, tokens)
        self.unit.on_rollback(lambda: self._bring_back(kept))
        if self._copy is not None:
            await self._end_rows(condition)
        for session in ending.values():
            self._rows.announce("after_delete", session)
        return len(ending)

    async def _end_rows(self, condition: Condition) -> None:
        if self._preserve:
            await self._rows.update_many(condition, {"expires_at": self._clock()})
        else:
            await self._rows.remove(condition)

    async def _bring_back(self, kept: Sequence[CurrentSession]) -> None:
        for one in kept:
            await self._entries.add(one)

    async def _write(self, token: str, merged: Changes) -> SessionFields | None:
        """Change the entry alone; back again if the request fails."""
        before = await self._entries.read(token)
        changed = await self._entries.change(token, lambda one: self._merged(one, merged))
        if before is None or changed is None:
            return None
        self._rows.announce("after_update", changed.session)
        old = {name: getattr(before.current.session, name) for name in merged}

        async def undo() -> None:
            await self._entries.change(token, lambda one: self._merged(one, old))

        self.unit.on_rollback(undo)
        return changed.session

    async def _follow(self, session: SessionFields) -> SessionFields | None:
        """Have the entry say what the row says, once that is durable. Returns: the session; None if it ended here."""
        if self._fallback is None and await self._entries.read(session.token) is None:
            return None

        async def write() -> None:
            await self._unless_down(
                lambda: self._entries.change(session.token, lambda one: CurrentSession(one.user, session)), None
            )

        self.unit.after_commit(write)
        return session

    def _merged(self, current: CurrentSession, changes: Changes) -> CurrentSession:
        return CurrentSession(current.user, self._rows.entity.build({**current.session.__dict__, **changes}))

    @property
    def _fallback(self) -> DatabaseSessions | None:
        """The database, where it knows as much as the secondary storage."""
        return None if self._preserve else self._copy

    async def _unless_down(self, ask: Callable[[], Awaitable[T]], otherwise: T) -> T:
        """Ask the secondary storage; where the database knows the same, go on without it.

        Raises: SecondaryStorageUnavailable: it does not answer, and nothing else can.
        """
        try:
            return await ask()
        except SecondaryStorageUnavailable as error:
            if self._fallback is None:
                raise
            logger.warning("sessions are read from the database alone: %s", error)
            return otherwise

"""Sessions in the database."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_

from fastapi_betterauth.storage.fields import SessionFields, UserFields
from fastapi_betterauth.storage.hooks import Changes
from fastapi_betterauth.storage.sessions import SessionRows
from fastapi_betterauth.storage.transaction import UnitOfWork

from .loader import SessionLoader
from .models import CurrentSession


class DatabaseSessions:
    """A row per session."""

    def __init__(self, rows: SessionRows, loader: SessionLoader) -> None:
        self.rows = rows
        self._loader = loader

    @property
    def unit(self) -> UnitOfWork:
        """The unit of work."""
        return self.rows.rows.unit

    def within(self, unit: UnitOfWork) -> DatabaseSessions:
        """Returns: the same rows seen through another unit of work."""
        return DatabaseSessions(SessionRows(self.rows.rows.within(unit)), self._loader)

    async def find(self, token: str) -> CurrentSession | None:
        """Returns: session and user, in one query."""
        return await self._loader.find(token, self.unit)

    async def active_of_user(self, user_id: str, now: datetime) -> list[SessionFields]:
        """Returns: the user's sessions that have not expired."""
        return await self.rows.active_of_user(user_id, now)

    async def create(self, user: UserFields, values: Changes) -> SessionFields | None:
        """Returns: the new session, or None when a hook refused."""
        return await self.rows.create({**values, "user_id": user.id})

    async def change(self, token: str, changes: Changes) -> SessionFields | None:
        """Returns: the changed session, or None."""
        return await self.rows.update(token, changes)

    async def renew(self, seen: SessionFields, changes: Changes) -> SessionFields | None:
        """Returns: the session as it now is; one of many that ask at this moment writes."""
        c = self.rows.rows.columns
        same = and_(c.token == seen.token, c.expires_at == seen.expires_at)
        return await self.rows.rows.update(same, changes) or await self.rows.find(seen.token)

    async def delete(self, token: str, user_id: str | None = None) -> int:
        """Returns: how many ended."""
        return await self.rows.delete(token, user_id)

    async def delete_of_user(self, user_id: str, keep_token: str | None = None) -> int:
        """Returns: how many ended."""
        return await self.rows.delete_of_user(user_id, keep_token)

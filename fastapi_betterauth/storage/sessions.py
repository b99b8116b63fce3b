"""Questions about sessions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import and_

from .fields import SessionFields
from .hooks import Changes
from .repository import Repository


class SessionRows:
    """Sessions as they lie in the database."""

    def __init__(self, rows: Repository[SessionFields]) -> None:
        self.rows = rows

    async def find(self, token: str) -> SessionFields | None:
        """Returns: the session of this token, expired or not."""
        return await self.rows.find(self.rows.columns.token == token)

    async def active_of_user(self, user_id: str, now: datetime) -> list[SessionFields]:
        """Returns: the user's sessions that have not expired."""
        c = self.rows.columns
        return await self.rows.find_many(and_(c.user_id == user_id, c.expires_at > now), order=c.created_at)

    async def create(self, values: Changes) -> SessionFields | None:
        """Returns: the new session, or None when a hook refused."""
        return await self.rows.create(values)

    async def update(self, token: str, changes: Changes) -> SessionFields | None:
        """Returns: the changed session, or None when it is gone or a hook refused."""
        return await self.rows.update(self.rows.columns.token == token, changes)

    async def delete(self, token: str, user_id: str | None = None) -> int:
        """Delete a session, only the given user's if one is named. Returns: how many went."""
        c = self.rows.columns
        condition = c.token == token
        return await self.rows.delete(and_(condition, c.user_id == user_id) if user_id is not None else condition)

    async def delete_of_user(self, user_id: str, keep_token: str | None = None) -> int:
        """Delete all sessions of a user, but the one to keep. Returns: how many went."""
        c = self.rows.columns
        mine = c.user_id == user_id
        return await self.rows.delete(mine if keep_token is None else and_(mine, c.token != keep_token))

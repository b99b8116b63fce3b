"""Where sessions are kept: what ``Sessions`` asks of a store, whichever it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from fastapi_betterauth.storage.fields import SessionFields, UserFields
from fastapi_betterauth.storage.hooks import Changes
from fastapi_betterauth.storage.transaction import UnitOfWork

from .models import CurrentSession


class SessionStore(Protocol):
    """The sessions of all users, within one unit of work. Hooks run, whatever the store."""

    @property
    def unit(self) -> UnitOfWork:
        """The unit of work."""
        ...

    def within(self, unit: UnitOfWork) -> SessionStore:
        """Returns: the same sessions seen through another unit of work."""
        ...

    async def find(self, token: str) -> CurrentSession | None:
        """Returns: the session of this token with its user; it may have expired."""
        ...

    async def active_of_user(self, user_id: str, now: datetime) -> list[SessionFields]:
        """Returns: the user's sessions that have not expired, oldest first."""
        ...

    async def create(self, user: UserFields, values: Changes) -> SessionFields | None:
        """Returns: the new session, or None when a hook refused."""
        ...

    async def change(self, token: str, changes: Changes) -> SessionFields | None:
        """Returns: the changed session, or None when it is gone or a hook refused."""
        ...

    async def renew(self, seen: SessionFields, changes: Changes) -> SessionFields | None:
        """Change a session unless somebody else renewed it since it was seen.

        Returns: the session as it now is, or None when it is gone.
        """
        ...

    async def delete(self, token: str, user_id: str | None = None) -> int:
        """End a session, only the given user's if one is named. Returns: how many ended."""
        ...

    async def delete_of_user(self, user_id: str, keep_token: str | None = None) -> int:
        """End all sessions of a user, but the one to keep. Returns: how many ended."""
        ...


StoreWithin = Callable[[UnitOfWork], SessionStore]
"""Opens the store of an instance within a unit of work."""

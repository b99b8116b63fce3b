"""Opens the store that an instance's options ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastapi_betterauth.clock import Clock
from fastapi_betterauth.storage.compose import Entity
from fastapi_betterauth.storage.fields import SessionFields, UserFields
from fastapi_betterauth.storage.hooks import Caller, TableHooks
from fastapi_betterauth.storage.repository import Repository
from fastapi_betterauth.storage.secondary import SecondaryStorage
from fastapi_betterauth.storage.sessions import SessionRows
from fastapi_betterauth.storage.transaction import UnitOfWork

from .database_store import DatabaseSessions
from .loader import SessionLoader
from .options import SessionOptions
from .secondary_entries import SecondaryEntries
from .secondary_store import SecondarySessions
from .store import SessionStore


@dataclass(frozen=True, slots=True)
class SessionStores:
    """Sessions in the database, in the secondary storage, or in both."""

    rows: Callable[[UnitOfWork], Repository[SessionFields]]
    users: Callable[[UnitOfWork], Repository[UserFields]]
    loader: SessionLoader
    options: SessionOptions
    entries: SecondaryEntries | None
    clock: Clock

    def __call__(self, unit: UnitOfWork) -> SessionStore:
        """Returns: the sessions within a unit of work."""
        rows = self.rows(unit)
        in_database = DatabaseSessions(SessionRows(rows), self.loader)
        if self.entries is None:
            return in_database
        options = self.options
        copy = in_database if options.store_session_in_database else None
        preserve = options.preserve_session_in_database
        return SecondarySessions(self.entries, rows, self.users(unit), copy, preserve=preserve, clock=self.clock)


def entries_in(
    storage: SecondaryStorage | None, sessions: Entity[SessionFields], users: Entity[UserFields], clock: Clock
) -> SecondaryEntries | None:
    """Returns: the sessions of the secondary storage, if there is one."""
    return None if storage is None else SecondaryEntries(storage, sessions, users, clock)


def user_hooks(entries: SecondaryEntries | None) -> Sequence[TableHooks[UserFields]]:
    """Returns: what keeps the users in the secondary storage as they are in the database, once that is durable."""
    if entries is None:
        return ()
    known = entries

    async def changed(user: UserFields, _caller: Caller | None) -> None:
        await known.put_user(user)

    async def deleted(user: UserFields, _caller: Caller | None) -> None:
        await known.remove(user.id, await known.tokens_of_user(user.id))

    return (TableHooks(after_update=changed, after_delete=deleted),)

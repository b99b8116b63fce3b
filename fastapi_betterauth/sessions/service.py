"""Sessions: begin, resolve, renew, end (sessions sheet)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi_betterauth.clock import Clock, to_milliseconds
from fastapi_betterauth.crypto.random import session_token
from fastapi_betterauth.errors import FAILED_TO_CREATE_SESSION, APIError, SecondaryStorageUnavailable
from fastapi_betterauth.storage.fields import SessionFields, UserFields
from fastapi_betterauth.storage.hooks import Changes
from fastapi_betterauth.storage.transaction import UnitOfWork

from .models import CurrentSession, Resolution
from .options import NOT_REMEMBERED_LIFETIME, SessionOptions
from .store import SessionStore

MayRenew = Callable[[SessionFields], bool]
"""Says whether a session may be extended."""

_LONGEST_USER_AGENT = 1024


@dataclass(frozen=True, slots=True)
class Device:
    """Where a session is begun."""

    ip_address: str | None
    user_agent: str | None


class Sessions:
    """The sessions of all users, within one unit of work."""

    def __init__(
        self, store: SessionStore, options: SessionOptions, clock: Clock, may_renew: Sequence[MayRenew] = ()
    ) -> None:
        self._store = store
        self._options = options
        self._clock = clock
        self._may_renew = may_renew

    def within(self, unit: UnitOfWork) -> Sessions:
        """Returns: the same sessions seen through another unit of work."""
        return Sessions(self._store.within(unit), self._options, self._clock, self._may_renew)

    async def begin(
        self,
        user: UserFields,
        device: Device,
        *,
        remember: bool = True,
        lifetime: timedelta | None = None,
        values: Changes | None = None,
    ) -> CurrentSession:
        """Start a session with a new token.

        Args: remember: False ends it after a day. lifetime: or it ends after this long. values: of plugins, by
            field name.
        Raises: APIError: 401 FAILED_TO_CREATE_SESSION: a database hook refused.
        """
        now = to_milliseconds(self._clock())
        lifetime = lifetime or (self._options.lifetime if remember else NOT_REMEMBERED_LIFETIME)
        complete: dict[str, object] = {
            "ip_address": device.ip_address or "",
            "user_agent": _clean(device.user_agent),
            **(values or {}),
            "token": session_token(),
            "expires_at": now + lifetime,
        }
        session = await self._store.create(user, complete)
        if session is None:
            raise APIError(401, FAILED_TO_CREATE_SESSION)
        return CurrentSession(user, session)

    async def resolve(
        self, token: str, *, remembered: bool = True, may_refresh: bool = True, read_only: bool = False
    ) -> Resolution:
        """Find out who a token belongs to, and renew the session when that is due (sessions sheet §4).

        Args: remembered: False for sessions that must not be extended. may_refresh: False leaves the session as
            it is. read_only: nothing is written; a due renewal is only reported.
        """
        current = await self._store.find(token)
        if current is None:
            return Resolution(ended=True)
        now = self._clock()
        if self._over(current.session, now):
            if not read_only:
                await self._discard(token)
            return Resolution(ended=True)
        if not remembered or not may_refresh:
            return Resolution(current)
        due = self._due(current.session, now)
        if read_only:
            return Resolution(current, needs_refresh=due)
        return await self._renew(current, now) if due else Resolution(current)

    async def _renew(self, current: CurrentSession, now: datetime) -> Resolution:
        """Extend once however many requests ask at this moment; a session revoked meanwhile stays revoked."""
        changes = {"expires_at": self._end_after(current.session, now), "updated_at": to_milliseconds(now)}
        renewed = await self._store.renew(current.session, changes)
        if renewed is None:
            return Resolution(ended=True, vanished=True)
        return Resolution(CurrentSession(current.user, renewed), renewed=True)

    async def _discard(self, token: str) -> None:
        """Clean an expired session up, whatever becomes of the request; it is worth nothing anyway."""
        with suppress(SecondaryStorageUnavailable):
            async with self._store.unit.surviving() as unit:
                await self._store.within(unit).delete(token)

    def _due(self, session: SessionFields, now: datetime) -> bool:
        if self._options.disable_session_refresh or not all(allows(session) for allows in self._may_renew):
            return False
        return session.expires_at - self._options.lifetime + self._options.renewal <= now

    def _end_after(self, session: SessionFields, now: datetime) -> datetime:
        end = now + self._options.lifetime
        if self._options.absolute is not None:
            end = min(end, session.created_at + self._options.absolute)
        return to_milliseconds(end)

    def _over(self, session: SessionFields, now: datetime) -> bool:
        absolute = self._options.absolute
        return session.expires_at <= now or (absolute is not None and session.created_at + absolute <= now)

    async def list_active(self, user_id: str) -> list[SessionFields]:
        """Returns: the user's sessions that can be used, oldest first."""
        return await self._store.active_of_user(user_id, self._clock())

    async def change(self, token: str, changes: Changes) -> SessionFields | None:
        """Returns: the session with new values, or None when it is gone."""
        return await self._store.change(token, changes)

    async def end(self, token: str, *, user_id: str | None = None) -> int:
        """End one session. Args: user_id: end it only if it is this user's. Returns: how many ended."""
        return await self._store.delete(token, user_id)

    async def end_all(self, user_id: str, *, keep_token: str | None = None) -> int:
        """End all sessions of a user, but the one to keep. Returns: how many ended."""
        return await self._store.delete_of_user(user_id, keep_token)


def _clean(user_agent: str | None) -> str:
    """Returns: the header without control characters, cut to a length every column holds (SC-SESS-18)."""
    text = (user_agent or "")[:_LONGEST_USER_AGENT]
    return "".join(character for character in text if character.isprintable())

"""Session and user in a cookie: packed for the browser, and believed when they come back (sessions sheet §5)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import Field, ValidationError, create_model

from fastapi_betterauth.clock import Clock
from fastapi_betterauth.crypto.secret import SecretKeys
from fastapi_betterauth.storage.compose import Entity
from fastapi_betterauth.storage.fields import SessionFields, UserFields
from fastapi_betterauth.storage.record_json import Kept, RecordJson

from .cache_formats import cache_format
from .cache_options import CacheSettings
from .models import CurrentSession
from .options import SessionOptions

_NOT_REMEMBERED: Final = {"compact": timedelta(minutes=1), "jwt": timedelta(minutes=5), "jwe": timedelta(minutes=5)}
"""How long a copy is believed whose cookie ends with the browser."""
_LARGEST_WHOLE: Final = 1e15


class Packed(Kept):
    """What the cookie says; session and user are typed for each instance."""

    session: Any
    user: Any
    updated_at: float = Field(alias="updatedAt")
    version: str = "1"
    exp: float | None = None
    """The end in seconds, of tokens."""
    expires_at: float | None = Field(default=None, alias="expiresAt")
    """The end in milliseconds, of the compact form."""

    def has_ended(self, now: datetime, leeway: timedelta = timedelta()) -> bool:
        """Whether it is past its end; what has none is."""
        end = self.exp if self.expires_at is None else self.expires_at / 1000
        return end is None or end + leeway.total_seconds() <= now.timestamp()


@dataclass(frozen=True, slots=True)
class Unpacked:
    """Who is signed in, by a copy that is believed."""

    current: CurrentSession
    ends_soon: bool
    """The copy wants to be written again."""


class SessionCache:
    """Packs and unpacks the sessions of one instance."""

    def __init__(
        self,
        settings: CacheSettings,
        options: SessionOptions,
        sessions: Entity[SessionFields],
        users: Entity[UserFields],
        keys: SecretKeys,
        clock: Clock,
    ) -> None:
        self._options = options
        self._settings = settings
        self._format = cache_format(self._settings.strategy, keys, clock)
        self._sessions = RecordJson(sessions, private=False)
        self._users = RecordJson(users, private=False)
        self._model: type[Packed] = create_model(
            "PackedSession", __base__=Packed, session=(self._sessions.model, ...), user=(self._users.model, ...)
        )
        self._clock = clock

    async def pack(self, current: CurrentSession, *, remembered: bool) -> str:
        """Returns: the value of the cookie; private fields are not in it (SC-CACHE-10)."""
        content = {
            "session": self._sessions.write(current.session),
            "user": self._users.write(current.user),
            "updatedAt": int(self._clock().timestamp() * 1000),
            "version": await self._version_of(current),
        }
        settings = self._settings
        lifetime = settings.lifetime if remembered else _NOT_REMEMBERED[settings.strategy]
        text = json.dumps(_as_javascript(content), separators=(",", ":"), ensure_ascii=False)
        return self._format.write(text, expires_in=lifetime)

    async def unpack(self, cookie: str, token: str) -> Unpacked | None:
        """Read a copy that belongs to this session token (sessions sheet §4.2, §4.3).

        Returns: who is signed in, or None when the copy is worth nothing: forged, of another session or version, of
            another shape than the tables, past its end, or of a session past its own.
        """
        text = self._format.read(cookie)
        if text is None:
            return None
        try:
            found = self._model.model_validate_json(text)
        except ValidationError:
            return None
        now = self._clock()
        if found.session.token != token or found.has_ended(now):
            return None
        current = CurrentSession(self._users.build(found.user), self._sessions.build(found.session))
        if self._is_over(current.session, now) or found.version != await self._version_of(current):
            return None
        rewrite = self._settings.rewrite_below
        return Unpacked(current, rewrite is not None and found.has_ended(now + rewrite))

    async def _version_of(self, current: CurrentSession) -> str:
        version = self._settings.version
        return version if isinstance(version, str) else await version(current)

    def _is_over(self, session: SessionFields, now: datetime) -> bool:
        absolute = self._options.absolute
        return session.expires_at <= now or (absolute is not None and session.created_at + absolute <= now)


def _as_javascript(value: Any) -> Any:
    """Returns: the value with whole numbers written as such, as what reads it in JavaScript will write them again."""
    if isinstance(value, dict):
        return {name: _as_javascript(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_as_javascript(part) for part in value]
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) < _LARGEST_WHOLE
    return int(value) if is_whole else value

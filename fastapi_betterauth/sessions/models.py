"""What the rest of the code holds when somebody is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic

from typing_extensions import TypeVar

from fastapi_betterauth.storage.fields import SessionFields, UserFields

U = TypeVar("U", bound=UserFields, default=UserFields)
S = TypeVar("S", bound=SessionFields, default=SessionFields)


@dataclass(frozen=True, slots=True)
class CurrentSession(Generic[U, S]):
    """A signed-in user on one device."""

    user: U
    session: S

    def is_fresh(self, now: datetime, fresh_age: timedelta) -> bool:
        """Whether the sign-in is recent; renewal does not make a session fresh again (SC-SESS-16)."""
        return not fresh_age or now - self.session.created_at < fresh_age


@dataclass(frozen=True, slots=True)
class Resolution(Generic[U, S]):
    """What became of a session token."""

    current: CurrentSession[U, S] | None = None
    renewed: bool = False
    """The lifetime was extended: the cookie wants to be set again."""
    needs_refresh: bool = False
    """Renewal is due but was left to a POST."""
    ended: bool = False
    """The token was well signed but its session is gone: the cookies want to be cleared."""
    cached: bool = False
    """A cookie said so; the store was not asked."""
    vanished: bool = False
    """It was there a moment ago and was revoked during the renewal."""

"""How long sessions live and when they are renewed (sessions sheet §1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic

from typing_extensions import TypeVar

from fastapi_betterauth.clock import Duration, to_timedelta
from fastapi_betterauth.errors import ConfigurationError
from fastapi_betterauth.storage.fields import SessionFields

from .cache_options import CookieCache

S = TypeVar("S", bound=SessionFields, default=SessionFields)

NOT_REMEMBERED_LIFETIME = timedelta(days=1)
"""Life of a session whose user asked not to be remembered; it is never extended."""

_LONGEST_COOKIE = timedelta(days=400)


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionOptions(Generic[S]):
    """Sessions.

    Raises: ConfigurationError: a duration is negative, or longer than browsers keep a cookie.
    """

    fields: type[S] | None = None
    """Your subclass of ``SessionFields`` with additional fields."""
    expires_in: Duration = timedelta(days=7)
    """Lifetime, sliding; 0 counts as unset."""
    update_age: Duration = timedelta(days=1)
    """How old the last renewal must be before the lifetime is pushed forward; 0 renews at every use."""
    disable_session_refresh: bool = False
    """Never extend."""
    defer_session_refresh: bool = False
    """GET requests never write: the client is told to renew by ``POST /get-session``."""
    fresh_age: Duration = timedelta(days=1)
    """How long after sign-in a session counts as fresh; 0: always."""
    absolute_lifetime: Duration | None = None
    """End a session this long after sign-in however often it is used; None: it slides for ever, as Better Auth's."""
    store_session_in_database: bool = False
    """With a secondary storage: keep sessions in the database as well, which is asked when it does not answer."""
    preserve_session_in_database: bool = False
    """With the former: rows of ended sessions stay, marked as ended; the secondary storage alone is believed then."""
    cookie_cache: CookieCache = field(default_factory=CookieCache)
    """A copy in a cookie, so that most requests need no look-up."""

    def __post_init__(self) -> None:
        for name in ("expires_in", "update_age", "fresh_age"):
            if to_timedelta(getattr(self, name)) < timedelta(0):
                raise ConfigurationError(f"session.{name}", "it is negative.", "Use 0 or more seconds.")
        if self.lifetime > _LONGEST_COOKIE:
            raise ConfigurationError(
                "session.expires_in", "browsers keep no cookie longer than 400 days.", "Use 400 days or less."
            )
        if self.preserve_session_in_database and not self.store_session_in_database:
            raise ConfigurationError(
                "session.preserve_session_in_database",
                "there is nothing to preserve.",
                "Set store_session_in_database=True as well.",
            )

    @property
    def lifetime(self) -> timedelta:
        """Returns: ``expires_in`` as a timedelta."""
        return to_timedelta(self.expires_in) or timedelta(days=7)

    @property
    def renewal(self) -> timedelta:
        """Returns: ``update_age`` as a timedelta."""
        return to_timedelta(self.update_age)

    @property
    def freshness(self) -> timedelta:
        """Returns: ``fresh_age`` as a timedelta."""
        return to_timedelta(self.fresh_age)

    @property
    def absolute(self) -> timedelta | None:
        """Returns: ``absolute_lifetime`` as a timedelta."""
        return None if self.absolute_lifetime is None else to_timedelta(self.absolute_lifetime)

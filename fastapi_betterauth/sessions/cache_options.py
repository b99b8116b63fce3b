"""Options of the cookie cache (sessions sheet §1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from fastapi_betterauth.clock import Duration, to_timedelta
from fastapi_betterauth.errors import ConfigurationError

from .cache_formats import CacheStrategy
from .models import CurrentSession

_LONGEST_COOKIE = timedelta(days=400)


class CacheVersion(Protocol):
    """Says which version of the cache a session belongs to."""

    async def __call__(self, current: CurrentSession[Any, Any], /) -> str:
        """Returns: the version; caches that carry another one are not used."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class CookieCache:
    """A copy of session and user in a cookie, so that most requests need no look-up.

    Until it ends, what it says is believed by whatever only wants to know who is signed in, although the session may
    have been revoked or the user changed elsewhere. Endpoints that change something read the store.

    Raises: ConfigurationError: a duration or the strategy makes no sense.
    """

    enabled: bool = False
    """Write and read the cache."""
    max_age: Duration = timedelta(minutes=5)
    """How long a copy is believed; also how long a revoked session may still be taken for signed in."""
    strategy: CacheStrategy = "compact"
    """``compact`` and ``jwt`` are signed and can be read by whoever holds the cookie; ``jwe`` is encrypted."""
    version: str | CacheVersion = "1"
    """Another version makes all older copies worthless; or a function that tells it per session."""

    def __post_init__(self) -> None:
        if not timedelta(seconds=1) <= self.lifetime <= _LONGEST_COOKIE:
            raise ConfigurationError(
                "session.cookie_cache.max_age", "it is below a second or over 400 days.", "Use 300 seconds."
            )
        if self.strategy not in ("compact", "jwt", "jwe"):
            raise ConfigurationError(
                "session.cookie_cache.strategy", f"{self.strategy!r} is not known.", "Use 'compact', 'jwt' or 'jwe'."
            )

    @property
    def lifetime(self) -> timedelta:
        """Returns: ``max_age`` as a timedelta."""
        return to_timedelta(self.max_age)

"""Options of the cookie cache (sessions sheet §1)."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from fastapi_betterauth.clock import Duration, to_timedelta
from fastapi_betterauth.errors import ConfigurationError

from .cache_formats import CacheStrategy
from .models import CurrentSession

logger = logging.getLogger("fastapi_betterauth")

_LONGEST_COOKIE = timedelta(days=400)
_USUAL_AGE = timedelta(minutes=5)


class CacheVersion(Protocol):
    """Says which version of the cache a session belongs to."""

    async def __call__(self, current: CurrentSession[Any, Any], /) -> str:
        """Returns: the version; caches that carry another one are not used."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class RefreshCache:
    """Without a store: when a copy is written again."""

    update_age: Duration
    """With this much of its life left, or less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheSettings:
    """What the options come to, once it is known whether there is a store."""

    enabled: bool
    lifetime: timedelta
    strategy: CacheStrategy
    version: str | CacheVersion
    rewrite_below: timedelta | None
    """A copy with less life left is written again without a look at the store; None: never."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CookieCache:
    """A copy of session and user in a cookie, so that most requests need no look-up.

    Until it ends, what it says is believed by whatever only wants to know who is signed in, although the session may
    have been revoked or the user changed elsewhere. Endpoints that change something read the store.

    Without a database and without a secondary storage there is no store: the copy is the session then.

    Raises: ConfigurationError: a duration or the strategy makes no sense.
    """

    enabled: bool | None = None
    """Write and read the cache; by default only where there is no store."""
    max_age: Duration | None = None
    """How long a copy is believed; also how long a revoked session may still be taken for signed in.

    By default 5 minutes; without a store as long as a session lives."""
    strategy: CacheStrategy | None = None
    """``compact`` and ``jwt`` are signed and can be read by whoever holds the cookie; ``jwe`` is encrypted.

    By default ``compact``; without a store ``jwe``."""
    version: str | CacheVersion = "1"
    """Another version makes all older copies worthless; or a function that tells it per session."""
    refresh_cache: bool | RefreshCache | None = None
    """Without a store: write a copy again that is about to end; by default when a fifth of its life is left."""

    def __post_init__(self) -> None:
        ages = [("max_age", self.max_age, timedelta(seconds=1))]
        if isinstance(self.refresh_cache, RefreshCache):
            ages.append(("refresh_cache.update_age", self.refresh_cache.update_age, timedelta(0)))
        for name, age, least in ages:
            if age is not None and not least <= to_timedelta(age) <= _LONGEST_COOKIE:
                raise ConfigurationError(
                    f"session.cookie_cache.{name}", "it is too short, or over 400 days.", "Use 300 seconds."
                )
        if self.strategy not in (None, "compact", "jwt", "jwe"):
            raise ConfigurationError(
                "session.cookie_cache.strategy", f"{self.strategy!r} is not known.", "Use 'compact', 'jwt' or 'jwe'."
            )

    def settle(self, *, stateless: bool, session_lifetime: timedelta) -> CacheSettings:
        """Returns: the settings. Args: stateless: nothing but the cookie keeps sessions."""
        lifetime = to_timedelta(self.max_age or (session_lifetime if stateless else _USUAL_AGE))
        if self.refresh_cache and not stateless:
            logger.warning("session.cookie_cache.refresh_cache is for instances without a store: it is not used")
        rewrite: timedelta | None = None
        if isinstance(self.refresh_cache, RefreshCache):
            rewrite = to_timedelta(self.refresh_cache.update_age)
        elif self.refresh_cache is not False:
            rewrite = timedelta(seconds=int(lifetime.total_seconds()) // 5)
        return CacheSettings(
            enabled=stateless or bool(self.enabled),
            lifetime=lifetime,
            strategy=self.strategy or ("jwe" if stateless else "compact"),
            version=self.version,
            rewrite_below=rewrite if stateless else None,
        )

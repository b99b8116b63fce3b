"""Who is signed in, for services that have the secret but neither database nor instance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache

from pydantic import Field, ValidationError
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from .clock import Clock, system_clock
from .crypto.secret import Secret, SecretKeys, VersionedSecret
from .errors import ConfigurationError
from .pipeline.cookie_chunks import ChunkedCookie
from .pipeline.cookie_codec import CookieAttributes, all_names, decode_value, find_cookie
from .pipeline.cookies import CookieSpec
from .pipeline.schemas import SessionOut, UserOut
from .pipeline.wire import WireModel
from .sessions.cache_formats import CacheFormat, CacheStrategy, cache_format

_LEEWAY = timedelta(seconds=15)
"""Clocks of two services differ; tokens say themselves when they end, and may be this late."""


class CachedSession(WireModel):
    """What the cookie cache says; the session may have been revoked since."""

    session: SessionOut
    user: UserOut
    version: str = "1"
    exp: float | None = Field(default=None, repr=False)
    expires_at: float | None = Field(default=None, repr=False)


def get_cookie_cache(
    request: HTTPConnection | Headers,
    secret: str | Sequence[VersionedSecret],
    *,
    strategy: CacheStrategy = "compact",
    version: str | None = None,
    cookie_name: str = "session_data",
    cookie_prefix: str = "better-auth",
    clock: Clock = system_clock,
) -> CachedSession | None:
    """Read the cookie cache that a browser carries to another service of yours.

    Nothing is looked up: who was signed out or banned elsewhere is believed until the cache ends.

    Args:
        request: the request, or its headers.
        secret: of the instance that wrote the cookie; or all of them, the current one first.
        strategy: how that instance writes it.
        version: refuse every other one; None: any.
        cookie_name, cookie_prefix: what the cookie is called; ``__Secure-`` before them is found as well.
        clock: tells the time.

    Returns: session and user with their additional fields, or None when there is no cookie that can be believed.
    Raises: ConfigurationError: the secret is empty.
    """
    header = _headers_of(request).get("cookie")
    value = _find(header, f"{cookie_prefix}.{cookie_name}")
    text = None if value is None else _format(strategy, _keys_of(secret), clock).read(value)
    if text is None:
        return None
    try:
        found = CachedSession.model_validate_json(text)
    except ValidationError:
        return None
    if version is not None and found.version != version:
        return None
    end = found.exp if found.expires_at is None else found.expires_at / 1000
    late = timedelta() if strategy == "compact" else _LEEWAY
    now = clock()
    if end is None or end + late.total_seconds() <= now.timestamp() or found.session.expires_at <= now:
        return None
    return found


def get_session_cookie(
    request: HTTPConnection | Headers, *, cookie_name: str = "session_token", cookie_prefix: str = "better-auth"
) -> str | None:
    """Find the session cookie, unproven: good for sending people without one to the sign-in page, and for no more.

    Returns: its value, signature included; None if there is none.
    """
    header = _headers_of(request).get("cookie")
    for name in (f"{cookie_prefix}.{cookie_name}", f"{cookie_prefix}-{cookie_name}"):
        for full in (f"__Secure-{name}", name):
            if raw := find_cookie(header, full):
                return decode_value(raw)
    return None


def _find(header: str | None, name: str) -> str | None:
    """Read the cookie under its secure name if the browser has one of it, else under the plain one (SC-COOKIE-02)."""
    secure = f"__Secure-{name}"
    has_secure = any(known == secure or known.startswith(f"{secure}.") for known in all_names(header))
    return ChunkedCookie(CookieSpec(secure if has_secure else name, CookieAttributes()), header).read()


def _headers_of(request: HTTPConnection | Headers) -> Headers:
    return request if isinstance(request, Headers) else request.headers


def _keys_of(secret: str | Sequence[VersionedSecret]) -> tuple[Secret, ...]:
    values = [secret] if isinstance(secret, str) else [one.value for one in secret]
    if not values or not all(values):
        raise ConfigurationError("get_cookie_cache.secret", "it is empty.", "Pass the secret of the instance.")
    return tuple(Secret(value) for value in values)


@lru_cache(maxsize=8)
def _format(strategy: CacheStrategy, keys: tuple[Secret, ...], clock: Clock) -> CacheFormat:
    current, *older = keys
    return cache_format(strategy, SecretKeys(current=current, older=dict(enumerate(older))), clock)

"""The cookie cache of one request or visit: read from its cookies, written to those of the response."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fastapi_betterauth.sessions.cookie_cache import Unpacked
from fastapi_betterauth.sessions.models import CurrentSession

from .cookie_chunks import ChunkedCookie
from .cookies import CookieSpec, ResponseCookies
from .runtime import Runtime


@dataclass(frozen=True, slots=True)
class SessionToCache:
    """What the response is going to carry a copy of."""

    current: CurrentSession
    remembered: bool


async def read_cache(
    auth: Runtime, spec: CookieSpec, header: str | None, cookies: ResponseCookies, token: str
) -> Unpacked | None:
    """Find the copy that belongs to a session token; one that is worth nothing is taken from the browser.

    Args: spec: the cookie. header: of the request. cookies: of the response.
    """
    chunked = ChunkedCookie(spec, header)
    value = chunked.read()
    if auth.session_cache is None or value is None:
        return None
    found = await auth.session_cache.unpack(value, token)
    if found is None:
        chunked.expire(cookies)
    return found


async def write_cache(
    auth: Runtime, spec: CookieSpec, header: str | None, cookies: ResponseCookies, what: SessionToCache
) -> None:
    """Hand a copy out, as long-lived as the session's own cookie. Where the cache is off, nothing happens."""
    if auth.session_cache is None:
        return
    value = await auth.session_cache.pack(what.current, remembered=what.remembered)
    attributes = spec.attributes if what.remembered else replace(spec.attributes, max_age=None)
    ChunkedCookie(replace(spec, attributes=attributes), header).write(cookies, value)

"""Who visits a host route: the short way, for guards."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.datastructures import Headers

from fastapi_betterauth.sessions.models import CurrentSession
from fastapi_betterauth.storage.transaction import UnitOfWork

from .base_url import UnknownHost
from .cookie_chunks import ChunkedCookie
from .cookie_codec import decode_value, find_cookie
from .cookies import ResponseCookies
from .runtime import Runtime, SessionCookies
from .session_cookies import SessionToCache, read_cache, write_cache


@dataclass(frozen=True, slots=True)
class Visitor:
    """What became of a request's session cookie."""

    current: CurrentSession | None = None
    cookies: tuple[str, ...] = ()
    """Set-Cookie lines for the response."""
    cached: bool = False
    """A cookie said so; the store was not asked."""


_NOBODY = Visitor()


async def resolve_visitor(auth: Runtime, headers: Headers, *, may_refresh: bool, from_store: bool = False) -> Visitor:
    """Resolve the session of a request to a host route (sessions sheet §4).

    Args: may_refresh: False when no response would carry a renewed cookie; the session then stays as it is.
        from_store: whether the cookie cache is not enough.
    Raises: StorageError: the store does not answer.
    """
    header = headers.get("cookie") or ""
    token = auth.token_beside_cookie(headers) if auth.token_readers else None
    if token is None:
        token = _signed(auth, header, auth.cookies.token.name)
    if token is None:
        return _NOBODY
    remembered = _signed(auth, header, auth.cookies.dont_remember.name) is None
    cookies = ResponseCookies()
    if not from_store and auth.session_cache is not None:
        copied = await _by_copy(auth, headers, token, cookies, renewed=may_refresh, remembered=remembered)
        if copied is not None:
            return Visitor(copied, tuple(cookies.lines()), cached=True)
    unit = UnitOfWork(auth.database)
    try:
        resolution = await auth.sessions_within(unit).resolve(
            token,
            remembered=remembered,
            may_refresh=may_refresh,
            read_only=auth.session_options.defer_session_refresh,
        )
        await unit.commit()
    finally:
        await unit.rollback()
    to_copy = auth.session_cache is not None and remembered and may_refresh
    if not resolution.renewed and not resolution.ended and not to_copy:
        return Visitor(resolution.current, tuple(cookies.lines()))
    specs = _cookies_of(auth, headers)
    if resolution.ended:
        cookies.expire(specs.token)
        ChunkedCookie(specs.data, header).expire(cookies)
        cookies.expire(specs.dont_remember)
    elif resolution.current is not None:
        if resolution.renewed:
            cookies.set(specs.token, auth.signer.sign(token))
        await write_cache(auth, specs.data, header, cookies, SessionToCache(resolution.current, remembered=True))
    return Visitor(resolution.current, tuple(cookies.lines()))


async def _by_copy(
    auth: Runtime, headers: Headers, token: str, cookies: ResponseCookies, *, renewed: bool, remembered: bool
) -> CurrentSession | None:
    """Returns: who is signed in by the cookie cache. Args: renewed: write it again if it ends soon."""
    header = headers.get("cookie")
    # Only attributes depend on the host, and most visits set no cookie.
    found = await read_cache(auth, auth.cookies.data, header, ResponseCookies(), token)
    if found is None:
        ChunkedCookie(_cookies_of(auth, headers).data, header).clean(cookies)
        return None
    if found.ends_soon and renewed:
        specs = _cookies_of(auth, headers)
        cookies.set(specs.token if remembered else specs.browser_token, auth.signer.sign(token))
        await write_cache(auth, specs.data, header, cookies, SessionToCache(found.current, remembered=True))
    return found.current


def _cookies_of(auth: Runtime, headers: Headers) -> SessionCookies:
    """Tell the session's cookies; where the host is not one of ours they are bound to no domain."""
    try:
        base = auth.base_url.resolve(
            host=headers.get("host"),
            forwarded_host=headers.get("x-forwarded-host"),
            forwarded_proto=headers.get("x-forwarded-proto"),
            scheme="https",
        )
    except UnknownHost:
        return auth.cookies
    return auth.cookies_at(base.origin)


def _signed(auth: Runtime, header: str, name: str) -> str | None:
    raw = find_cookie(header, name)
    return None if raw is None else auth.signer.unsign(decode_value(raw))

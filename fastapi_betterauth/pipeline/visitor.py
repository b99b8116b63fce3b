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
        specs = _cookies_of(auth, headers)
        copy = await read_cache(auth, specs.data, header, cookies, token)
        if copy is not None and copy.ends_soon and may_refresh:
            cookies.set(specs.token if remembered else specs.browser_token, auth.signer.sign(token))
            await write_cache(auth, specs.data, header, cookies, SessionToCache(copy.current, remembered=True))
        if copy is not None:
            return Visitor(copy.current, tuple(cookies.lines()), cached=True)
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
    copied = auth.session_cache is not None and remembered and may_refresh
    if not resolution.renewed and not resolution.ended and not copied:
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

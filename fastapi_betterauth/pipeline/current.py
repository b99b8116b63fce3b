"""Resolves the session of a request, and what endpoints may demand of it (e-mail sheet, table of guards)."""

from __future__ import annotations

from typing import Annotated

from fastapi_betterauth.errors import SESSION_NOT_FRESH, UNAUTHORIZED, APIError
from fastapi_betterauth.sessions.models import CurrentSession, Resolution

from .context import RequestContext
from .cookie_chunks import ChunkedCookie
from .cookies import CookieSpec
from .operation import Provide
from .session_cookies import SessionToCache, read_cache, write_cache


async def resolve_session(
    context: RequestContext,
    *,
    read_only: bool | None = None,
    may_refresh: bool = True,
    from_store: bool | None = None,
) -> Resolution:
    """Find out who makes a request, once; renewed and ended sessions change the cookies of the response.

    Args: read_only: leave a due renewal to a POST; by default as ``session.defer_session_refresh`` says.
        may_refresh: False leaves the session as it is.
        from_store: whether the cookie cache is not enough; by default it is for GET requests only, so that who was
            signed out or banned elsewhere changes nothing any more (SC-CACHE-01).
    """
    stored = "GET" not in context.operation.methods if from_store is None else from_store
    stored = stored and not context.auth.stateless
    known = context._resolution  # noqa: SLF001
    if known is not None and not (known.cached and stored):
        return known
    resolution = await _resolve(context, read_only=read_only, may_refresh=may_refresh, stored=stored)
    context._resolution = resolution  # noqa: SLF001
    return resolution


def token_of(context: RequestContext) -> str | None:
    """Returns: the token a call names, be its session alive or not."""
    given = context._given_session  # noqa: SLF001
    return _presented(context) if given is None else given.session.token


def _presented(context: RequestContext) -> str | None:
    beside = context.auth.token_beside_cookie(context.headers)
    return context.signed_cookie(context.session_cookies.token) if beside is None else beside


async def _resolve(context: RequestContext, *, read_only: bool | None, may_refresh: bool, stored: bool) -> Resolution:
    if context._given_session is not None:  # noqa: SLF001
        return Resolution(context._given_session)  # noqa: SLF001
    auth, cookies = context.auth, context.session_cookies
    header = context.headers.get("cookie")
    if auth.session_cache is None:
        ChunkedCookie(cookies.data, header).clean(context.cookies)
    token = _presented(context)
    if token is None:
        return Resolution()
    if not stored and (copied := await _by_copy(context, token, may_refresh=may_refresh)) is not None:
        return copied
    deferred = auth.session_options.defer_session_refresh if read_only is None else read_only
    remembered = context.signed_cookie(cookies.dont_remember) is None
    may_refresh = may_refresh and not context.query.get("disableRefresh")
    resolution = await context.sessions.resolve(
        token, remembered=remembered, may_refresh=may_refresh, read_only=deferred
    )
    if resolution.ended:
        clear_session_cookies(context)
    elif resolution.current is not None:
        if resolution.renewed:
            _hand_out(context, cookies.token, resolution.current)
        elif remembered and may_refresh:
            context.to_cache = SessionToCache(resolution.current, remembered=True)
    return resolution


async def _by_copy(context: RequestContext, token: str, *, may_refresh: bool) -> Resolution | None:
    """Returns: what the cookie cache says, if it is to be asked and can be believed."""
    if context.query.get("disableCookieCache"):
        return None
    header, spec = context.headers.get("cookie"), context.session_cookies.data
    copy = await read_cache(context.auth, spec, header, context.cookies, token)
    if copy is None:
        return None
    if copy.ends_soon and may_refresh:
        _write_again(context, copy.current)
    return Resolution(copy.current, cached=True)


def _write_again(context: RequestContext, current: CurrentSession) -> None:
    """Hand out the next copy of a session that lives in cookies alone; its own end stays (sessions sheet §4.4)."""
    cookies = context.session_cookies
    remembered = context.signed_cookie(cookies.dont_remember) is None
    context.set_signed_cookie(cookies.token if remembered else cookies.browser_token, current.session.token)
    context.to_cache = SessionToCache(current, remembered=True)


def issue_session_cookies(context: RequestContext, current: CurrentSession, *, remember: bool | None = None) -> None:
    """Hand a session to the browser.

    Args: remember: False makes it a browser session; None keeps what the request's own flag says (sessions §9).
    """
    cookies = context.session_cookies
    if remember is None:
        remember = context.signed_cookie(cookies.dont_remember) is None
    _hand_out(context, cookies.token if remember else cookies.browser_token, current)
    if not remember:
        context.set_signed_cookie(cookies.dont_remember, "true")
    elif context.cookie(cookies.dont_remember) is not None:
        context.cookies.expire(cookies.dont_remember)


def rewrite_session_cookies(context: RequestContext, current: CurrentSession) -> None:
    """Set the cookies of the current session again after its data changed, as long-lived as before."""
    cookies = context.session_cookies
    remembered = context.signed_cookie(cookies.dont_remember) is None
    _hand_out(context, cookies.token if remembered else cookies.browser_token, current)


def _hand_out(context: RequestContext, spec: CookieSpec, current: CurrentSession) -> None:
    context.set_signed_cookie(spec, current.session.token)
    context.new_session = current
    if context.auth.clean_up_pace.is_due():
        context.afterwards("clean-up", lambda: _clean_up(context))
    context.to_cache = SessionToCache(current, remembered=spec is context.session_cookies.token)


async def _clean_up(context: RequestContext) -> None:
    await context.auth.clean_up.run()


async def hand_out_copy(context: RequestContext) -> None:
    """Write the cookie cache that the request has come to, once, when nothing can change it any more."""
    if context.to_cache is not None:
        header, spec = context.headers.get("cookie"), context.session_cookies.data
        await write_cache(context.auth, spec, header, context.cookies, context.to_cache)


def forget_copy(context: RequestContext) -> None:
    """Have the browser forget the cookie cache; no new copy leaves with this response (SC-CACHE-03)."""
    context.to_cache = None
    ChunkedCookie(context.session_cookies.data, context.headers.get("cookie")).expire(context.cookies)


def clear_session_cookies(context: RequestContext) -> None:
    """Have the browser forget the session."""
    cookies = context.session_cookies
    context.cookies.expire(cookies.token)
    forget_copy(context)
    context.cookies.expire(cookies.dont_remember)


async def _optional(context: RequestContext) -> CurrentSession | None:
    return (await resolve_session(context)).current


async def _stored(context: RequestContext) -> CurrentSession | None:
    return (await resolve_session(context, from_store=True)).current


async def _active(context: RequestContext) -> CurrentSession:
    return _required((await resolve_session(context)).current)


async def _sensitive(context: RequestContext) -> CurrentSession:
    return _required(await _stored(context))


def _required(current: CurrentSession | None) -> CurrentSession:
    if current is None:
        raise APIError(401, UNAUTHORIZED)
    return current


async def _fresh(context: RequestContext) -> CurrentSession:
    current = await _sensitive(context)
    if not current.is_fresh(context.auth.clock(), context.auth.session_options.freshness):
        raise APIError(403, SESSION_NOT_FRESH)
    return current


OptionalSession = Annotated[CurrentSession | None, Provide(_optional)]
"""The session, if there is one; on GET the cookie cache may tell."""

StoredSession = Annotated[CurrentSession | None, Provide(_stored)]
"""The session, if there is one, read from the store whatever caches there are."""

ActiveSession = Annotated[CurrentSession, Provide(_active, guard=True)]
"""A session, else 401 UNAUTHORIZED; on GET the cookie cache may tell."""

SensitiveSession = Annotated[CurrentSession, Provide(_sensitive, guard=True)]
"""A session read from the store, whatever caches there are; else 401 UNAUTHORIZED."""

FreshSession = Annotated[CurrentSession, Provide(_fresh, guard=True)]
"""A recent sign-in, read from the store; else 401 UNAUTHORIZED or 403 SESSION_NOT_FRESH."""

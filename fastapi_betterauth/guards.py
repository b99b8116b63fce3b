"""Guards for host routes: FastAPI dependencies that hand over who is signed in, or refuse.

Bound to an instance (``auth.current_session``) or free (``current_session``), which finds the instance on the app.
They work on HTTP and WebSocket routes, for sync and async endpoints.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Generic, TypeVar, cast

from fastapi import HTTPException, WebSocketException, status
from fastapi.routing import iter_route_contexts
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection

from .access_control import PermissionRequest, UserPermissions
from .errors import (
    EMAIL_NOT_VERIFIED,
    FORBIDDEN,
    SERVICE_UNAVAILABLE,
    SESSION_NOT_FRESH,
    TOO_MANY_REQUESTS,
    UNAUTHORIZED,
    APIError,
    ErrorCode,
    StorageError,
)
from .pipeline.outgoing import INSTANCES, OUTBOX, put
from .pipeline.provenance import check_visit
from .pipeline.route import AuthRoute
from .pipeline.runtime import Runtime
from .pipeline.security import cookie_scheme
from .pipeline.visitor import Visitor, resolve_visitor
from .sessions.models import CurrentSession
from .storage.fields import SessionFields, UserFields

T = TypeVar("T")

Decide = Callable[[Runtime, CurrentSession[Any, Any] | None], T]


class NotSignedIn(HTTPException):
    """401: nobody is signed in."""

    def __init__(self) -> None:
        super().__init__(status.HTTP_401_UNAUTHORIZED, _detail(UNAUTHORIZED), {"WWW-Authenticate": "Cookie"})


class NotAllowed(HTTPException):
    """403: somebody is signed in, but that is not enough."""

    def __init__(self, code: ErrorCode) -> None:
        super().__init__(status.HTTP_403_FORBIDDEN, _detail(code))


class TooManyRequests(HTTPException):
    """429: somebody asked too often."""

    def __init__(self, retry_after: int) -> None:
        headers = {"X-Retry-After": str(retry_after), "Retry-After": str(retry_after)}
        super().__init__(status.HTTP_429_TOO_MANY_REQUESTS, _detail(TOO_MANY_REQUESTS), headers)


class NotAvailable(HTTPException):
    """503: it cannot be told who is signed in; nobody is let through meanwhile."""

    def __init__(self) -> None:
        super().__init__(status.HTTP_503_SERVICE_UNAVAILABLE, _detail(SERVICE_UNAVAILABLE), {"Retry-After": "1"})


class Guard(SecurityBase, Generic[T]):
    """A dependency that decides by the session of a request.

    Being a security scheme, it puts the lock on the route at ``/docs``.
    """

    def __init__(self, decide: Decide[T], auth: Runtime | None = None, *, from_store: bool = False) -> None:
        self._decide = decide
        self._auth = auth
        self._from_store = from_store
        name = auth.cookies.token.name if auth is not None else "better-auth.session_token"
        self.model = cookie_scheme(name)
        self.scheme_name = "session"

    def bind(self, auth: Runtime) -> Guard[T]:
        """Returns: the same guard for one instance."""
        return Guard(self._decide, auth, from_store=self._from_store)

    @property
    def demands_session(self) -> bool:
        """Returns: whether nobody passes without a session."""
        return self._decide is not _optional

    async def __call__(self, connection: HTTPConnection) -> T:
        """Decide about a request.

        Raises: HTTPException: 401, 403 or 503; on WebSockets the connection is closed with 1008 instead.
        """
        try:
            auth = self._auth or find_instance(connection)
            return self._decide(auth, await session_of(auth, connection, from_store=self._from_store))
        except HTTPException as refusal:
            raise spoken_to(connection, refusal) from None


class OriginGuard:
    """A dependency that refuses what a foreign site has a visitor's browser send."""

    def __init__(self, auth: Runtime | None = None) -> None:
        self._auth = auth

    def bind(self, auth: Runtime) -> OriginGuard:
        """Returns: the same guard for one instance."""
        return OriginGuard(auth)

    async def __call__(self, connection: HTTPConnection) -> None:
        """Let pass what changes nothing, what trusted origins send, and clients that are no browser and send no cookie.

        Raises: HTTPException: 403 INVALID_ORIGIN, MISSING_OR_NULL_ORIGIN, CROSS_SITE_NAVIGATION_LOGIN_BLOCKED; on
            WebSockets the connection is closed with 1008 instead.
        """
        try:
            await check_visit(self._auth or find_instance(connection), connection)
        except APIError as refusal:
            told = HTTPException(refusal.status, {"code": refusal.code, "message": refusal.message})
            raise spoken_to(connection, told) from None


def spoken_to(connection: HTTPConnection, refusal: HTTPException) -> HTTPException | WebSocketException:
    """Returns: the refusal as this kind of connection understands it."""
    if connection.scope["type"] == "websocket":
        return WebSocketException(status.WS_1008_POLICY_VIOLATION, _reason(refusal))
    return refusal


async def session_of(
    auth: Runtime, connection: HTTPConnection, *, from_store: bool = False
) -> CurrentSession[Any, Any] | None:
    """Look the session up once per request, however many guards ask.

    Args: from_store: whether the cookie cache is not enough.
    Raises: NotAvailable.
    """
    from_store = from_store and not auth.stateless
    known: dict[Runtime, Visitor] = connection.scope.setdefault(_MEMO, {})
    if auth in known and not (from_store and known[auth].cached):
        return known[auth].current
    try:
        await auth.ready()
        may_refresh = OUTBOX in connection.scope
        visitor = await resolve_visitor(auth, connection.headers, may_refresh=may_refresh, from_store=from_store)
    except StorageError:
        raise NotAvailable from None
    if visitor.cookies:
        put(connection.scope, visitor.cookies)
    known[auth] = visitor
    return visitor.current


def known_session(auth: Runtime, connection: HTTPConnection) -> CurrentSession[Any, Any] | None:
    """Returns: the session that a guard of this request has found before; nothing is looked up."""
    known: dict[Runtime, Visitor] = connection.scope.get(_MEMO, {})
    return known[auth].current if auth in known else None


def find_instance(connection: HTTPConnection) -> Runtime:
    """Find the instance whose router the app includes, or else the app around it.

    Raises: RuntimeError: there is none, or there are several.
    """
    app = connection.scope["app"]
    found = getattr(app.state, _STATE, None)
    if found is None:
        found = {
            c.original_route.auth for c in iter_route_contexts(app.routes) if isinstance(c.original_route, AuthRoute)
        }
        setattr(app.state, _STATE, found)
    # A mounted app without a router of its own belongs to the one that runs the lifespan.
    instances: set[Runtime] = found or connection.scope.get(INSTANCES, set())
    if len(instances) != 1:
        problem = "no BetterAuth router is" if not instances else "several BetterAuth routers are"
        raise RuntimeError(f"{problem} included in this app: use the guards of an instance, auth.current_session")
    return next(iter(instances))


_MEMO = "fastapi_betterauth.sessions"
_STATE = "fastapi_betterauth"


def _detail(code: ErrorCode) -> dict[str, str]:
    return {"code": code.code, "message": code.message}


def _reason(refusal: HTTPException) -> str:
    detail = cast("object", refusal.detail)
    return str(cast("dict[str, str]", detail)["code"]) if isinstance(detail, dict) else str(detail)


def _optional(_auth: Runtime, current: CurrentSession[Any, Any] | None) -> CurrentSession[Any, Any] | None:
    return current


def _required(_auth: Runtime, current: CurrentSession[Any, Any] | None) -> CurrentSession[Any, Any]:
    if current is None:
        raise NotSignedIn
    return current


def _user(auth: Runtime, current: CurrentSession[Any, Any] | None) -> Any:
    return _required(auth, current).user


def _fresh(auth: Runtime, current: CurrentSession[Any, Any] | None) -> CurrentSession[Any, Any]:
    signed_in = _required(auth, current)
    if not signed_in.is_fresh(auth.clock(), auth.session_options.freshness):
        raise NotAllowed(SESSION_NOT_FRESH)
    return signed_in


def _verified(auth: Runtime, current: CurrentSession[Any, Any] | None) -> CurrentSession[Any, Any]:
    signed_in = _required(auth, current)
    if not signed_in.user.email_verified:
        raise NotAllowed(EMAIL_NOT_VERIFIED)
    return signed_in


def require_permission(**permissions: Sequence[str]) -> Guard[CurrentSession[UserFields, SessionFields]]:
    """Guard: a session of a user who may do all of this; 401 UNAUTHORIZED, 403 FORBIDDEN.

    Args: permissions: actions by resource, ``project=["create", "delete"]``; what cannot be a Python name is given as
        ``**{"sales-lead": ["read"]}``.
    """
    return Guard(partial(_permitted, permissions), from_store=True)


def require_role(*names: str) -> Guard[CurrentSession[UserFields, SessionFields]]:
    """Guard: a session of a user with one of these roles; 401 UNAUTHORIZED, 403 FORBIDDEN."""
    return Guard(partial(_in_role, names), from_store=True)


def _permitted(
    permissions: PermissionRequest, auth: Runtime, current: CurrentSession[Any, Any] | None
) -> CurrentSession[Any, Any]:
    signed_in = _required(auth, current)
    if not _permissions_of(auth).allows(signed_in.user, permissions):
        raise NotAllowed(FORBIDDEN)
    return signed_in


def _in_role(names: Sequence[str], auth: Runtime, current: CurrentSession[Any, Any] | None) -> CurrentSession[Any, Any]:
    signed_in = _required(auth, current)
    if not set(names).intersection(_permissions_of(auth).roles_of(signed_in.user)):
        raise NotAllowed(FORBIDDEN)
    return signed_in


def _permissions_of(auth: Runtime) -> UserPermissions:
    if auth.permissions is None:
        raise RuntimeError("require_permission and require_role need a plugin that knows roles: plugins=[Admin()]")
    return auth.permissions


optional_session: Guard[CurrentSession[UserFields, SessionFields] | None] = Guard(_optional)
"""The session, or None."""

current_session: Guard[CurrentSession[UserFields, SessionFields]] = Guard(_required)
"""The session; 401 UNAUTHORIZED without one."""

current_user: Guard[UserFields] = Guard(_user)
"""The user; 401 UNAUTHORIZED without a session."""

fresh_session: Guard[CurrentSession[UserFields, SessionFields]] = Guard(_fresh, from_store=True)
"""A session begun recently; 401 UNAUTHORIZED, 403 SESSION_NOT_FRESH."""

require_verified_email: Guard[CurrentSession[UserFields, SessionFields]] = Guard(_verified, from_store=True)
"""A session of a user with a verified address; 401 UNAUTHORIZED, 403 EMAIL_NOT_VERIFIED."""

require_trusted_origin = OriginGuard()
"""For forms and WebSockets of the host: what a foreign site sends is refused with 403 INVALID_ORIGIN."""

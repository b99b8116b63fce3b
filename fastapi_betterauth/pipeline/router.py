"""The router a host includes: one comparison decides whether a request concerns us at all."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from .operation import Operation
from .outgoing import install
from .route import AuthRoute
from .runtime import Runtime

_ENCODED_STRUCTURE = (b"%2f", b"%5c", b"%2e", b"%25", b"%00", b";")

_NOT_OURS: tuple[Match, Scope] = (Match.NONE, {})


class AuthRouter(APIRouter):
    """All endpoints of one instance.

    FastAPI tries every route of an included router before it comes to the host's next one. This router answers for
    its whole prefix at once, so that the host's own routes do not pay for ours; unknown paths below the prefix are an
    empty 404, and no slash is ever redirected (SC-HTTP-05).
    """

    def __init__(
        self,
        auth: Runtime,
        operations: tuple[Operation[Any], ...],
        lifespan: Callable[[Any], AbstractAsyncContextManager[None]],
    ) -> None:
        super().__init__(lifespan=_with_cookies(lifespan, auth), redirect_slashes=False)
        self._auth = auth
        self._prefix = auth.base_url.path
        reachable = (o for o in operations if not o.server_only)
        self.routes.extend(AuthRoute.bind(auth, o, defines=number == 0) for number, o in enumerate(reachable))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Decide by the prefix. Every request of the host's own comes through here: theirs are let go first."""
        prefix = self._prefix
        if prefix not in scope["path"] or scope["type"] != "http":
            return _NOT_OURS
        path = _route_path(scope)
        if prefix and (path == prefix or path.startswith(prefix + "/")):
            return Match.FULL, {}
        return super().matches(scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request below the prefix; paths that hide their structure are unknown (SC-HTTP-02)."""
        raw = scope.get("raw_path") or b""
        if b"%" in raw and any(mark in raw.lower() for mark in _ENCODED_STRUCTURE):
            await self.not_found(scope, receive, send)
            return
        if self._auth.skip_trailing_slashes and scope["path"].endswith("/"):
            scope["path"] = scope["path"].rstrip("/")
        await super().handle(scope, receive, send)

    async def not_found(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer an unknown path: 404, no body, no content type."""
        await Response(status_code=404)(scope, receive, send)


def _route_path(scope: Scope) -> str:
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path[len(root) :] if root and path.startswith(root) else path


def _with_cookies(
    lifespan: Callable[[Any], AbstractAsyncContextManager[None]], auth: Runtime
) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def run(app: Any) -> AsyncIterator[None]:
        install(app, auth)
        async with lifespan(app):
            yield

    return run

"""Cookies that guards renew on host routes, put on whatever response the host sends.

FastAPI merges a dependency's headers only when it makes the response itself; a redirect, a file or a stream of the
host's own would leave without them. This wrapper around the finished app adds them as the response starts.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

OUTBOX: Final = "fastapi_betterauth.outbox"
INSTANCES: Final = "fastapi_betterauth.instances"

_STARTS = frozenset({"http.response.start", "websocket.accept"})


class OutgoingCookies:
    """ASGI wrapper that gives each request an outbox for Set-Cookie lines, and says which instances the app runs.

    Every request of the host comes through here: its functions hand awaitables on instead of awaiting them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.instances: set[object] = set()

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Pass a request on."""
        if scope["type"] == "lifespan":
            return self._app(scope, receive, send)
        scope[INSTANCES] = self.instances
        if OUTBOX in scope:  # an app around this one carries them
            return self._app(scope, receive, send)
        outbox: list[str] = []
        scope[OUTBOX] = outbox

        def send_with_cookies(message: Message) -> Awaitable[None]:
            return send(_with_cookies(message, outbox) if outbox else message)

        return self._app(scope, receive, send_with_cookies)


def _with_cookies(message: Message, outbox: list[str]) -> Message:
    if message["type"] not in _STARTS:
        return message
    lines = [(b"set-cookie", line.encode("latin-1")) for line in outbox]
    outbox.clear()
    return {**message, "headers": [*message.get("headers", ()), *lines]}


def install(app: Any, instance: object) -> None:
    """Wrap an app whose lifespan starts: no middleware can be added to it any more."""
    if not hasattr(app, "build_middleware_stack"):
        return
    stack = app.middleware_stack or app.build_middleware_stack()
    if not isinstance(stack, OutgoingCookies):
        stack = OutgoingCookies(stack)
    stack.instances.add(instance)
    app.middleware_stack = stack


def put(scope: Scope, lines: Sequence[str]) -> bool:
    """Send Set-Cookie lines with the response of this request. Returns: False when nothing would carry them."""
    outbox = scope.get(OUTBOX)
    if outbox is None:
        return False
    outbox.extend(lines)
    return True

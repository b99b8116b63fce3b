"""The app as a client of the kit sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from fastapi_betterauth.pipeline.background import Background


class SettledApp:
    """Answers as the app does, and is done only when the work beside the answer is: mails are there with it.

    Args: app: the app. state: what its lifespan gave to requests.
    """

    def __init__(self, app: ASGIApp, state: Mapping[str, Any], background: Background) -> None:
        self._app = app
        self._state = state
        self._background = background

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        await self._app({**scope, "state": dict(self._state)}, receive, send)
        await self._background.drain()

"""Clients on which somebody is signed in."""

from __future__ import annotations

from typing import Any, Generic, Protocol, cast

from starlette.types import ASGIApp

from fastapi_betterauth.client.http_library import HasJar
from fastapi_betterauth.sessions.models import U

from .http_library import library


class HasCookies(Protocol):
    """A client that keeps cookies: of httpx, httpx2 or Starlette, blocking or not."""

    @property
    def cookies(self) -> HasJar:
        """The cookies it keeps."""
        ...


class UserClient(library.AsyncClient, Generic[U]):
    """A client of an app, and who is signed in on it. Like a browser it names its origin."""

    def __init__(self, app: ASGIApp, base_url: str, user: U) -> None:
        transport = library.ASGITransport(app=cast("Any", app))
        super().__init__(transport=transport, base_url=base_url, headers={"origin": base_url})
        self.user = user
        """As they were made."""

"""The kit for tests that are plain functions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, ParamSpec, TypeVar
from urllib.parse import urljoin

from anyio.from_thread import BlockingPortal
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.types import ASGIApp

from fastapi_betterauth.auth import BetterAuth
from fastapi_betterauth.sessions.models import CurrentSession, S, U

from .clients import HasCookies
from .clock import MovableClock
from .kit import AuthKit
from .outbox import Outbox

T = TypeVar("T")
P = ParamSpec("P")


class _Client(TestClient):
    """A TestClient whose app runs in another thread. Like a browser it names its origin."""

    __test__ = False

    def __init__(self, app: ASGIApp, base_url: str, portal: BlockingPortal) -> None:
        super().__init__(app, base_url=base_url, headers={"origin": base_url})
        self.portal = portal

    def websocket_connect(
        self, url: str, subprotocols: Sequence[str] | None = None, **kwargs: Any
    ) -> WebSocketTestSession:
        """Connect to where the cookies belong: Starlette by itself goes to ``ws://testserver``."""
        here = str(self.base_url).replace("http", "ws", 1)
        return super().websocket_connect(urljoin(here, url), subprotocols, **kwargs)


class BlockingUserClient(_Client, Generic[U]):
    """A TestClient of an app, and who is signed in on it."""

    def __init__(self, app: ASGIApp, base_url: str, portal: BlockingPortal, user: U) -> None:
        super().__init__(app, base_url, portal)
        self.user = user
        """As they were made."""


class BlockingAuthKit(Generic[U, S]):
    """An app under test that runs in another thread, and everything a test wants of its accounts.

    Args: kit: the kit over there. portal: the way to it.
    """

    def __init__(self, kit: AuthKit[U, S], portal: BlockingPortal) -> None:
        self._kit = kit
        self._portal = portal

    @property
    def auth(self) -> BetterAuth[U, S]:
        """Returns: the instance; call what is asynchronous of it through ``run``."""
        return self._kit.auth

    @property
    def base_url(self) -> str:
        """Returns: where clients believe the app to be."""
        return self._kit.base_url

    @property
    def clock(self) -> MovableClock:
        """Returns: the instance's clock: ``clock.move(days=8)`` makes it another day."""
        return self._kit.clock

    @property
    def mails(self) -> Outbox:
        """Returns: what was sent: ``mails.last(address).url``, ``.token``, ``.code``."""
        return self._kit.mails

    def user(self, *, password: str | None = None, **values: object) -> U:
        """Make a user; as AuthKit.user."""
        return self.run(lambda: self._kit.user(password=password, **values))

    def sign_in(self, client: HasCookies, user: U, **values: object) -> CurrentSession[U, S]:
        """Sign a client in; as AuthKit.sign_in."""
        return self.run(lambda: self._kit.sign_in(client, user, **values))

    def signed_in(self, client: HasCookies) -> CurrentSession[U, S] | None:
        """Returns: who is signed in on a client; None if nobody is."""
        return self.run(self._kit.signed_in, client)

    def as_user(self, user: U | None = None, *, password: str | None = None, **values: object) -> BlockingUserClient[U]:
        """Get a client of the app on which somebody is signed in; as AuthKit.as_user."""
        known = self.user(password=password, **values) if user is None else user
        client = BlockingUserClient(self._kit.app, self.base_url, self._portal, known)
        self.sign_in(client, known)
        return client

    def stranger(self) -> TestClient:
        """Returns: a client of the app on which nobody is signed in."""
        return _Client(self._kit.app, self.base_url, self._portal)

    def run(self, work: Callable[P, Awaitable[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run something asynchronous where the app runs: ``kit.run(auth.api.list_sessions)``."""
        return self._portal.call(lambda: work(*args, **kwargs))

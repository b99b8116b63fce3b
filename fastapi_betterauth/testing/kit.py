"""What a test asks of an app: users, clients that are signed in, mails, another day."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from typing import Any, Generic, TypeVar, cast

from starlette.datastructures import Headers
from starlette.types import ASGIApp

from fastapi_betterauth.auth import BetterAuth
from fastapi_betterauth.client.cookie_jar import header_for, receive
from fastapi_betterauth.pipeline.base_url import BaseURL
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import issue_session_cookies
from fastapi_betterauth.pipeline.operation import get
from fastapi_betterauth.pipeline.sign_in import begin_session
from fastapi_betterauth.pipeline.visitor import resolve_visitor
from fastapi_betterauth.sessions.models import CurrentSession, S, U
from fastapi_betterauth.storage.accounts import CREDENTIAL
from fastapi_betterauth.storage.hooks import Changes

from .clients import HasCookies, UserClient
from .clock import MovableClock
from .http_library import library
from .outbox import Outbox

T = TypeVar("T")


class AuthKit(Generic[U, S]):
    """An app under test, and everything a test wants of its accounts.

    Args:
        auth: the instance.
        app: what answers requests.
        base_url: where clients believe the app to be.
        clock: the instance's clock.
        mails: what the instance would have sent.
    """

    def __init__(
        self, auth: BetterAuth[U, S], app: ASGIApp, *, base_url: str, clock: MovableClock, mails: Outbox
    ) -> None:
        self.auth = auth
        self.app = app
        self.base_url = base_url
        self.clock = clock
        """``clock.move(days=8)`` makes it another day."""
        self.mails = mails
        """``mails.last(address).url``, ``.token``, ``.code``: what was sent."""
        self._numbers = count(1)
        self._clients: list[library.AsyncClient] = []

    async def user(self, *, password: str | None = None, **values: object) -> U:
        """Make a user, through the database hooks. The address counts as verified.

        Args: password: lets them sign in with it. values: columns by field name; ``name`` and ``email`` are made up.
        Raises: TypeError: there is no such column; ValueError: a database hook refused.
        """
        number = next(self._numbers)
        drafted = {"name": f"User {number}", "email": f"user{number}@example.test", "email_verified": True, **values}
        self._check("user", drafted)
        return cast("U", await self._within(lambda context: _create(context, drafted, password)))

    async def sign_in(self, client: HasCookies, user: U, **values: object) -> CurrentSession[U, S]:
        """Sign a client in, without password or second factor; whoever was signed in there is no more.

        Args: client: of httpx, httpx2 or Starlette. values: columns of the session by field name.
        Raises: TypeError: there is no such column; APIError: the user may have no session, such as one who is banned.
        """
        self._check("session", values)

        async def begin(context: RequestContext) -> tuple[CurrentSession[U, S], list[str]]:
            current = await begin_session(context, user, values=values)
            issue_session_cookies(context, current)
            return cast("CurrentSession[U, S]", current), context.cookies.lines()

        current, lines = await self._within(begin)
        receive(client.cookies.jar, self.base_url, lines)
        return current

    async def signed_in(self, client: HasCookies) -> CurrentSession[U, S] | None:
        """Returns: who is signed in on a client; None if nobody is. Nothing changes by asking."""
        headers = Headers({"cookie": header_for(client.cookies.jar, self.base_url)})
        visitor = await resolve_visitor(self.auth.runtime, headers, may_refresh=False)
        return cast("CurrentSession[U, S] | None", visitor.current)

    async def as_user(self, user: U | None = None, *, password: str | None = None, **values: object) -> UserClient[U]:
        """Get a client of the app on which somebody is signed in.

        Args: user: who; by default a new user, made as ``user(password=…, **values)`` makes one.
        """
        known = await self.user(password=password, **values) if user is None else user
        client = UserClient(self.app, self.base_url, known)
        self._clients.append(client)
        await self.sign_in(client, known)
        return client

    def stranger(self) -> library.AsyncClient:
        """Returns: a client of the app on which nobody is signed in."""
        transport = library.ASGITransport(app=cast("Any", self.app))
        client = library.AsyncClient(transport=transport, base_url=self.base_url, headers={"origin": self.base_url})
        self._clients.append(client)
        return client

    async def settled(self) -> Outbox:
        """Returns: the mails, once work beside calls of ``auth.api`` is done; clients of the kit wait by themselves."""
        await self.auth.runtime.background.drain()
        return self.mails

    async def close(self) -> None:
        """Close the clients."""
        for client in self._clients:
            await client.aclose()

    def _check(self, table: str, values: Mapping[str, object]) -> None:
        entity = self.auth.tables.user if table == "user" else self.auth.tables.session
        if unknown := [name for name in values if name not in entity.by_name]:
            raise TypeError(f"{table} has no column {unknown[0]!r}; it has {', '.join(entity.by_name)}")

    async def _within(self, work: Callable[[RequestContext], Awaitable[T]]) -> T:
        """Do something as the server itself does it, in one transaction."""
        runtime = self.auth.runtime
        context = RequestContext(
            runtime,
            _OPERATION,
            headers=Headers({"user-agent": "fastapi_betterauth.testing"}),
            base=runtime.base_url.static or BaseURL(self.base_url, runtime.base_url.path),
            trusted=runtime.trusted,
            ip_address=None,
            request=None,
        )
        try:
            done = await work(context)
            await context.unit.commit()
        finally:
            await context.unit.rollback()
        return done


@get("/testing", tag="testing", server_only=True)
async def _operation() -> None:
    """Stand for the endpoint that a test plays."""


_OPERATION = _operation


async def _create(context: RequestContext, values: Changes, password: str | None) -> object:
    user = await context.users.create({**values, "email": str(values["email"]).lower()})
    if user is None:
        raise ValueError("a database hook of the app refused this user")
    if password is not None:
        stored = await context.auth.passwords.hash(password)
        account = {"account_id": user.id, "provider_id": CREDENTIAL, "user_id": user.id, "password": stored}
        await context.accounts.create(account)
    return user

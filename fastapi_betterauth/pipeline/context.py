"""What a request knows about itself, from the first check to the last cookie."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import Any, TypeVar, cast

from starlette.datastructures import Headers
from starlette.requests import Request

from fastapi_betterauth.errors import TOO_MANY_REQUESTS, APIError
from fastapi_betterauth.sessions.models import CurrentSession, Resolution
from fastapi_betterauth.sessions.service import Device, Sessions
from fastapi_betterauth.storage.accounts import Accounts
from fastapi_betterauth.storage.fields import Fields
from fastapi_betterauth.storage.hooks import Caller
from fastapi_betterauth.storage.repository import Repository
from fastapi_betterauth.storage.transaction import UnitOfWork
from fastapi_betterauth.storage.users import Users
from fastapi_betterauth.storage.verifications import Verifications

from .base_url import BaseURL
from .cookie_codec import decode_value, find_cookie
from .cookies import CookieSpec, ResponseCookies
from .operation import Operation
from .origin import TrustedOrigins
from .runtime import Runtime, SessionCookies
from .session_cookies import SessionToCache

F = TypeVar("F", bound=Fields)
T = TypeVar("T")


class RequestContext:
    """One call of one operation, over HTTP or in-process."""

    def __init__(
        self,
        auth: Runtime,
        operation: Operation[Any],
        *,
        headers: Headers,
        base: BaseURL,
        trusted: TrustedOrigins,
        ip_address: str | None,
        request: Request | None,
        session: CurrentSession | None = None,
    ) -> None:
        self.auth = auth
        self.operation = operation
        self.headers = headers
        self.base = base
        self.trusted = trusted
        self.ip_address = ip_address
        self.request = request
        """The HTTP request, or None for a server-side call: no client can make it None."""
        self.path_params: dict[str, str] = {}
        self.query: Mapping[str, Any] = {}
        self.new_session: CurrentSession | None = None
        """The session that this call hands out: a new one, or the caller's once more."""
        self.sign_in_held = False
        """Whether the answer is what a sign-in waits for."""
        self.flow_context: dict[str, Any] = {}
        """What travels with a sign-in through a provider, from its start to its callback; hooks fill it, no client."""
        self._given_session = session
        self._learned: dict[str, Any] = {}
        self._begin()

    def _begin(self) -> None:
        """Start with nothing done; also how a second attempt starts."""
        caller = Caller(
            operation=self.operation.name,
            over_http=self.request is not None,
            ip_address=self.ip_address,
            user_agent=self.headers.get("user-agent"),
            headers=self.headers,
        )
        self.unit = UnitOfWork(self.auth.database, caller, self.auth.telemetry)
        self.cookies = ResponseCookies()
        self.response_headers: list[tuple[str, str]] = []
        self.new_session = None
        self.sign_in_held = False
        self._resolution: Resolution | None = None
        self.to_cache: SessionToCache | None = None
        self._afterwards: list[tuple[str, Callable[[], Awaitable[None]], bool]] = []
        for name in ("users", "accounts", "sessions", "verifications"):
            self.__dict__.pop(name, None)

    restart = _begin

    @cached_property
    def users(self) -> Users:
        """The users, within this request's transaction."""
        entity, hooks = self.auth.tables.user, self.auth.table_hooks["user"]
        return Users(Repository(self.unit, entity, hooks, self.auth.clock, self.auth.find_limit))

    @cached_property
    def accounts(self) -> Accounts:
        """The accounts, within this request's transaction."""
        entity, hooks = self.auth.tables.account, self.auth.table_hooks["account"]
        return Accounts(Repository(self.unit, entity, hooks, self.auth.clock, self.auth.find_limit))

    @cached_property
    def sessions(self) -> Sessions:
        """The sessions, within this request's transaction."""
        return self.auth.sessions_within(self.unit)

    @cached_property
    def verifications(self) -> Verifications:
        """The verification rows, within this request's transaction."""
        return self.auth.verifications_within(self.unit)

    def rows(self, kind: type[F]) -> Repository[F]:
        """Returns: the rows of a plugin's table, within this request's transaction. Args: kind: its fields."""
        entity = self.auth.tables.of(kind)
        hooks = self.auth.table_hooks[entity.key]
        return Repository(self.unit, entity, hooks, self.auth.clock, self.auth.find_limit)

    async def once(self, name: str, work: Callable[[], Awaitable[T]]) -> T:
        """Do what must not be done again when the request starts again, such as trading a code.

        Returns: what the work returned the first time.
        """
        if name not in self._learned:
            self._learned[name] = await work()
        return cast("T", self._learned[name])

    @property
    def device(self) -> Device:
        """Where the request comes from."""
        return Device(self.ip_address, self.headers.get("user-agent"))

    @property
    def over_http(self) -> bool:
        """Whether the call came over HTTP."""
        return self.request is not None

    @cached_property
    def session_cookies(self) -> SessionCookies:
        """The session's cookies; their domain may depend on the host of the request."""
        return self.auth.cookies_at(self.base.origin)

    @property
    def unattended(self) -> bool:
        """Whether the server itself calls, on nobody's behalf."""
        return self.request is None and not self.headers and self._given_session is None

    def cookie_spec(self, key: str, *, max_age: int | None = None) -> CookieSpec:
        """Returns: the cookie of this logical name, where the request came to. Args: max_age: in seconds."""
        return self.auth.cookie_rules_at(self.base.origin).spec(key, max_age=max_age)

    def cookie(self, spec: CookieSpec) -> str | None:
        """Returns: the decoded value of a cookie the request carries."""
        raw = find_cookie(self.headers.get("cookie"), spec.name)
        return None if raw is None else decode_value(raw)

    def signed_cookie(self, spec: CookieSpec) -> str | None:
        """Returns: the value of a cookie that we signed, or None."""
        value = self.cookie(spec)
        return None if value is None else self.auth.signer.unsign(value)

    def set_signed_cookie(self, spec: CookieSpec, value: str) -> None:
        """Set a cookie that only we could have written."""
        self.cookies.set(spec, self.auth.signer.sign(value))

    def afterwards(self, name: str, work: Callable[[], Awaitable[None]], *, even_if_refused: bool = False) -> None:
        """Have something done in the background once the transaction is durable (mail, notifications).

        Args: even_if_refused: also when the request ends with an APIError.
        """
        self._afterwards.append((name, work, even_if_refused))

    async def count_attempt(self, kind: str, account: str) -> None:
        """Count a guess at somebody's password or code, before it is checked.

        Args: kind: ``password``, or one that a plugin has in ``account_limits``. account: what the account is looked up
            by, known or not.
        Raises: APIError: 429 when the account was tried too often, from wherever (SC-IP-17).
        """
        limiter = self.auth.rate_limiter
        if limiter is None or not self.over_http:
            return
        decision = await limiter.may_try(kind, account, writing=self.unit.writing)
        if not decision.allowed:
            wait = str(decision.retry_after)
            headers = (("x-retry-after", wait), ("retry-after", wait))
            raise APIError(429, message=TOO_MANY_REQUESTS.message, headers=headers)

    async def announce_password(self, user_id: str) -> None:
        """Tell plugins that a user is about to get another password."""
        for listen in self.auth.password_listeners:
            await listen(self, user_id)

    async def may_mail(self, kind: str, recipient: str) -> bool:
        """Count a mail that this request causes.

        Returns: whether to send it; False when the person got too many of its kind (SC-RESET-17).
        """
        limiter = self.auth.rate_limiter
        if limiter is None or not self.over_http:
            return True
        return await limiter.may_mail(kind, recipient, writing=self.unit.writing)

    def mail_afterwards(
        self, name: str, recipient: str, send: Callable[[], Awaitable[None]], *, even_if_refused: bool = False
    ) -> None:
        """Have a mail sent in the background, unless the person got too many of its kind.

        It is counted there, too: the answer, and the time it takes, say nothing about it.
        """

        async def limited() -> None:
            if await self.may_mail(name, recipient):
                await send()

        self.afterwards(name, limited, even_if_refused=even_if_refused)

    def start_background_work(self, *, refused: bool = False) -> None:
        """Start what was put off; called once the outcome stands."""
        work, self._afterwards = self._afterwards, []
        for name, piece, even_if_refused in work:
            if even_if_refused or not refused:
                self.auth.background.start(piece, name)

"""Everything one instance knows, computed once at construction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from fastapi_betterauth.access_control import UserPermissions
from fastapi_betterauth.clock import Clock
from fastapi_betterauth.crypto.passwords import Passwords
from fastapi_betterauth.crypto.secret import SecretKeys
from fastapi_betterauth.crypto.signing import Signer
from fastapi_betterauth.crypto.tokens import TokenSigner
from fastapi_betterauth.sessions.cache_options import CacheSettings
from fastapi_betterauth.sessions.cookie_cache import SessionCache
from fastapi_betterauth.sessions.loader import SessionLoader
from fastapi_betterauth.sessions.options import SessionOptions
from fastapi_betterauth.sessions.service import MayRenew, Sessions
from fastapi_betterauth.sessions.sign_in_checks import SignInAttempt
from fastapi_betterauth.sessions.store import StoreWithin
from fastapi_betterauth.storage.engine import Database
from fastapi_betterauth.storage.field_input import FieldInput
from fastapi_betterauth.storage.fields import (
    Fields,
    SessionFields,
    UserFields,
)
from fastapi_betterauth.storage.hooks import TableHooks
from fastapi_betterauth.storage.secondary import SecondaryStorage
from fastapi_betterauth.storage.transaction import UnitOfWork
from fastapi_betterauth.storage.verifications import VerificationOptions, Verifications
from fastapi_betterauth.telemetry import Telemetry

from .background import Background
from .base_url import BaseURLRules
from .clean_up import CleanUp, Pace
from .client_ip import ClientIPRules
from .cookies import CookieRules, CookieSpec, CrossSubdomainCookies
from .hooks import HookTable
from .operation import Operation
from .origin import TrustedOrigins
from .rate_limit.limiter import RateLimiter
from .schemas import Views
from .tables import Tables

if TYPE_CHECKING:
    from .context import RequestContext

O = TypeVar("O")  # noqa: E741
F = TypeVar("F", bound=Fields)


class TrustedOriginsOfRequest(Protocol):
    """Names further trusted origins for one request; the request is None at start-up."""

    async def __call__(self, request: Request | None, /) -> Sequence[str]:
        """Returns: patterns as in ``trusted_origins``."""
        ...


class OnRequest(Protocol):
    """A plugin's look at a request before anything is read; may answer."""

    async def __call__(self, context: RequestContext, /) -> Response | None:
        """Returns: an answer that ends the request, or None."""


class OnResponse(Protocol):
    """A plugin's look at the finished response; the first one that returns another ends the chain."""

    async def __call__(self, response: Response, context: RequestContext, /) -> Response | None:
        """Returns: a response to send instead, or None."""


class SignInCheck(Protocol):
    """Lets a sign-in pass, holds it back, or refuses it."""

    async def __call__(self, context: RequestContext, attempt: SignInAttempt, /) -> None:
        """Raises: APIError: the person may not sign in; SignInHeld: not yet."""


class SessionCheck(Protocol):
    """Looks at every session that is about to begin within a request, whatever brings it about."""

    async def __call__(self, context: RequestContext, user: UserFields, /) -> None:
        """Raises: APIError: there will be no session."""


class Middleware(Protocol):
    """A plugin's check by path, over HTTP only, before hooks and validation."""

    async def __call__(self, context: RequestContext, /) -> None:
        """Raises: APIError: to refuse."""


class TokenReader(Protocol):
    """Finds the token of a session elsewhere than in the cookie, which it then goes before."""

    def __call__(self, auth: Runtime, headers: Headers, /) -> str | None:
        """Returns: the bare token, or None."""
        ...


class UserListener(Protocol):
    """Told of a user within the transaction that changes them."""

    async def __call__(self, context: RequestContext, user_id: str, /) -> None:
        """Do what goes with it."""


class VerificationSender(Protocol):
    """Has a user prove the address by something else than a link; runs in the background."""

    async def __call__(self, context: RequestContext, user: UserFields, /) -> None:
        """Make what proves it, and send it."""


class ProviderSignOut(Protocol):
    """Finds out where the browser goes to sign out at the provider, too."""

    async def __call__(self, context: RequestContext, user_id: str, call: ProviderSignOutCall, /) -> str | None:
        """Returns: the URL, or None where there is nothing to do."""


@dataclass(frozen=True, slots=True)
class ProviderSignOutCall:
    """What the client wants of a sign-out at the provider."""

    return_to: str | None
    state: str | None


class OptionSet:
    """The option objects of features and plugins, found by their class."""

    def __init__(self, options: Sequence[object]) -> None:
        self._by_kind: dict[type, object] = {type(option): option for option in options}

    def __getitem__(self, kind: type[O]) -> O:
        """Returns: the options of this kind. Raises: KeyError: nobody gave any."""
        found = self._by_kind[kind]
        if not isinstance(found, kind):
            raise KeyError(kind)
        return found

    def changed(self, change: Callable[[object], object]) -> OptionSet:
        """Returns: the same objects, each as this function returns it."""
        return OptionSet([change(option) for option in self._by_kind.values()])


@dataclass(frozen=True, slots=True)
class SessionCookies:
    """The cookies that sessions need."""

    token: CookieSpec
    """Remembered: with Max-Age."""
    browser_token: CookieSpec
    """Not remembered: gone with the browser."""
    data: CookieSpec
    """The cookie cache; remembered: with Max-Age."""
    dont_remember: CookieSpec

    @classmethod
    def of(cls, rules: CookieRules, options: SessionOptions, cache: CacheSettings) -> SessionCookies:
        """Build the cookies of these rules."""
        seconds = int(options.lifetime.total_seconds())
        return cls(
            rules.spec("session_token", max_age=seconds),
            rules.spec("session_token"),
            rules.spec("session_data", max_age=int(cache.lifetime.total_seconds())),
            rules.spec("dont_remember"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPolicy:
    """What happens to errors on their way out (core-config sheet §5)."""

    raise_errors: bool = False
    on_error: Callable[[Exception, RequestContext], Awaitable[None]] | None = None
    error_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Runtime:
    """One instance, ready to serve."""

    app_name: str
    production: bool
    options: OptionSet
    session_options: SessionOptions
    verification_options: VerificationOptions
    database: Database
    secondary: SecondaryStorage | None
    tables: Tables
    table_hooks: Mapping[str, tuple[TableHooks[Any], ...]]
    user_input: FieldInput[UserFields]
    session_input: FieldInput[SessionFields]
    find_limit: int
    keys: SecretKeys
    signer: Signer
    tokens: TokenSigner
    passwords: Passwords
    clock: Clock
    loader: SessionLoader
    open_sessions: StoreWithin
    open_verifications: Callable[[UnitOfWork], Verifications]
    cache_settings: CacheSettings
    session_cache: SessionCache | None
    """None: sessions are read from the store each time."""
    stateless: bool
    """There is no store but this process: the copy in the cookie is the session."""
    views: Views
    base_url: BaseURLRules
    trusted: TrustedOrigins
    trusted_of_request: TrustedOriginsOfRequest | None
    cookie_rules: CookieRules
    cookies: SessionCookies
    cross_subdomain: CrossSubdomainCookies | None
    client_ip: ClientIPRules
    rate_limiter: RateLimiter | None
    """None: nothing is limited."""
    limits_endpoints: bool
    """Whether it watches the endpoints, too, and not the host's own routes alone."""
    trusted_proxy_headers: bool
    csrf_check: bool
    origin_check: bool
    max_body_size: int
    disabled_paths: frozenset[str]
    skip_trailing_slashes: bool
    hooks: HookTable
    on_request: tuple[OnRequest, ...]
    on_response: tuple[OnResponse, ...]
    middlewares: tuple[tuple[str, Middleware], ...]
    sign_in_checks: tuple[SignInCheck, ...]
    session_checks: tuple[SessionCheck, ...]
    permissions: UserPermissions | None
    may_renew: tuple[MayRenew, ...]
    token_readers: tuple[TokenReader, ...]
    password_listeners: tuple[UserListener, ...]
    """Told who is about to get another password."""
    claim_listeners: tuple[UserListener, ...]
    """Told whose account is about to go to who proved its address."""
    verification_sender: VerificationSender | None
    operations: Mapping[str, tuple[Operation[Any], ...]]
    """The endpoints by plugin; the core's under ``""``."""
    background: Background
    clean_up: CleanUp
    clean_up_pace: Pace
    errors: ErrorPolicy
    provider_sign_out: ProviderSignOut | None
    """Only where there are providers."""
    telemetry: Telemetry
    ready: Callable[[], Awaitable[None]]
    """Awaited by every request: raises while the database lacks tables or columns."""

    def sessions_within(self, unit: UnitOfWork) -> Sessions:
        """Returns: the sessions, seen through a unit of work."""
        return Sessions(self.open_sessions(unit), self.session_options, self.clock, self.may_renew)

    def verifications_within(self, unit: UnitOfWork) -> Verifications:
        """Returns: what was handed out and may come back, seen through a unit of work."""
        return self.open_verifications(unit)

    def token_beside_cookie(self, headers: Headers) -> str | None:
        """Returns: the session token a request carries elsewhere than in its cookie."""
        for read in self.token_readers:
            if (token := read(self, headers)) is not None:
                return token
        return None

    def cookies_at(self, origin: str) -> SessionCookies:
        """Returns: the session's cookies for a request to this origin, on which their domain may depend."""
        rules = self.cookie_rules_at(origin)
        return (
            self.cookies
            if rules is self.cookie_rules
            else SessionCookies.of(rules, self.session_options, self.cache_settings)
        )

    def cookie_rules_at(self, origin: str) -> CookieRules:
        """Returns: how cookies are named and attributed for a request to this origin."""
        cross = self.cross_subdomain
        if cross is None or not cross.enabled or self.cookie_rules.domain is not None:
            return self.cookie_rules
        return self.cookie_rules.with_domain(origin.split("://", 1)[1].rsplit(":", 1)[0])

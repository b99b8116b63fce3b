"""``BetterAuth``: options and plugins in, a router, guards and an in-process API out."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, cast

from fastapi import APIRouter
from sqlalchemy import MetaData
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import SQLModel
from starlette.requests import HTTPConnection

from . import guards
from .advanced import AdvancedOptions
from .assembly import Assembly
from .clock import Clock, system_clock
from .crypto.secret import VersionedSecret
from .errors import DatabaseUnavailable
from .features.account.options import AccountOptions
from .features.email_verification.options import EmailVerification
from .features.password.options import EmailAndPassword
from .features.user.options import UserOptions
from .guards import Guard
from .in_process import InProcessTransport, ServerCalls
from .on_api_error import OnAPIError
from .options import Environment, LoggerOptions, OpenTelemetryOptions, resolve_environment
from .pipeline.base_url import DynamicBaseURL
from .pipeline.clean_up import Removed
from .pipeline.hooks import Hooks
from .pipeline.rate_limit.options import RateLimit
from .pipeline.rate_limit.rules import RateLimitRule
from .pipeline.router import AuthRouter
from .pipeline.runtime import Runtime, TrustedOriginsOfRequest
from .pipeline.tables import Tables
from .plugin import Plugin
from .route_limits import KeyOfConnection, RouteLimit
from .sessions.models import CurrentSession, S, U
from .sessions.options import SessionOptions
from .settings import Settings
from .social.registry import Providers
from .storage.engine import Database
from .storage.hooks import DatabaseHooks
from .storage.naming import Naming, NamingStyle
from .storage.schema import add_missing, find_gap
from .storage.secondary import SecondaryStorage
from .storage.verifications import VerificationOptions

if TYPE_CHECKING:
    from .social.provider import Provider

P = TypeVar("P", bound=Plugin)


class BetterAuth(Generic[U, S]):
    """Authentication of one application.

    Include ``auth.router`` in the app; guard routes with ``Depends(auth.current_session)``.

    Args:
        app_name: what people know the app as.
        base_url: where the app is reached, such as ``https://app.example``; or a DynamicBaseURL; by default
            BETTER_AUTH_URL, else each request's own host.
        base_path: where the endpoints live below it.
        secret: at least 32 random characters; by default BETTER_AUTH_SECRET.
        secrets: several, for rotation; the first one is used for everything new.
        database: a URL, an AsyncEngine, or a Database. None keeps users in memory and sessions in
            cookies.
        email_and_password: sign-up and sign-in with a password.
        email_verification: verification of addresses.
        user: options, or directly your subclass of UserFields.
        session: options, or directly your subclass of SessionFields.
        account: passwords and identities at providers.
        social_providers: who else may vouch for people, such as ``Google(client_id=…, client_secret=…)``.
        verification: how verification rows are kept.
        rate_limit: how often clients may ask.
        secondary_storage: a key-value store beside the database, such as RedisStorage.
        plugins: in order; hooks of earlier ones run first.
        trusted_origins: origins and redirect targets to trust, patterns included; or a function per request.
        hooks: around endpoints.
        database_hooks: around rows.
        disabled_paths: endpoints that answer 404, such as ``/sign-up/email``.
        on_api_error: what becomes of errors on their way out.
        logger: what becomes of log records.
        naming: ``"snake_case"``, ``"camelCase"`` (a database that Better Auth made), or a Naming.
        metadata: where the tables are registered; by default SQLModel's, so that Alembic sees them with yours.
        auto_migrate: create missing tables and columns at start-up.
        environment: by default BETTER_AUTH_ENV, else ``production``.
        telemetry: spans.
        advanced: cookies, proxies, ids, background work.
        clock: tells the time; tests move it.

    Raises: ConfigurationError: an option is wrong; the message names it and says what to do.
    """

    def __init__(  # noqa: PLR0913 - each is an option object of one feature, documented above
        self,
        *,
        app_name: str = "Better Auth",
        base_url: str | DynamicBaseURL | None = None,
        base_path: str = "/api/auth",
        secret: str | None = None,
        secrets: Sequence[VersionedSecret] | None = None,
        database: str | URL | AsyncEngine | Database | None = None,
        email_and_password: EmailAndPassword | None = None,
        email_verification: EmailVerification | None = None,
        user: UserOptions[U] | type[U] | None = None,
        session: SessionOptions[S] | type[S] | None = None,
        account: AccountOptions | None = None,
        social_providers: Sequence[Provider[Any]] = (),
        verification: VerificationOptions | None = None,
        rate_limit: RateLimit | None = None,
        secondary_storage: SecondaryStorage | None = None,
        plugins: Sequence[Plugin] = (),
        trusted_origins: Sequence[str] | TrustedOriginsOfRequest = (),
        hooks: Hooks | None = None,
        database_hooks: DatabaseHooks | None = None,
        disabled_paths: Sequence[str] = (),
        on_api_error: OnAPIError | None = None,
        logger: LoggerOptions | None = None,
        naming: NamingStyle | Naming = "snake_case",
        metadata: MetaData | None = None,
        auto_migrate: bool = False,
        environment: Environment | None = None,
        telemetry: OpenTelemetryOptions | None = None,
        advanced: AdvancedOptions | None = None,
        clock: Clock = system_clock,
    ) -> None:
        (logger or LoggerOptions()).apply()
        user_options = UserOptions(fields=user) if isinstance(user, type) else user or UserOptions()
        session_options = SessionOptions(fields=session) if isinstance(session, type) else session or SessionOptions()
        settings = Settings(
            app_name=app_name,
            base_url=base_url,
            base_path=base_path,
            secret=secret,
            secrets=secrets,
            database=database,
            email_and_password=email_and_password or EmailAndPassword(),
            email_verification=email_verification or EmailVerification(),
            user=cast("UserOptions", user_options),
            session=cast("SessionOptions", session_options),
            account=account or AccountOptions(),
            social_providers=tuple(social_providers),
            verification=verification or VerificationOptions(),
            rate_limit=rate_limit or RateLimit(),
            secondary_storage=secondary_storage,
            plugins=tuple(plugins),
            trusted_origins=trusted_origins,
            hooks=hooks or Hooks(),
            database_hooks=database_hooks or DatabaseHooks(),
            disabled_paths=tuple(disabled_paths),
            on_api_error=on_api_error or OnAPIError(),
            naming=naming if isinstance(naming, Naming) else Naming(style=naming),
            metadata=SQLModel.metadata if metadata is None else metadata,
            environment=resolve_environment(os.environ, environment),
            telemetry=telemetry or OpenTelemetryOptions(),
            advanced=advanced or AdvancedOptions(),
            clock=clock,
            environ=os.environ,
        )
        self._settings = settings
        self._auto_migrate = auto_migrate or database is None
        self._schema_is_right = not settings.advanced.database.validate_schema and not self._auto_migrate
        self._checking = asyncio.Lock()
        self.runtime: Runtime = Assembly(settings).build(self._ready)
        operations = tuple(itertools.chain.from_iterable(self.runtime.operations.values()))
        self.router: APIRouter = AuthRouter(self.runtime, operations, self._lifespan)
        self._door = InProcessTransport.of(self.runtime, operations)
        self.api = ServerCalls(self._door)
        """Every endpoint, in-process."""
        self._bind_guards()

    def _bind_guards(self) -> None:
        runtime = self.runtime
        self.current_session = cast("Guard[CurrentSession[U, S]]", guards.current_session.bind(runtime))
        """Guard: the session, or 401."""
        self.optional_session = cast("Guard[CurrentSession[U, S] | None]", guards.optional_session.bind(runtime))
        """Guard: the session, or None."""
        self.current_user = cast("Guard[U]", guards.current_user.bind(runtime))
        """Guard: the user, or 401."""
        self.fresh_session = cast("Guard[CurrentSession[U, S]]", guards.fresh_session.bind(runtime))
        """Guard: a session begun recently, or 401/403."""
        self.require_verified_email = cast("Guard[CurrentSession[U, S]]", guards.require_verified_email.bind(runtime))
        """Guard: a session of a user with a verified address, or 401/403."""
        self.require_trusted_origin = guards.require_trusted_origin.bind(runtime)
        """Guard: 403 for what a foreign site has a browser send."""

    def require_permission(self, **permissions: Sequence[str]) -> Guard[CurrentSession[U, S]]:
        """Guard: a session of a user who may do all of this, or 401/403."""
        return cast("Guard[CurrentSession[U, S]]", guards.require_permission(**permissions).bind(self.runtime))

    def require_role(self, *names: str) -> Guard[CurrentSession[U, S]]:
        """Guard: a session of a user with one of these roles, or 401/403."""
        return cast("Guard[CurrentSession[U, S]]", guards.require_role(*names).bind(self.runtime))

    def rate_limit(
        self,
        limit: str | RateLimitRule,
        *,
        by: Literal["user", "ip"] | KeyOfConnection = "user",
        name: str | None = None,
    ) -> RouteLimit:
        """Limit a route of yours: ``dependencies=[Depends(auth.rate_limit("5/minute"))]``.

        It counts in every environment, unless ``RateLimit(enabled=False)`` says otherwise.

        Args:
            limit: ``"5/minute"``, ``"20/30 seconds"``, ``"100 per day"``, or a rule.
            by: who is counted: the signed-in user, else the address; the address alone; or what a function returns.
            name: routes of one name share one count; by default each route has its own.

        Returns: a dependency. It answers 429 TOO_MANY_REQUESTS.
        Raises: ConfigurationError: the limit cannot be read.
        """
        return RouteLimit(self.runtime, limit, by=by, name=name)

    @property
    def tables(self) -> Tables:
        """Returns: the tables, as records and as SQLModel classes to join against."""
        return self.runtime.tables

    @property
    def metadata(self) -> MetaData:
        """Returns: where the tables are registered, for Alembic."""
        return self._settings.metadata

    @property
    def database(self) -> Database:
        """Returns: the database."""
        return self.runtime.database

    def plugin(self, kind: type[P]) -> P:
        """Returns: the plugin of this class, whose ``api`` calls its endpoints. Raises: KeyError: it was not given."""
        for plugin in self._settings.plugins:
            if isinstance(plugin, kind):
                return plugin.behind(self._door)
        raise KeyError(kind.__name__)

    async def get_session(self, connection: HTTPConnection) -> CurrentSession[U, S] | None:
        """Returns: the session of a request, outside of FastAPI's dependencies; None if there is none."""
        return await self.optional_session(connection)

    async def start(self) -> None:
        """Make ready: migrate if asked to, and compare the schema. Apps with a lifespan need not call it.

        Raises: ConfigurationError: the database lacks tables or columns.
        """
        if (providers := self.runtime.options[Providers]).configured and self.runtime.production:
            self.runtime.background.start(providers.warm_up, "providers")
        try:
            await self._ready()
        except DatabaseUnavailable:
            # The app may start before its database; requests answer 503 until it is there.
            return

    async def close(self) -> None:
        """Finish background work and close what is open."""
        await self.runtime.background.drain()
        await self.runtime.loader.close()
        self.runtime.passwords.close()
        if self.runtime.secondary is not None:
            await self.runtime.secondary.close()
        await self.runtime.database.close()

    async def clean_up(self) -> Removed:
        """Remove expired sessions, verifications and counters from the database, in small batches.

        Processes do so now and then by themselves (``advanced.database.clean_up_every``). Hooks are not told.

        Returns: how many rows went. Raises: StorageError: the database does not answer.
        """
        await self._ready()
        return await self.runtime.clean_up.run()

    async def _ready(self) -> None:
        if self._schema_is_right:
            return
        async with self._checking:
            database, entities = self.runtime.database, self.runtime.tables.all()
            gap = await (add_missing if self._auto_migrate else find_gap)(database, entities)
            if gap.fatal and self._settings.advanced.database.validate_schema:
                raise gap.error()
            self._schema_is_right = True

    @asynccontextmanager
    async def _lifespan(self, _app: Any) -> AsyncIterator[None]:
        await self.start()
        try:
            yield
        finally:
            await self.close()

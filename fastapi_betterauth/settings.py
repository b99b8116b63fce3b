"""The options of one instance, none missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import MetaData
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine

from .advanced import AdvancedOptions
from .clock import Clock
from .crypto.secret import VersionedSecret
from .features.account.options import AccountOptions
from .features.email_verification.options import EmailVerification
from .features.password.options import EmailAndPassword
from .features.user.options import UserOptions
from .on_api_error import OnAPIError
from .options import Environment, OpenTelemetryOptions
from .pipeline.base_url import DynamicBaseURL
from .pipeline.hooks import Hooks
from .pipeline.rate_limit.build import LimiterPlan
from .pipeline.rate_limit.options import RateLimit
from .pipeline.runtime import TrustedOriginsOfRequest
from .plugin import Plugin
from .sessions.cache_options import CacheSettings
from .sessions.options import SessionOptions
from .storage.engine import Database
from .storage.hooks import DatabaseHooks
from .storage.naming import Naming
from .storage.secondary import SecondaryStorage
from .storage.verifications import VerificationOptions

if TYPE_CHECKING:
    from .social.provider import Provider


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """All options, none missing."""

    app_name: str
    base_url: str | DynamicBaseURL | None
    base_path: str
    secret: str | None = field(repr=False)
    secrets: Sequence[VersionedSecret] | None
    database: str | URL | AsyncEngine | Database | None = field(repr=False)
    email_and_password: EmailAndPassword
    email_verification: EmailVerification
    user: UserOptions
    session: SessionOptions
    account: AccountOptions
    verification: VerificationOptions
    social_providers: tuple[Provider[Any], ...]
    rate_limit: RateLimit
    secondary_storage: SecondaryStorage | None
    plugins: tuple[Plugin, ...]
    trusted_origins: Sequence[str] | TrustedOriginsOfRequest
    hooks: Hooks
    database_hooks: DatabaseHooks
    disabled_paths: tuple[str, ...]
    on_api_error: OnAPIError
    naming: Naming
    metadata: MetaData
    environment: Environment
    telemetry: OpenTelemetryOptions
    advanced: AdvancedOptions
    clock: Clock
    environ: Mapping[str, str] = field(repr=False)

    @property
    def production(self) -> bool:
        """Returns: whether the strict rules apply."""
        return self.environment == "production"

    @property
    def stateless(self) -> bool:
        """Returns: whether nothing but cookies outlives this process."""
        return self.database is None and self.secondary_storage is None

    def settle_cache(self) -> CacheSettings:
        """Returns: what the options of the cookie cache come to."""
        return self.session.cookie_cache.settle(stateless=self.stateless, session_lifetime=self.session.lifetime)

    @property
    def kept_elsewhere(self) -> frozenset[str]:
        """Returns: the tables that the secondary storage stands for."""
        if self.secondary_storage is None:
            return frozenset()
        in_database = {
            "session": self.session.store_session_in_database,
            "verification": self.verification.store_in_database,
        }
        return frozenset(key for key, kept in in_database.items() if not kept)

    @property
    def limiter(self) -> LimiterPlan:
        """Returns: what is known of the rate limiter."""
        return LimiterPlan(
            options=self.rate_limit,
            production=self.production,
            secondary=self.secondary_storage,
            tracks_addresses=not self.advanced.ip_address.disable_ip_tracking,
        )

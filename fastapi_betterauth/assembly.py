"""Puts an instance together from its settings, checking everything on the way."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from .clock import Clock
from .crypto.passwords import Passwords
from .crypto.secret import resolve_secret_keys
from .crypto.signing import Signer
from .crypto.tokens import TokenSigner
from .features.operations import OPERATIONS
from .features.password.options import PasswordHashing
from .options import IPAddressOptions
from .pipeline.background import Background
from .pipeline.base_url import BaseURLRules, DynamicBaseURL
from .pipeline.clean_up import CleanUp, Pace
from .pipeline.client_ip import ClientIPRules
from .pipeline.cookies import CookieRules, cross_domain
from .pipeline.hooks import HookTable
from .pipeline.origin import TrustedOrigins
from .pipeline.runtime import OptionSet, Runtime, SessionCookies
from .pipeline.schemas import Views
from .pipeline.tables import Tables
from .plugin import Plugin
from .sessions.cookie_cache import SessionCache
from .sessions.loader import SessionLoader
from .sessions.secondary_entries import SecondaryEntries
from .sessions.stores import SessionStores, entries_in, user_hooks
from .settings import Settings
from .settings_checks import check_contradictions, check_plugins, csrf_check_is_off, one_permissions, warn_of_dangers
from .social.account_cookie import AccountCookies
from .social.registry import Providers
from .social.sign_out import sign_out_at_provider
from .storage.compose import Blueprint, Composer
from .storage.engine import Database
from .storage.field_input import FieldInput
from .storage.fields import AccountFields, RateLimitFields, SessionFields, UserFields, VerificationFields
from .storage.ids import IdPolicy
from .storage.repository import Repository
from .storage.secondary_verifications import open_verifications
from .storage.transaction import UnitOfWork
from .telemetry import Telemetry

if TYPE_CHECKING:
    pass

logger = logging.getLogger("fastapi_betterauth")

_IN_MEMORY = "sqlite+aiosqlite://"


class Assembly:
    """Builds the runtime of one instance."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def build(self, ready: Callable[[], Awaitable[None]], tables: Tables | None = None) -> Runtime:
        """Build everything that can be computed once.

        Args: ready: awaited by every request. tables: those of another instance with the same settings, instead of new
            ones: a table can be registered only once.
        Raises: ConfigurationError: an option is wrong, or two contradict each other.
        """
        s, advanced = self._settings, self._settings.advanced
        check_plugins(s.plugins)
        check_contradictions(s)
        base_url = BaseURLRules.of(
            s.base_url, s.base_path, trusted_proxy_headers=advanced.trusted_proxy_headers, environ=s.environ
        )
        warn_of_dangers(s, base_url)
        for doubt in s.limiter.doubts(s.environ):
            logger.warning(doubt)
        keys = resolve_secret_keys(secret=s.secret, secrets=s.secrets, production=s.production, environ=s.environ)
        database = Database.of(s.database if s.database is not None else _IN_MEMORY)
        tables = tables or self._tables(database)
        cache = s.settle_cache()
        loader = SessionLoader(database, tables.session, tables.user)
        entries = entries_in(s.secondary_storage, tables.session, tables.user, s.clock)
        table_hooks = self._table_hooks(tables, entries)
        rows = _Rows(tables, table_hooks, s.clock, advanced.database.default_find_many_limit)
        cookie_rules = self._cookie_rules(base_url)
        background = Background(advanced.background_tasks)
        rate_limiter = s.limiter.build(
            plugins=[plugin.rate_limits for plugin in s.plugins],
            accounts={kind: rule for plugin in s.plugins for kind, rule in plugin.account_limits.items()},
            database=database,
            entity=tables.rate_limit,
            background=background,
            clock=s.clock,
            secret=keys.current,
        )
        return Runtime(
            app_name=s.app_name,
            production=s.production,
            options=self._option_set(
                AccountCookies(
                    keys,
                    tables.account,
                    s.clock,
                    enabled=s.stateless if s.account.store_account_cookie is None else s.account.store_account_cookie,
                    max_age=cache.lifetime,
                )
            ),
            session_options=s.session,
            verification_options=s.verification,
            database=database,
            secondary=s.secondary_storage,
            tables=tables,
            table_hooks=table_hooks,
            user_input=FieldInput(tables.user),
            session_input=FieldInput(tables.session),
            find_limit=advanced.database.default_find_many_limit,
            keys=keys,
            signer=Signer(keys),
            tokens=TokenSigner(keys, s.clock),
            passwords=_hashing(s.email_and_password.password),
            clock=s.clock,
            loader=loader,
            open_sessions=SessionStores(rows.sessions, rows.users, loader, s.session, entries, s.clock),
            open_verifications=partial(
                open_verifications, rows.verifications, s.verification, s.secondary_storage, s.clock
            ),
            cache_settings=cache,
            session_cache=SessionCache(cache, s.session, tables.session, tables.user, keys, s.clock)
            if cache.enabled
            else None,
            stateless=s.stateless,
            views=Views(tables.user, tables.session),
            base_url=base_url,
            trusted=self._trusted(base_url),
            trusted_of_request=s.trusted_origins if callable(s.trusted_origins) else None,
            cookie_rules=cookie_rules,
            cookies=SessionCookies.of(cookie_rules, s.session, cache),
            cross_subdomain=advanced.cross_subdomain_cookies,
            client_ip=_client_ip(advanced.ip_address),
            rate_limiter=rate_limiter,
            limits_endpoints=s.limiter.limits_endpoints,
            trusted_proxy_headers=advanced.trusted_proxy_headers,
            csrf_check=not csrf_check_is_off(advanced),
            origin_check=not advanced.disable_origin_check,
            max_body_size=advanced.max_body_size,
            disabled_paths=frozenset(path.rstrip("/") for path in s.disabled_paths),
            skip_trailing_slashes=advanced.skip_trailing_slashes,
            hooks=HookTable([s.hooks, *(plugin.hooks for plugin in s.plugins)]),
            on_request=tuple(p.on_request for p in s.plugins if _overrides(p, "on_request")),
            on_response=tuple(p.on_response for p in s.plugins if _overrides(p, "on_response")),
            middlewares=tuple(middleware for plugin in s.plugins for middleware in plugin.middlewares),
            sign_in_checks=tuple(check for plugin in s.plugins for check in plugin.sign_in_checks),
            session_checks=tuple(check for plugin in s.plugins for check in plugin.session_checks),
            permissions=one_permissions(s.plugins),
            password_listeners=tuple(p.password_changes for p in s.plugins if _overrides(p, "password_changes")),
            claim_listeners=tuple(p.account_claimed for p in s.plugins if _overrides(p, "account_claimed")),
            verification_sender=next((p.verification_sender for p in s.plugins if p.verification_sender), None),
            token_readers=tuple(p.read_token for p in s.plugins if _overrides(p, "read_token")),
            may_renew=tuple(p.may_renew for p in s.plugins if _overrides(p, "may_renew")),
            operations={"": OPERATIONS, **{plugin.id: tuple(plugin.operations) for plugin in s.plugins}},
            background=background,
            clean_up=CleanUp(
                database=database,
                tables=tables,
                sessions=s.session,
                verifications=s.verification,
                rate_limiter=rate_limiter,
                clock=s.clock,
            ),
            clean_up_pace=Pace(advanced.database.pause_between_clean_ups),
            errors=s.on_api_error.policy(),
            provider_sign_out=sign_out_at_provider if self._has_providers else None,
            telemetry=Telemetry(enabled=s.telemetry.enabled),
            ready=ready,
        )

    def _option_set(self, account_cookies: AccountCookies) -> OptionSet:
        s = self._settings
        features = [
            s.email_and_password,
            s.email_verification,
            s.user,
            s.session,
            s.account,
            s.on_api_error.error_page,
            self._providers(),
            account_cookies,
        ]
        return OptionSet([*features, *(plugin.options for plugin in s.plugins)])

    @property
    def _has_providers(self) -> bool:
        s = self._settings
        return bool(s.social_providers) or any(plugin.social_providers for plugin in s.plugins)

    def _providers(self) -> Providers:
        s = self._settings
        of_plugins = [provider for plugin in s.plugins for provider in plugin.social_providers]
        return Providers(s.social_providers, of_plugins, s.advanced.outbound, s.clock)

    def _tables(self, database: Database) -> Tables:
        s = self._settings
        blueprint = Blueprint(
            naming=s.naming,
            ids=IdPolicy(s.advanced.generate_id),
            metadata=s.metadata,
            dialect=database.dialect,
        )
        composer = Composer(blueprint)
        elsewhere = s.kept_elsewhere
        on_user = [plugin.user_fields for plugin in s.plugins if plugin.user_fields is not None]
        on_session = [plugin.session_fields for plugin in s.plugins if plugin.session_fields is not None]
        return Tables(
            user=composer.compose("user", s.user.fields or UserFields, on_user),
            session=composer.compose(
                "session", s.session.fields or SessionFields, on_session, apart="session" in elsewhere
            ),
            account=composer.compose("account", AccountFields, unique_together=[("provider_id", "account_id")]),
            verification=composer.compose("verification", VerificationFields, apart="verification" in elsewhere),
            kept_elsewhere=elsewhere,
            rate_limit=composer.compose("rate_limit", RateLimitFields) if s.limiter.counts_in == "database" else None,
            plugins={
                key: composer.compose(key, fields) for plugin in s.plugins for key, fields in plugin.tables.items()
            },
        )

    def _table_hooks(self, tables: Tables, entries: SecondaryEntries | None) -> dict[str, tuple[Any, ...]]:
        """List the hooks by table, in order: our own, each plugin's, then the host's (security sheet §6)."""
        sources = [
            *(plugin.database_hooks for plugin in self._settings.plugins),
            self._settings.database_hooks,
        ]
        hooks = {entity.key: tuple(source.of(entity.key) for source in sources) for entity in tables.known()}
        return hooks | {"user": (*user_hooks(entries), *hooks["user"])}

    def _trusted(self, base_url: BaseURLRules) -> TrustedOrigins:
        s = self._settings
        patterns: list[str] = list(base_url.trusted_patterns(base_url.static)) if base_url.static else []
        if not callable(s.trusted_origins):
            patterns += s.trusted_origins
        patterns += s.environ.get("BETTER_AUTH_TRUSTED_ORIGINS", "").split(",")
        patterns += [origin for plugin in s.plugins for origin in plugin.trusted_origins]
        return TrustedOrigins.of(pattern for pattern in patterns if pattern)

    def _cookie_rules(self, base_url: BaseURLRules) -> CookieRules:
        s, advanced = self._settings, self._settings.advanced
        dynamic = s.base_url if isinstance(s.base_url, DynamicBaseURL) else None
        secure = advanced.use_secure_cookies
        if secure is None and dynamic is not None and dynamic.protocol != "auto":
            secure = dynamic.protocol == "https"
        if secure is None and base_url.static is not None:
            secure = base_url.static.origin.startswith("https://")
        if secure is None:
            secure = s.production
        host = base_url.static.origin.split("://", 1)[1].split(":")[0] if base_url.static else None
        return CookieRules(
            prefix=advanced.cookie_prefix,
            secure=secure,
            domain=cross_domain(advanced.cross_subdomain_cookies, host, dynamic=dynamic is not None),
            defaults=advanced.default_cookie_attributes,
            overrides=advanced.cookies,
        )


@dataclass(frozen=True, slots=True)
class _Rows:
    """The tables whose rows may lie in the secondary storage."""

    tables: Tables
    hooks: Mapping[str, tuple[Any, ...]]
    clock: Clock
    find_limit: int

    def users(self, unit: UnitOfWork) -> Repository[UserFields]:
        return Repository(unit, self.tables.user, self.hooks["user"], self.clock, self.find_limit)

    def sessions(self, unit: UnitOfWork) -> Repository[SessionFields]:
        return Repository(unit, self.tables.session, self.hooks["session"], self.clock, self.find_limit)

    def verifications(self, unit: UnitOfWork) -> Repository[VerificationFields]:
        return Repository(unit, self.tables.verification, self.hooks["verification"], self.clock, self.find_limit)


def _hashing(options: PasswordHashing) -> Passwords:
    return Passwords(options.hasher, options.others, max_workers=options.max_workers, max_waiting=options.max_waiting)


def _client_ip(options: IPAddressOptions) -> ClientIPRules:
    return ClientIPRules.of(
        options.ip_address_headers, options.trusted_proxies, options.ipv6_subnet, disabled=options.disable_ip_tracking
    )


def _overrides(plugin: Plugin, method: str) -> bool:
    return getattr(type(plugin), method) is not getattr(Plugin, method)

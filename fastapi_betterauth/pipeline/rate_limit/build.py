"""Puts the rate limiter of one instance together."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fastapi_betterauth.clock import Clock
from fastapi_betterauth.crypto.secret import Secret
from fastapi_betterauth.errors import ConfigurationError
from fastapi_betterauth.pipeline.background import Background
from fastapi_betterauth.storage.compose import Entity
from fastapi_betterauth.storage.engine import Database
from fastapi_betterauth.storage.fields import RateLimitFields
from fastapi_betterauth.storage.secondary import SecondaryStorage

from .counting import RateLimitStorage
from .database import DatabaseCounters
from .limiter import RateLimiter
from .options import RateLimit
from .rules import AttemptLimits, PathRateLimit, RateLimitRule, RuleBook
from .storages import ForeignCounters, MemoryCounters, SecondaryCounters
from .workers import one_of_several


@dataclass(frozen=True, slots=True, kw_only=True)
class LimiterPlan:
    """What is decided from the options alone, before there are tables."""

    options: RateLimit
    production: bool
    secondary: SecondaryStorage | None
    tracks_addresses: bool

    @property
    def limits_endpoints(self) -> bool:
        """Whether endpoints are limited."""
        return self.options.applies(production=self.production)

    @property
    def counts_in(self) -> str:
        """Where requests are counted: ``memory``, ``database``, ``secondary-storage`` or ``custom``.

        Raises: ConfigurationError: in a secondary storage that is not there.
        """
        if self.options.custom_storage is not None:
            return "custom"
        if self.options.storage == "secondary-storage" and self.secondary is None:
            raise ConfigurationError(
                "rate_limit.storage",
                "'secondary-storage' was chosen, but there is none.",
                "Pass secondary_storage=RedisStorage(...), or use 'database'.",
            )
        return self.options.storage or ("memory" if self.secondary is None else "secondary-storage")

    def doubts(self, environ: Mapping[str, str]) -> Iterator[str]:
        """Yields: warnings for the host."""
        if not self.limits_endpoints:
            return
        if self.counts_in == "memory" and one_of_several(sys.argv, environ):
            yield (
                "rate_limit.storage is 'memory' and there are several workers: each counts for itself, so that clients "
                "may ask more often than the limits say. Use 'database' or secondary_storage=RedisStorage(...)"
            )
        if not self.tracks_addresses:
            yield "advanced.ip_address.disable_ip_tracking is on: requests to the endpoints are not limited"

    def build(
        self,
        *,
        plugins: Sequence[Sequence[PathRateLimit]],
        accounts: Mapping[str, RateLimitRule],
        database: Database,
        entity: Entity[RateLimitFields] | None,
        background: Background,
        clock: Clock,
        secret: Secret,
    ) -> RateLimiter | None:
        """Build the limiter.

        Args: plugins: the limits of each plugin. accounts: how often secrets may be tried, by kind. entity: the table,
            when requests are counted in the database.
        Returns: it, or None when nothing is to be limited, not even the host's own routes.
        """
        options = self.options
        if options.enabled is False:
            return None
        rules = RuleBook(options.default, plugins, options.custom_rules)
        attempts = AttemptLimits(options.attempts_per_account, accounts)
        counters: RateLimitStorage = MemoryCounters(clock)
        if options.custom_storage is not None:
            counters = ForeignCounters(options.custom_storage)
        elif entity is not None:
            counters = DatabaseCounters(database, entity, clock, background, max(rules.longest, attempts.longest))
        elif self.counts_in == "secondary-storage" and self.secondary is not None:
            counters = ForeignCounters(SecondaryCounters(self.secondary))
        return RateLimiter(
            rules=rules,
            counters=counters,
            local=MemoryCounters(clock),
            refuses=options.when_storage_fails == "refuse",
            mails=options.mails if self.limits_endpoints else None,
            attempts=attempts if self.limits_endpoints else AttemptLimits(),
            secret=secret,
            tracks_addresses=self.tracks_addresses,
        )

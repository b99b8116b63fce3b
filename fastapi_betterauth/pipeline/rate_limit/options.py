"""Options of the rate limiter (security sheet §4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from fastapi_betterauth.clock import Duration
from fastapi_betterauth.errors import ConfigurationError

from .counting import RateLimitStorage
from .rules import CustomRule, RateLimitRule

StorageKind = Literal["memory", "database", "secondary-storage"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RateLimit:
    """How often clients may ask, and how many mails somebody gets."""

    enabled: bool | None = None
    """Limit the endpoints; None: in production only. False also switches off the limits of your own routes."""
    window: Duration = 10
    """How long requests are counted, where no other rule holds."""
    max: int = 100
    """How many requests may pass in that time."""
    storage: StorageKind | None = None
    """Where they are counted; None: in the secondary storage if there is one, else in memory, by each process alone."""
    custom_storage: RateLimitStorage | None = None
    """Counts instead of ``storage``."""
    custom_rules: Mapping[str, CustomRule] = field(default_factory=dict)
    """Exceptions by path below the base path, with ``*`` and ``**`` as in ``/sign-in/*``; the first match counts."""
    mails: RateLimitRule | None = field(default_factory=lambda: RateLimitRule(window=3600, max=5))
    """How many mails of one kind go to one person, whoever asks for them; None: without limit."""
    attempts_per_account: RateLimitRule | None = None
    """How often a password may be tried on one account, right or wrong, from wherever; None: only clients count.
    Whoever uses it up keeps the owner from signing in, too, for the window; sessions go on."""
    when_storage_fails: Literal["count-locally", "refuse"] = "count-locally"
    """Each process counts for itself until the storage is back; or every limited request is answered with 503."""

    def __post_init__(self) -> None:
        self.default  # noqa: B018 - checks window and max
        if self.storage not in (None, "memory", "database", "secondary-storage"):
            raise ConfigurationError(
                "rate_limit.storage", f"{self.storage!r} is not known.", "Use memory, database or secondary-storage."
            )
        if self.when_storage_fails not in ("count-locally", "refuse"):
            raise ConfigurationError(
                "rate_limit.when_storage_fails",
                f"{self.when_storage_fails!r} is not known.",
                "Use 'count-locally' or 'refuse'.",
            )
        for path, rule in self.custom_rules.items():
            if not path.startswith(("/", "*")):
                raise ConfigurationError(
                    "rate_limit.custom_rules", f"{path!r} does not start with a slash.", "Write '/sign-in/email'."
                )
            if not (rule is None or rule is False or callable(rule) or isinstance(rule, RateLimitRule)):
                raise ConfigurationError(
                    "rate_limit.custom_rules",
                    f"{path!r} has {rule!r}.",
                    "Use RateLimitRule(...), a function, or False.",
                )

    @property
    def default(self) -> RateLimitRule:
        """The rule where no other holds."""
        return RateLimitRule(window=self.window, max=self.max)

    def applies(self, *, production: bool) -> bool:
        """Returns: whether endpoints are limited."""
        return production if self.enabled is None else self.enabled

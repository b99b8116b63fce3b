"""Which limit holds for which path (security sheet §4.3). Pure: nothing is counted here."""

from __future__ import annotations

import functools
import logging
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, Protocol

from starlette.requests import Request

from fastapi_betterauth.clock import Duration, to_timedelta
from fastapi_betterauth.errors import ConfigurationError

logger = logging.getLogger("fastapi_betterauth")


@dataclass(frozen=True, kw_only=True, slots=True)
class RateLimitRule:
    """So many requests in so much time."""

    window: Duration
    """How long requests are counted."""
    max: int
    """How many may pass in that time."""

    def __post_init__(self) -> None:
        if to_timedelta(self.window) < timedelta(milliseconds=1):
            raise ConfigurationError("rate_limit: window", "it is not above 0.", "Use 10 seconds.")
        if self.max < 1:
            raise ConfigurationError(
                "rate_limit: max", "it is below 1.", "Use 1 or more; to close a path, name it in disabled_paths."
            )

    @property
    def milliseconds(self) -> int:
        """The window."""
        return math.ceil(to_timedelta(self.window) / timedelta(milliseconds=1))

    @property
    def seconds(self) -> int:
        """The window, rounded up."""
        return math.ceil(to_timedelta(self.window).total_seconds())


@dataclass(frozen=True, kw_only=True, slots=True)
class PathRateLimit:
    """A limit that a plugin brings along for some of its paths."""

    matches: Sequence[str]
    """Paths below the base path; ``*`` stands for anything within a segment, ``**`` for whole segments."""
    rule: RateLimitRule
    """What holds there."""


@dataclass(frozen=True, slots=True)
class AttemptLimits:
    """How often one person's secrets may be tried, by whomever."""

    everywhere: RateLimitRule | None = None
    """The host's own; it goes before the others."""
    by_kind: Mapping[str, RateLimitRule] = field(default_factory=dict)
    """Those of plugins."""

    def rule_for(self, kind: str) -> RateLimitRule | None:
        """Returns: the limit for a kind of secret, or None when clients may try as often as they may ask."""
        return self.everywhere or self.by_kind.get(kind)

    @property
    def longest(self) -> int:
        """The longest window, in milliseconds."""
        rules = (*self.by_kind.values(), *([self.everywhere] if self.everywhere is not None else []))
        return max((rule.milliseconds for rule in rules), default=0)


class RuleOfRequest(Protocol):
    """Decides about the limit of one request."""

    async def __call__(self, request: Request, current: RateLimitRule, /) -> RateLimitRule | Literal[False] | None:
        """Returns: the rule; None to leave the current one; False for no limit."""
        ...


CustomRule = RateLimitRule | RuleOfRequest | Literal[False] | None
"""A rule, a function that finds one, False for no limit, None for no exception."""

_MINUTE = RateLimitRule(window=60, max=3)
_MOMENT = RateLimitRule(window=10, max=3)

_SPECIAL = (
    PathRateLimit(matches=("/sign-in", "/sign-up", "/change-password", "/change-email"), rule=_MOMENT),
    PathRateLimit(matches=("/forget-password",), rule=_MINUTE),
)
"""By how a path begins."""

_SPECIAL_EXACT = frozenset(
    {
        "/request-password-reset",
        "/send-verification-email",
        "/email-otp/send-verification-otp",
        "/email-otp/request-password-reset",
    }
)


class RuleBook:
    """All rules of an instance; the later kind overrides: default, built-in, plugin's, host's."""

    def __init__(
        self, default: RateLimitRule, plugins: Sequence[Sequence[PathRateLimit]], custom: Mapping[str, CustomRule]
    ) -> None:
        self._default = default
        self._plugins = tuple(
            (tuple(_pattern(path) for path in limit.matches), limit.rule) for limits in plugins for limit in limits
        )
        self._custom = dict(custom)
        self._patterns = {path: _pattern(path) for path in custom}
        rules = [default, _MINUTE, _MOMENT, *(limit.rule for limits in plugins for limit in limits)]
        rules += [rule for rule in custom.values() if isinstance(rule, RateLimitRule)]
        self.longest = max(rule.milliseconds for rule in rules)
        """The longest window that is known beforehand, in milliseconds."""
        self._find = functools.lru_cache(maxsize=1024)(self._search)

    async def rule_for(self, path: str, request: Request) -> RateLimitRule | None:
        """Returns: the rule for a path below the base path, or None when it is not limited."""
        rule, custom = self._find(path)
        if custom is None:
            return rule
        if isinstance(custom, RateLimitRule) or custom is False:
            return custom or None
        try:
            chosen = await custom(request, rule)
        except Exception:
            # Whoever can make the host's function fail must not get rid of the limit with it.
            logger.exception("rate_limit.custom_rules: the function for %r failed; the other rules hold", path)
            return rule
        return None if chosen is False else chosen or rule

    def _search(self, path: str) -> tuple[RateLimitRule, CustomRule]:
        """Returns: the rule without the host's exception, and the exception."""
        named = next((name for name, pattern in self._patterns.items() if pattern.fullmatch(path)), None)
        custom = None if named is None else self._custom[named]
        for patterns, rule in self._plugins:
            if any(pattern.fullmatch(path) for pattern in patterns):
                return rule, custom
        if path in _SPECIAL_EXACT:
            return _MINUTE, custom
        special = next((s.rule for s in _SPECIAL if path.startswith(tuple(s.matches))), self._default)
        return special, custom


def _pattern(path: str) -> re.Pattern[str]:
    """Compile a path: only with ``*`` in it it is a glob."""
    if "*" not in path:
        return re.compile(re.escape(path))
    out = ""
    for segment in path.lstrip("/").split("/"):
        out += "(?:/[^/]*)*" if segment == "**" else "/" + _segment(segment)
    return re.compile(out)


def _segment(glob: str) -> str:
    return "".join({"*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part)) for part in re.split(r"(\*+|\?)", glob))


_LIMIT = re.compile(r"\s*(\d{1,9})\s*(?:/|per)\s*(\d{1,6})?\s*(second|minute|hour|day|s|m|h|d)s?\s*", re.IGNORECASE)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_limit(limit: str) -> RateLimitRule:
    """Read ``5/minute``, ``100 per day`` or ``20/30 seconds``.

    Raises: ConfigurationError: it is none of these.
    """
    found = _LIMIT.fullmatch(limit)
    if found is None:
        raise ConfigurationError(
            "rate_limit", f"{limit!r} cannot be read.", "Write it like '5/minute' or '20/30 seconds'."
        )
    many, units, unit = found.groups()
    return RateLimitRule(window=int(units or 1) * _UNITS[unit[0].lower()], max=int(many))

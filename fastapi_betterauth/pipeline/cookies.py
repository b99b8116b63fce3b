"""The cookies of one instance, and those of one response."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from fastapi_betterauth.errors import ConfigurationError

from .cookie_codec import CookieAttributes, encode_value, serialise, validate_cookie_domain


@dataclass(frozen=True, kw_only=True, slots=True)
class CookieAttributesOverride:
    """Attributes that differ from the computed ones; None leaves an attribute as it is."""

    secure: bool | None = None
    same_site: Literal["lax", "strict", "none"] | None = None
    path: str | None = None
    http_only: bool | None = None
    domain: str | None = None
    max_age: int | None = None
    partitioned: bool | None = None

    def apply(self, to: CookieAttributes) -> CookieAttributes:
        """Returns: the attributes with these ones on top."""
        names = ("secure", "same_site", "path", "http_only", "domain", "max_age", "partitioned")
        return replace(to, **{name: value for name in names if (value := getattr(self, name)) is not None})


@dataclass(frozen=True, kw_only=True, slots=True)
class CookieOverride:
    """A cookie that goes by another name, or has other attributes."""

    name: str | None = None
    """Replaces ``<prefix>.<cookie>``; ``__Secure-`` still goes before it on https."""
    attributes: CookieAttributesOverride = field(default_factory=CookieAttributesOverride)
    """Attributes that differ from those of the other cookies."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CrossSubdomainCookies:
    """Cookies for all sub-domains of one domain."""

    enabled: bool = True
    """Share them at all."""
    domain: str | None = None
    """The domain; by default the host name of the base URL."""


@dataclass(frozen=True, slots=True)
class CookieSpec:
    """A cookie by name and attributes, without a value."""

    name: str
    attributes: CookieAttributes


@dataclass(frozen=True, kw_only=True, slots=True)
class CookieRules:
    """How the cookies of one instance are named and attributed (core-config sheet §8)."""

    prefix: str = "better-auth"
    secure: bool = False
    domain: str | None = None
    defaults: CookieAttributesOverride = field(default_factory=CookieAttributesOverride)
    overrides: Mapping[str, CookieOverride] = field(default_factory=dict)

    def spec(self, key: str, *, max_age: int | None = None, http_only: bool = True) -> CookieSpec:
        """Returns: the cookie of this logical name, such as ``session_token``."""
        override = self.overrides.get(key, CookieOverride())
        name = override.name or f"{self.prefix}.{key}"
        base = CookieAttributes(secure=self.secure, domain=self.domain)
        attributes = replace(self.defaults.apply(base), max_age=max_age)
        if not http_only:
            attributes = replace(attributes, http_only=False)
        return CookieSpec(f"__Secure-{name}" if self.secure else name, override.attributes.apply(attributes))

    def with_domain(self, domain: str) -> CookieRules:
        """Returns: the same rules for another domain, where the base URL is only known per request."""
        return replace(self, domain=domain)


def cross_domain(option: CrossSubdomainCookies | None, base_host: str | None, *, dynamic: bool) -> str | None:
    """Returns: the Domain of all cookies, or None for host-only cookies.

    Raises: ConfigurationError: no domain can be told, or browsers would refuse it (SC-COOKIE-10).
    """
    if option is None or not option.enabled:
        return None
    domain = option.domain or base_host
    if domain is None:
        if dynamic:
            return None
        raise ConfigurationError(
            "advanced.cross_subdomain_cookies", "no domain is known.", "Give domain=, or a static base_url."
        )
    validate_cookie_domain(domain, base_host)
    return domain


class ResponseCookies:
    """The Set-Cookie headers of one response: one value per name at most, a deletion never after a value of its own.

    A value may follow the deletion of an older one: browsers take the last line, clients that read headers see both.
    """

    def __init__(self) -> None:
        self._values: dict[str, str] = {}
        self._deletions: dict[str, str] = {}

    def set(self, spec: CookieSpec, value: str) -> None:
        """Set a cookie; the value is percent-encoded here."""
        self._values.pop(spec.name, None)
        self._values[spec.name] = serialise(spec.name, encode_value(value), spec.attributes)

    def expire(self, spec: CookieSpec) -> None:
        """Have the browser forget a cookie; whatever was to be set under its name does not leave the server."""
        self._values.pop(spec.name, None)
        self._deletions.setdefault(spec.name, serialise(spec.name, "", replace(spec.attributes, max_age=0)))

    def withdraw(self, concerns: Callable[[str], bool]) -> None:
        """Let no value leave the server under a name that this is true of; deletions stay."""
        self._values = {name: line for name, line in self._values.items() if not concerns(name)}

    def drop_values(self) -> None:
        """Keep only deletions: no success leaves with an error (SC-COOKIE-09)."""
        self._values.clear()

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()
        self._deletions.clear()

    def lines(self) -> list[str]:
        """Returns: the header values, deletions first."""
        return [*self._deletions.values(), *self._values.values()]

"""Where the app is reached (core-config sheet §2): fixed, chosen from a list by host, or read off each request."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import translate
from typing import Literal
from urllib.parse import urlsplit

from fastapi_betterauth.errors import ConfigurationError

from .origin import parse_origin

_VARIABLES = (
    "BETTER_AUTH_URL",
    "NEXT_PUBLIC_BETTER_AUTH_URL",
    "PUBLIC_BETTER_AUTH_URL",
    "NUXT_PUBLIC_BETTER_AUTH_URL",
    "NUXT_PUBLIC_AUTH_URL",
    "BASE_URL",
)
_HOST = re.compile(
    r"(?=.{1,260}\Z)(?:localhost|[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*|"
    r"\[[0-9a-f:.]+\])(?::[0-9]{1,5})?",
    re.IGNORECASE | re.ASCII,
)


class UnknownHost(Exception):
    """The request names a host that is not served here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DynamicBaseURL:
    """Several hosts for one app; the request says which.

    Raises: ConfigurationError: no host is allowed, or the protocol is unknown.
    """

    allowed_hosts: tuple[str, ...]
    """Host names with port, wildcards included: ``app.example``, ``*.preview.example``."""
    fallback: str | None = None
    """The URL for requests to other hosts; None: they are refused."""
    protocol: Literal["http", "https", "auto"] = "auto"
    """Scheme of all hosts; ``auto``: as the request came."""

    def __post_init__(self) -> None:
        if not self.allowed_hosts:
            raise ConfigurationError("base_url.allowed_hosts", "it is empty.", "Name at least one host.")
        if self.protocol not in ("http", "https", "auto"):
            raise ConfigurationError("base_url.protocol", f"{self.protocol!r} is not known.", "Use https or auto.")
        if self.fallback is not None and parse_origin(self.fallback) is None:
            raise ConfigurationError("base_url.fallback", "it is no http(s) URL.", "Write https://app.example.")

    def allows(self, host: str) -> bool:
        """Returns: whether a host is on the list."""
        return any(re.match(translate(_bare(pattern)), host.lower()) for pattern in self.allowed_hosts)


@dataclass(frozen=True, slots=True)
class BaseURL:
    """An origin and the path of the endpoints below it."""

    origin: str
    path: str

    @property
    def url(self) -> str:
        """Returns: both together, as links begin."""
        return self.origin + self.path


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseURLRules:
    """How the base URL of a request is told."""

    path: str
    static: BaseURL | None = None
    dynamic: DynamicBaseURL | None = None
    trust_forwarded: bool = False

    @classmethod
    def of(
        cls,
        base_url: str | DynamicBaseURL | None,
        base_path: str,
        *,
        trusted_proxy_headers: bool,
        environ: Mapping[str, str],
    ) -> BaseURLRules:
        """Read option and environment. Raises: ConfigurationError: the URL cannot be used."""
        path = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
        if isinstance(base_url, DynamicBaseURL):
            return cls(path=path, dynamic=base_url, trust_forwarded=trusted_proxy_headers)
        given = base_url or next((environ[v] for v in _VARIABLES if environ.get(v, "/") != "/"), None)
        if given is None:
            return cls(path=path, trust_forwarded=trusted_proxy_headers)
        origin = parse_origin(given)
        if origin is None:
            raise ConfigurationError("base_url", f"{given!r} is no http(s) URL.", "Write https://app.example.")
        own_path = urlsplit(given).path.rstrip("/")
        return cls(path=own_path or path, static=BaseURL(origin, own_path or path))

    def resolve(
        self, *, host: str | None, forwarded_host: str | None, forwarded_proto: str | None, scheme: str
    ) -> BaseURL:
        """Tell the base URL of one request; nothing is remembered from others (SC-HTTP-07).

        Raises: UnknownHost: the host is malformed, or not on the list and there is no fallback.
        """
        if self.static is not None:
            return self.static
        if self.dynamic is not None:
            return self._dynamic(self.dynamic, host, forwarded_host, forwarded_proto, scheme)
        if self.trust_forwarded and _valid_host(forwarded_host) and forwarded_proto in ("http", "https"):
            return BaseURL(f"{forwarded_proto}://{str(forwarded_host).lower()}", self.path)
        if not _valid_host(host):
            raise UnknownHost
        return BaseURL(parse_origin(f"{scheme}://{host}") or "", self.path)

    def trusted_patterns(self, base: BaseURL) -> tuple[str, ...]:
        """Returns: the origins that are trusted because the app lives there."""
        if self.dynamic is None:
            return (base.origin,)
        patterns: list[str] = []
        for host in self.dynamic.allowed_hosts:
            if "://" in host:
                patterns.append(host)
                continue
            if self.dynamic.protocol != "http":
                patterns.append(f"https://{host}")
            if self.dynamic.protocol != "https" or _is_loopback(host):
                patterns.append(f"http://{host}")
        if self.dynamic.fallback is not None:
            patterns.append(parse_origin(self.dynamic.fallback) or "")
        return tuple(patterns)

    def _dynamic(
        self,
        dynamic: DynamicBaseURL,
        host: str | None,
        forwarded_host: str | None,
        forwarded_proto: str | None,
        scheme: str,
    ) -> BaseURL:
        forwarded = self.trust_forwarded and _valid_host(forwarded_host)
        named = forwarded_host if forwarded else host
        if named is None or not _valid_host(named) or not dynamic.allows(named):
            if dynamic.fallback is None:
                raise UnknownHost
            return BaseURL(parse_origin(dynamic.fallback) or "", self.path)
        protocol = dynamic.protocol
        if protocol == "auto":
            proto_is_good = forwarded and forwarded_proto in ("http", "https")
            protocol = forwarded_proto if proto_is_good else scheme  # type: ignore[assignment]  # checked in both cases
        return BaseURL(parse_origin(f"{protocol}://{named}") or "", self.path)


def _bare(pattern: str) -> str:
    return (
        pattern.partition("://")[2].split("/")[0].lower()
        if "://" in pattern
        else pattern.split("/", maxsplit=1)[0].lower()
    )


def _valid_host(host: str | None) -> bool:
    if not host or ".." in host or _HOST.fullmatch(host) is None:
        return False
    if host.startswith("["):
        try:
            ipaddress.IPv6Address(host[1:].partition("]")[0])
        except ValueError:
            return False
    return True


def scheme_for(host: str | None) -> str:
    """Returns: the scheme of a host when no request says it (core-config sheet §2)."""
    return "http" if host is not None and _is_loopback(host) else "https"


def _is_loopback(host: str) -> bool:
    name = host.split(":", maxsplit=1)[0]
    return name in ("localhost", "127.0.0.1") or host.startswith("[::1]")

"""Cookies as text: reading the Cookie header, writing Set-Cookie (sessions sheet §3, client sheet §7)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, unquote_to_bytes

from fastapi_betterauth.errors import ConfigurationError

_LONGEST_AGE = 400 * 24 * 3600
_UNESCAPED = "!'()*~"
# Not all white space: browsers take a no-break space for part of a name, and let anybody set it (SC-COOKIE-04).
_SPACE = " \t"
_VALID_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")

# Registries under which anybody can have a name; the full list is long, these are the common second-level ones.
_PUBLIC_SUFFIXES = frozenset(
    [
        "co.uk",
        "org.uk",
        "ac.uk",
        "gov.uk",
        "com.au",
        "net.au",
        "org.au",
        "co.nz",
        "co.jp",
        "ne.jp",
        "or.jp",
        "com.br",
        "com.cn",
        "com.tw",
        "com.mx",
        "com.ar",
        "com.tr",
        "com.sg",
        "com.hk",
        "co.in",
        "co.kr",
        "co.za",
        "co.il",
        "com.pl",
        "com.ua",
        "github.io",
        "herokuapp.com",
        "vercel.app",
        "netlify.app",
        "pages.dev",
        "web.app",
        "azurewebsites.net",
        "cloudfront.net",
        "appspot.com",
        "onrender.com",
        "fly.dev",
    ]
)


@dataclass(frozen=True, kw_only=True, slots=True)
class CookieAttributes:
    """Everything about a cookie but its name and value.

    Raises: ConfigurationError: a Max-Age longer than browsers keep cookies.
    """

    max_age: int | None = None
    """In seconds; None: as long as the browser runs."""
    domain: str | None = None
    path: str = "/"
    http_only: bool = True
    secure: bool = False
    same_site: Literal["lax", "strict", "none"] | None = "lax"
    partitioned: bool = False

    def __post_init__(self) -> None:
        if self.max_age is not None and self.max_age > _LONGEST_AGE:
            raise ConfigurationError("cookies", "Max-Age is over 400 days.", "Browsers cut it: use 400 days or less.")


def encode_value(value: str) -> str:
    """Returns: the value as JavaScript's ``encodeURIComponent`` writes it."""
    return quote(value, safe=_UNESCAPED)


def decode_value(raw: str) -> str:
    """Returns: the value with valid ``%XX`` sequences decoded; the rest, ``+`` included, is left as it is."""
    if "%" not in raw:
        return raw
    return _VALID_ESCAPES.sub(_decoded, raw)


def _decoded(match: re.Match[str]) -> str:
    try:
        return unquote_to_bytes(match[0]).decode("utf-8")
    except UnicodeDecodeError:
        return match[0]


def find_cookie(header: str | None, name: str) -> str | None:
    """Find a cookie by its exact name; of several the first one counts, as on the reference (SC-COOKIE-03).

    Returns: the raw value, without surrounding quotes.
    """
    if header is None or name not in header:
        return None
    for pair in header.split(";"):
        key, equals, value = pair.partition("=")
        if equals and key.strip(_SPACE) == name:
            return _unquoted(value.strip(_SPACE))
    return None


def all_names(header: str | None) -> list[str]:
    """Returns: the names of all cookies in a header."""
    pairs = (pair.partition("=") for pair in (header or "").split(";"))
    return [key.strip(_SPACE) for key, equals, _ in pairs if equals and key.strip(_SPACE)]


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == '"' and value[-1] == '"'
    return value[1:-1] if quoted else value


def serialise(name: str, encoded_value: str, attributes: CookieAttributes) -> str:
    """Returns: a Set-Cookie value, attributes in the reference's order."""
    parts = [f"{name}={encoded_value}"]
    if attributes.max_age is not None:
        parts.append(f"Max-Age={attributes.max_age}")
    if attributes.domain:
        parts.append(f"Domain={attributes.domain}")
    parts.append(f"Path={attributes.path}")
    if attributes.http_only:
        parts.append("HttpOnly")
    if attributes.secure:
        parts.append("Secure")
    if attributes.same_site:
        parts.append(f"SameSite={attributes.same_site.capitalize()}")
    if attributes.partitioned:
        parts.append("Partitioned")
    return "; ".join(parts)


def validate_cookie_domain(domain: str, base_host: str | None) -> None:
    """Refuse domains that browsers refuse, or that would give cookies to strangers (SC-COOKIE-10).

    Raises: ConfigurationError.
    """
    bare = domain.lstrip(".").lower()
    problem = None
    if is_public_suffix(bare):
        problem = f"{domain!r} is not yours alone."
    elif _is_address(bare):
        problem = f"{domain!r} is an IP address."
    elif not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", bare):
        problem = f"{domain!r} is no domain name."
    elif base_host is not None and base_host != bare and not base_host.endswith(f".{bare}"):
        problem = f"{domain!r} does not contain the host of base_url, {base_host!r}."
    if problem is not None:
        raise ConfigurationError(
            "advanced.cross_subdomain_cookies.domain", problem, "Use the registered domain of your app."
        )


def is_public_suffix(domain: str) -> bool:
    """Returns: whether anybody can have a name under this domain."""
    return "." not in domain or domain in _PUBLIC_SUFFIXES


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True

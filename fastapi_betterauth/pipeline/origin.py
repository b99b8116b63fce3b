"""Which origins are trusted (core-config sheet §4)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from fastapi_betterauth.errors import ConfigurationError

from .cookie_codec import is_public_suffix
from .redirects import is_safe_relative

_LONGEST = 4096
_PORTS = {"http": "80", "https": "443"}
_HTTP = re.compile(r"(https?)://([^/?#]*)", re.IGNORECASE)
_SCHEME = re.compile(r"([a-z][a-z0-9+.\-]*):(.*)", re.IGNORECASE | re.DOTALL)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?", re.IGNORECASE)
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\x9f\\]")
# Python's IDNA of 2003 turns these into other letters or nothing; browsers keep them: another host (SC-REDIR-08).
_DEVIATIONS = re.compile("[\u00df\u1e9e\u03c2\u200c\u200d]")


def parse_origin(url: str) -> str | None:
    """Reduce an http(s) URL to its origin in one canonical form.

    Returns: ``scheme://host[:port]``, in lower case and without default ports; None for anything a browser might
        read differently: user info, backslashes, white space, missing slashes, odd hosts (SC-REDIR-05..09).
    """
    if len(url) > _LONGEST or _UNSAFE.search(url):
        return None
    match = _HTTP.match(url)
    if match is None:
        return None
    scheme, authority = match[1].lower(), match[2]
    host, port = _split_port(authority)
    if host is None or "@" in authority or "%" in authority:
        return None
    if port and (not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) < 65536):  # noqa: PLR2004
        return None
    return f"{scheme}://{host}" if port in ("", _PORTS[scheme]) else f"{scheme}://{host}:{int(port)}"


def _split_port(authority: str) -> tuple[str | None, str]:
    if authority.startswith("["):
        inside, bracket, rest = authority[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            return None, ""
        try:
            return f"[{ipaddress.IPv6Address(inside).compressed}]", rest[1:]
        except ValueError:
            return None, ""
    name, _, port = authority.partition(":")
    if not name.isascii():
        if _DEVIATIONS.search(name):
            return None, ""
        try:
            name = name.encode("idna").decode()
        except UnicodeError:
            return None, ""
    return (name.lower() if _HOST.fullmatch(name) else None), port


@dataclass(frozen=True, slots=True)
class TrustedOrigins:
    """A set of origins, patterns included, made ready for matching."""

    exact: frozenset[str]
    globs: tuple[str, ...]
    schemes: tuple[str, ...]
    """Patterns of schemes other than http(s), such as ``myapp://``."""

    @classmethod
    def of(cls, patterns: Iterable[str | None]) -> TrustedOrigins:
        """Sort patterns by kind; empty ones are dropped (SC-ORIG-10).

        Raises: ConfigurationError: a pattern would trust every site.
        """
        exact, globs, schemes = set(), [], []
        for pattern in patterns:
            text = (pattern or "").strip()
            if not text:
                continue
            if not re.sub(r"https?://|[*?.:/]", "", text):
                raise ConfigurationError("trusted_origins", f"{text!r} trusts every site.", "Name the sites.")
            if "*" in text or "?" in text:
                globs.append(text)
            elif (origin := parse_origin(text)) is not None:
                # A pattern with a path or a trailing slash equals no origin; it never matches.
                if _HTTP.fullmatch(text):
                    exact.add(origin)
            else:
                schemes.append(text)
        return cls(frozenset(exact), tuple(globs), tuple(schemes))

    def with_(self, more: Iterable[str | None]) -> TrustedOrigins:
        """Returns: this set and more patterns."""
        other = TrustedOrigins.of(more)
        return TrustedOrigins(self.exact | other.exact, (*self.globs, *other.globs), (*self.schemes, *other.schemes))

    def trusts_origin(self, origin: str) -> bool:
        """Returns: whether the value of an Origin or Referer header is trusted."""
        known = parse_origin(origin)
        if known is not None:
            return known in self.exact or any(_glob_matches(glob, known) for glob in self.globs)
        return self._trusts_scheme(origin)

    def trusts_redirect(self, url: str) -> bool:
        """Returns: whether a redirect target is trusted; paths on this site are."""
        if url.startswith("/"):
            return is_safe_relative(url)
        return self.trusts_origin(url)

    def _trusts_scheme(self, url: str) -> bool:
        if len(url) > _LONGEST or _UNSAFE.search(url):
            return False
        parsed = _SCHEME.fullmatch(url)
        if parsed is None or parsed[1].lower() in _NEVER or not parsed[2].startswith("//"):
            return False
        if any(_scheme_matches(pattern, url) for pattern in self.schemes):
            return True
        return any("://" in glob and _glob_regex(glob).fullmatch(url) for glob in self.globs)


def doubt_about(pattern: str) -> str | None:
    """Returns: why a trusted pattern is dangerous in production, or None (SC-CONF-01)."""
    scheme, _, rest = pattern.strip().lower().rpartition("://")
    host = _split_host(rest)
    if host in _LOOPBACK or host.endswith(".localhost"):
        return "whatever runs on the visitor's own machine is trusted"
    if scheme == "http":
        return "without https anybody on the way can answer for it"
    if "*" in host and is_public_suffix(host.rpartition("*")[2].lstrip(".")):
        return "anybody can have a name that matches"
    return None


_LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})


def _split_host(rest: str) -> str:
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    return authority.partition("]")[0] + "]" if authority.startswith("[") else authority.partition(":")[0]


_NEVER = frozenset({"http", "https", "javascript", "data", "vbscript", "blob", "file", "view-source"})


def _glob_matches(glob: str, origin: str) -> bool:
    """Match a pattern with a scheme against the origin, one without against host and port."""
    return _glob_regex(glob.lower()).fullmatch(origin if "://" in glob else origin.partition("://")[2]) is not None


@lru_cache(maxsize=1024)
def _glob_regex(glob: str) -> re.Pattern[str]:
    """Compile ``*`` (any text) and ``?`` (one character); everything else is literal (SC-ORIG-05).

    What stands between two stars is taken where it comes first and for good, so that matching stays linear however
    many stars there are (SC-ORIG-06).
    """
    first, *rest = [_literal(piece) for piece in re.split(r"\*+", glob)]
    if not rest:
        return re.compile(first, re.DOTALL)
    *middle, last = rest
    return re.compile(first + "".join(f"(?>.*?{piece})" for piece in middle) + ".*" + last, re.DOTALL)


def _literal(piece: str) -> str:
    return "".join("." if character == "?" else re.escape(character) for character in piece)


def _scheme_matches(pattern: str, url: str) -> bool:
    """Compare scheme and authority without case; a pattern's path must be the URL's, or a parent of it."""
    want, have = _parts(pattern), _parts(url)
    if want is None or have is None or want[0] != have[0]:
        return False
    if not want[1]:
        return True
    if want[1] != have[1]:
        return False
    path = want[2].rstrip("/")
    return not path or have[2] == path or have[2].startswith(f"{path}/")


def _parts(url: str) -> tuple[str, str, str] | None:
    scheme, separator, rest = url.partition("://")
    if not separator:
        return None
    authority, slash, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
    return scheme.lower(), authority.lower(), _resolved(slash + path)


def _resolved(path: str) -> str:
    segments: list[str] = []
    for segment in unquote(path).split("/"):
        if segment == "..":
            if len(segments) > 1:
                segments.pop()
        elif segment != ".":
            segments.append(segment)
    return "/".join(segments)

"""Where a request would go, told from its URL alone."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LEAST_FREE_PORT = 1024


class UnsafeURL(Exception):
    """The server must not call this URL; the text says why, without the URL."""


def origin_of(url: str) -> str | None:
    """Returns: scheme, host and port of a URL as browsers write an origin, or None if it has none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, _DEFAULT_PORTS[parts.scheme]) else "")


def check_url(url: str, *, trusted: bool) -> None:
    """Refuse what no identity provider is reached by (SC-SSRF-06).

    Args: trusted: the host named this origin in its options; then plain http and any port will do.
    Raises: UnsafeURL.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise UnsafeURL("it cannot be read") from None
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise UnsafeURL("it is no http(s) URL")
    if parts.username is not None or parts.password is not None:
        raise UnsafeURL("it holds credentials")
    if not trusted:
        _check_public(parts, port)


def _check_public(parts: SplitResult, port: int | None) -> None:
    if parts.scheme != "https":
        raise UnsafeURL("it is not https")
    if port not in (None, 443) and port < _LEAST_FREE_PORT:
        raise UnsafeURL("its port belongs to another service")

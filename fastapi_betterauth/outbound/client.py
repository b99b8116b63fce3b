"""The one way in which the server calls another one."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from fastapi_betterauth.errors import ConfigurationError

from .options import OutboundOptions
from .urls import UnsafeURL, origin_of

if TYPE_CHECKING:
    from .transport import GuardedTransport, Resolve

logger = logging.getLogger("fastapi_betterauth")

_AGENT = "fastapi-better-auth"
_OK = 200
_BEYOND_OK = 300


class OutboundError(Exception):
    """Another server did not give what was asked for; the text may be logged, and holds nothing of its answer."""


class Outbound:
    """Calls other servers: within a time and a size, without cookies, redirects, environment or private addresses.

    Args:
        options: the limits.
        trusted: URLs whose origins the host itself named; these may be private, and plain http.
        resolve: looks hosts up.
    Source: SECURITY-CASES SSRF.
    """

    def __init__(
        self, options: OutboundOptions, trusted: Iterable[str] = (), *, resolve: Resolve | None = None
    ) -> None:
        self._options = options
        origins = (origin_of(url) for url in (*options.trusted_origins, *trusted))
        self._trusted = frozenset(origin for origin in origins if origin is not None)
        self._resolve = resolve

    def trusting(self, *urls: str) -> Outbound:
        """Returns: the same client, which may also reach the origins of these URLs."""
        if not urls:
            return self
        other = Outbound(self._options, [*self._trusted, *urls], resolve=self._resolve)
        other.__dict__["_tls"] = self._tls
        return other

    async def get(self, url: str, *, bearer: str | None = None, headers: Mapping[str, str] | None = None) -> Any:
        """Fetch JSON. Args: bearer: an access token. Raises: OutboundError."""
        return await self._json("GET", url, headers=_headers(bearer, headers))

    async def post(
        self,
        url: str,
        *,
        bearer: str | None = None,
        form: Mapping[str, str] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Send a form, or else JSON, and read JSON. Raises: OutboundError."""
        return await self._json("POST", url, headers=_headers(bearer, headers), data=form, json=body)

    async def get_bytes(self, url: str, *, bearer: str | None = None) -> bytes:
        """Fetch anything. Raises: OutboundError."""
        return await self._read("GET", url, headers=_headers(bearer, None))

    @asynccontextmanager
    async def oauth(self, **settings: Any) -> AsyncIterator[Any]:
        """Open Authlib's client of a token endpoint on this transport.

        Raises: OutboundError: for whatever goes wrong within.
        """
        from authlib.integrations.httpx_client import AsyncOAuth2Client  # noqa: PLC0415 - of an extra

        # Its types name a library that need not be the one that is installed.
        session: Any = AsyncOAuth2Client(**settings, **self._client_settings())
        async with self._bounded("a token endpoint"), session as client:
            yield client

    async def _json(self, method: str, url: str, **request: Any) -> Any:
        content = await self._read(method, url, **request)
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            raise OutboundError(f"{origin_of(url)} answered something else than JSON") from None

    async def _read(self, method: str, url: str, **request: Any) -> bytes:
        import httpx2  # noqa: PLC0415 - of an extra

        place = origin_of(url) or "a URL without a host"
        async with self._bounded(place), httpx2.AsyncClient(**self._client_settings()) as client:
            response = await client.request(method, url, **request)
        if not _OK <= response.status_code < _BEYOND_OK:
            raise OutboundError(f"{place} answered {response.status_code}")
        return response.content

    @asynccontextmanager
    async def _bounded(self, place: str) -> AsyncIterator[None]:
        """Bound the time, and turn every failure into one that tells nothing of what was sent or read (SC-SSRF-10)."""
        from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415 - of an extra
        from httpx2 import HTTPError, InvalidURL  # noqa: PLC0415 - of an extra

        try:
            async with asyncio.timeout(self._options.timeout):
                yield
        except UnsafeURL as error:
            raise OutboundError(f"{place} must not be called: {error}") from None
        except TimeoutError:
            raise OutboundError(f"{place} did not answer in {self._options.timeout:g} s") from None
        except AuthlibBaseError as error:
            raise OutboundError(f"{place} refused: {_plain(error.error)}") from None
        except (HTTPError, InvalidURL, ValueError, KeyError, TypeError, RecursionError) as error:
            raise OutboundError(f"{place} could not be asked: {type(error).__name__}") from None

    def _client_settings(self) -> dict[str, Any]:
        return {
            "transport": self._transport(),
            "timeout": self._options.timeout,
            "follow_redirects": False,
            "trust_env": False,
            "headers": {"user-agent": _AGENT, "accept": "application/json"},
        }

    def _transport(self) -> GuardedTransport:
        from .transport import GuardedTransport, resolve_host  # noqa: PLC0415 - of an extra

        return GuardedTransport(self._options, self._trusted, self._tls, self._resolve or resolve_host)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Loading the authorities takes 20 ms: once."""
        return ssl.create_default_context()


def check_outbound(option: str) -> None:
    """Refuse what calls other servers where the libraries for that are not there.

    Args: option: its name, for the error.
    Raises: ConfigurationError.
    """
    if find_spec("httpx2") is None or find_spec("authlib") is None:
        raise ConfigurationError(option, "this needs Authlib and httpx2.", "pip install 'fastapi-better-auth[social]'")


def _headers(bearer: str | None, further: Mapping[str, str] | None) -> dict[str, str]:
    own = {"authorization": f"Bearer {bearer}"} if bearer is not None else {}
    return {**own, **(further or {})}


def _plain(code: object) -> str:
    """Returns: an error code of RFC 6749, or a word for what is none; it goes into the log."""
    return code if isinstance(code, str) and code.replace("_", "").isalnum() and len(code) < 50 else "unknown"  # noqa: PLR2004

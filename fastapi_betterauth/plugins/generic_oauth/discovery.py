"""What a server says of itself (OpenID Connect Discovery, RFC 8414)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

from fastapi_betterauth.outbound.client import OutboundError
from fastapi_betterauth.social.id_tokens import ASYMMETRIC
from fastapi_betterauth.social.provider import ProviderCall

logger = logging.getLogger("fastapi_betterauth")

_SHORTEST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=1), timedelta(seconds=30)
_WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class Discovered:
    """What matters of a discovery document."""

    issuer: str | None = None
    authorization: str | None = None
    token: str | None = None
    user_info: str | None = None
    end_session: str | None = None
    key_set: str | None = None
    algorithms: tuple[str, ...] = ()
    """With which it signs id tokens; none: it does not speak OpenID Connect."""
    names_issuer: bool = False
    """In every callback (RFC 9207)."""

    @property
    def signs(self) -> bool:
        """Whether its id tokens can be verified."""
        return self.issuer is not None and self.key_set is not None


class Discovery:
    """Fetches a document once; what fails is tried again, at once, then after pauses of up to half a minute.

    Args:
        url: of the document.
        headers: sent along.
        issuer: what it must call itself; by default what its URL says (SC-SSRF-08).
    """

    def __init__(self, url: str, headers: Mapping[str, str], issuer: str | None) -> None:
        self._url = url
        self._headers = headers
        self._issuer = issuer
        self._found: Discovered | None = None
        self._quiet_until: datetime | None = None
        # None after the first failure: that may have been at start-up, before the server was there.
        self._pause = timedelta(0)
        self._fetching = asyncio.Lock()

    @property
    def found(self) -> Discovered | None:
        """The document, once it is there."""
        return self._found

    async def look(self, call: ProviderCall) -> None:
        """Fetch the document, unless that has been done or failed a moment ago."""
        async with self._fetching:
            if self._found is not None or (self._quiet_until is not None and call.now < self._quiet_until):
                return
            self._quiet_until = call.now + self._pause
            self._pause = min(max(2 * self._pause, _SHORTEST_PAUSE), _LONGEST_PAUSE)
            try:
                self._found = self._read(await call.http.get(self._url, headers=self._headers))
            except OutboundError as error:
                logger.error("discovery failed: %s", error)  # noqa: TRY400 - the trace says nothing more

    def _read(self, document: Any) -> Discovered | None:
        if not isinstance(document, dict):
            logger.error("discovery failed: %s is no document", self._url)
            return None
        issuer = _url(document.get("issuer"))
        expected = self._issuer or (self._url.removesuffix(_WELL_KNOWN) if self._url.endswith(_WELL_KNOWN) else None)
        if "issuer" in document and (issuer is None or expected not in (None, issuer, issuer.rstrip("/"))):
            logger.error(
                "discovery failed: %s is the document of another issuer; if it is meant, name it as the option issuer",
                self._url,
            )
            return None
        named, keys = document.get("id_token_signing_alg_values_supported"), document.get("jwks_uri")
        algorithms = named if isinstance(named, list) else []
        return Discovered(
            issuer=issuer,
            authorization=_url(document.get("authorization_endpoint")),
            token=_url(document.get("token_endpoint")),
            user_info=_url(document.get("userinfo_endpoint")),
            end_session=_url(document.get("end_session_endpoint")),
            key_set=urljoin(self._url, keys) if isinstance(keys, str) and keys else None,
            algorithms=tuple(name for name in algorithms if isinstance(name, str)),
            names_issuer=document.get("authorization_response_iss_parameter_supported") is True,
        )


def usable_algorithms(discovered: Discovered) -> tuple[str, ...]:
    """Returns: those the server signs with and we verify; never a symmetric one, nor none."""
    return tuple(name for name in discovered.algorithms if name in ASYMMETRIC) if discovered.algorithms else ASYMMETRIC


def _url(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return value if parts.scheme in ("http", "https") and parts.netloc else None

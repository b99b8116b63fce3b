"""Trading codes and refresh tokens for tokens, by Authlib's OAuth client (RFC 6749 §4.1.3, §6)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote_plus, urlencode

from fastapi_betterauth.outbound.client import Outbound, OutboundError

ClientAuth = Literal["client_secret_post", "client_secret_basic", "private_key_jwt", "none"]

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeGrant:
    """What a provider sent back, and what belongs to it."""

    code: str = field(repr=False)
    redirect_uri: str
    code_verifier: str | None = field(default=None, repr=False)
    device_id: str | None = None
    """Of VK."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCredentials:
    """Who we are at a token endpoint."""

    client_id: str
    client_secret: str | None = field(default=None, repr=False)
    method: ClientAuth
    id_parameter: str = "client_id"
    """What the provider calls the id in bodies."""
    assertion: Callable[[str], Awaitable[str]] | None = None
    """Makes the assertion of ``private_key_jwt`` for a grant type (RFC 7523)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEndpoint:
    """The token endpoint of a provider."""

    url: str
    client: ClientCredentials
    headers: Mapping[str, str] = field(default_factory=dict)

    async def redeem(self, http: Outbound, grant: CodeGrant, further: Mapping[str, str]) -> Mapping[str, Any]:
        """Trade a code. Args: further: fields; they replace none. Raises: OutboundError."""
        form = {"code": grant.code, "redirect_uri": grant.redirect_uri}
        if grant.code_verifier is not None:
            form["code_verifier"] = grant.code_verifier
        if grant.device_id is not None:
            form["device_id"] = grant.device_id
        return await self._ask(http, "authorization_code", {**further, **form})

    async def refresh(self, http: Outbound, refresh_token: str, further: Mapping[str, str]) -> Mapping[str, Any]:
        """Trade a refresh token. Args: further: fields; they replace none. Raises: OutboundError."""
        return await self._ask(http, "refresh_token", {**further, "refresh_token": refresh_token})

    async def _ask(self, http: Outbound, grant_type: str, form: Mapping[str, str]) -> Mapping[str, Any]:
        fields = {name: value for name, value in form.items() if name != "grant_type"}
        if self.client.assertion is not None:
            fields |= {
                "client_assertion_type": _ASSERTION,
                "client_assertion": await self.client.assertion(grant_type),
            }
        headers = {"accept": "application/json", "content-type": "application/x-www-form-urlencoded", **self.headers}
        async with http.oauth(
            client_id=self.client.client_id,
            client_secret=self.client.client_secret,
            token_endpoint_auth_method=_Authentication(self.client),
        ) as client:
            answer = await client.fetch_token(self.url, grant_type=grant_type, headers=headers, **fields)
        if not answer.get("access_token") and not answer.get("id_token"):
            raise OutboundError("a token endpoint answered without a token")
        return dict(answer)


class _Authentication:
    """Adds to a request who we are, in the way Authlib asks for."""

    def __init__(self, client: ClientCredentials) -> None:
        self._client = client

    def __call__(
        self, _session: object, _method: str, uri: str, headers: dict[str, str], body: bytes
    ) -> tuple[str, dict[str, str], bytes]:
        client = self._client
        if client.method == "client_secret_basic":
            # RFC 6749 §2.3.1: both are form-encoded before they are joined.
            pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret or '')}"
            headers["authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
            return uri, headers, body
        fields = {client.id_parameter: client.client_id}
        if client.method == "client_secret_post" and client.client_secret is not None:
            fields["client_secret"] = client.client_secret
        headers.pop("content-length", None)
        headers.pop("Content-Length", None)
        return uri, headers, body + f"&{urlencode(fields)}".encode()

"""Cloudflare (https://developers.cloudflare.com/fundamentals/oauth)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, TypedDict, cast

from fastapi_betterauth.social.authorization import AuthorizationRequest
from fastapi_betterauth.social.identity import Identity, JsonObject
from fastapi_betterauth.social.provider import Endpoints, Provider
from fastapi_betterauth.social.token_endpoint import ClientAuth, TokenEndpoint


class CloudflareProfile(TypedDict, total=False):
    """The ``result`` of the user endpoint."""

    id: str
    email: str
    first_name: str | None
    last_name: str | None


@dataclass(frozen=True, kw_only=True)
class Cloudflare(Provider[CloudflareProfile]):
    """Sign-in with Cloudflare."""

    token_endpoint_auth_method: ClientAuth | None = None
    """How the secret is sent; by default Basic, and nothing without a secret."""

    id: ClassVar[str] = "cloudflare"
    label: ClassVar[str] = "Cloudflare"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://dash.cloudflare.com/oauth2/auth",
        token="https://dash.cloudflare.com/oauth2/token",
        user_info="https://api.cloudflare.com/client/v4/user",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("user-details.read",)
    token_auth: ClassVar[ClientAuth] = "client_secret_basic"

    def authorization_request(self, request: AuthorizationRequest) -> str:
        """Returns: where the browser goes; Cloudflare refuses parameters it does not know."""
        return super().authorization_request(replace(request, params={}))

    def scopes_for(self, asked: Sequence[str] = ()) -> list[str]:
        """Returns: the scopes, each once."""
        return list(dict.fromkeys(super().scopes_for(asked)))

    def token_endpoint(self) -> TokenEndpoint:
        """Returns: how tokens are asked for."""
        client = self.credentials(self.token_endpoint_auth_method or self.token_auth)
        return TokenEndpoint(url=self.urls.token, client=client)

    def unwrap(self, answer: JsonObject) -> CloudflareProfile | None:
        """Returns: the profile within the answer."""
        found = answer.get("result")
        return cast("CloudflareProfile", found) if answer.get("success") is True and isinstance(found, dict) else None

    def identify(self, profile: CloudflareProfile) -> Identity:
        """Returns: who the profile is about."""
        names = [profile.get("first_name"), profile.get("last_name")]
        name = " ".join(name for name in names if name)
        return Identity(subject=profile.get("id"), name=name or profile.get("email"), email=profile.get("email"))

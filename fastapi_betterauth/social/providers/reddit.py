"""Reddit (https://github.com/reddit-archive/reddit/wiki/OAuth2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, TypedDict

from fastapi_betterauth.social.authorization import AuthorizationRequest
from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.placeholder import placeholder_email
from fastapi_betterauth.social.provider import Endpoints, Provider
from fastapi_betterauth.social.token_endpoint import ClientAuth, TokenEndpoint


class RedditProfile(TypedDict, total=False):
    """What ``/me`` answers."""

    id: str
    name: str
    icon_img: str


@dataclass(frozen=True, kw_only=True)
class Reddit(Provider[RedditProfile]):
    """Sign-in with Reddit, which tells no address."""

    duration: Literal["temporary", "permanent"] | None = None
    """``permanent`` brings a refresh token."""

    id: ClassVar[str] = "reddit"
    label: ClassVar[str] = "Reddit"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://www.reddit.com/api/v1/authorize",
        token="https://www.reddit.com/api/v1/access_token",
        user_info="https://oauth.reddit.com/api/v1/me",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("identity",)
    uses_pkce: ClassVar[bool] = False
    token_auth: ClassVar[ClientAuth] = "client_secret_basic"

    def parameters(self, request: AuthorizationRequest) -> Mapping[str, str | None]:  # noqa: ARG002
        """Returns: parameters that only Reddit has."""
        return {"duration": self.duration}

    def token_endpoint(self) -> TokenEndpoint:
        """Returns: how tokens are asked for."""
        return replace(super().token_endpoint(), headers={"accept": "text/plain"})

    def identify(self, profile: RedditProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("id"),
            name=profile.get("name"),
            email=placeholder_email(profile.get("id"), self.id),
            image=profile.get("icon_img", "").partition("?")[0],
        )

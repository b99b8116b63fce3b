"""Twitch (https://dev.twitch.tv/docs/authentication/getting-tokens-oidc)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypedDict

from fastapi_betterauth.social.authorization import AuthorizationRequest
from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, ProfileSource, Provider


class TwitchProfile(TypedDict, total=False):
    """What the id token says."""

    sub: str
    preferred_username: str
    email: str
    email_verified: bool
    picture: str


@dataclass(frozen=True, kw_only=True)
class Twitch(Provider[TwitchProfile]):
    """Sign-in with Twitch."""

    claims: Sequence[str] = ("email", "email_verified", "preferred_username", "picture")
    """What the id token is to say."""

    id: ClassVar[str] = "twitch"
    label: ClassVar[str] = "Twitch"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://id.twitch.tv/oauth2/authorize",
        token="https://id.twitch.tv/oauth2/token",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("user:read:email", "openid")
    uses_pkce: ClassVar[bool] = False
    profile_from: ClassVar[ProfileSource] = "id_token"

    def parameters(self, request: AuthorizationRequest) -> Mapping[str, str | None]:  # noqa: ARG002
        """Returns: parameters that only Twitch has."""
        wanted = dict.fromkeys(("email", "email_verified", *self.claims))
        return {"claims": json.dumps({"id_token": wanted}, separators=(",", ":"))}

    def identify(self, profile: TwitchProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("sub"),
            name=profile.get("preferred_username"),
            email=profile.get("email"),
            email_verified=profile.get("email_verified"),
            image=profile.get("picture"),
        )

"""Railway (https://docs.railway.com/reference/oauth)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypedDict

from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, Provider
from fastapi_betterauth.social.token_endpoint import ClientAuth


class RailwayProfile(TypedDict, total=False):
    """What the user info endpoint answers."""

    sub: str
    name: str
    email: str
    picture: str


@dataclass(frozen=True, kw_only=True)
class Railway(Provider[RailwayProfile]):
    """Sign-in with Railway."""

    id: ClassVar[str] = "railway"
    label: ClassVar[str] = "Railway"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://backboard.railway.com/oauth/auth",
        token="https://backboard.railway.com/oauth/token",
        user_info="https://backboard.railway.com/oauth/me",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("openid", "email", "profile")
    token_auth: ClassVar[ClientAuth] = "client_secret_basic"

    def identify(self, profile: RailwayProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("sub"),
            name=profile.get("name"),
            email=profile.get("email"),
            image=profile.get("picture"),
        )

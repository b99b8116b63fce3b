"""Roblox (https://create.roblox.com/docs/cloud/auth/oauth2-overview)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypedDict

from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.placeholder import placeholder_email
from fastapi_betterauth.social.provider import Endpoints, Provider


class RobloxProfile(TypedDict, total=False):
    """What the user info endpoint answers."""

    sub: str
    nickname: str
    preferred_username: str
    picture: str | None


@dataclass(frozen=True, kw_only=True)
class Roblox(Provider[RobloxProfile]):
    """Sign-in with Roblox."""

    id: ClassVar[str] = "roblox"
    label: ClassVar[str] = "Roblox"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://apis.roblox.com/oauth/v1/authorize",
        token="https://apis.roblox.com/oauth/v1/token",
        user_info="https://apis.roblox.com/oauth/v1/userinfo",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("openid", "profile")
    uses_pkce: ClassVar[bool] = False
    forwards_prompt: ClassVar[bool] = True
    default_prompt: ClassVar[str | None] = "select_account consent"

    def identify(self, profile: RobloxProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("sub"),
            name=profile.get("nickname") or profile.get("preferred_username"),
            email=placeholder_email(profile.get("sub"), self.id),
            image=profile.get("picture"),
        )

"""Polar (https://polar.sh/docs/integrate/oauth2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypedDict

from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, Provider


class PolarProfile(TypedDict, total=False):
    """What the user info endpoint answers."""

    id: str
    username: str
    public_name: str | None
    email: str
    email_verified: bool
    avatar_url: str | None


@dataclass(frozen=True, kw_only=True)
class Polar(Provider[PolarProfile]):
    """Sign-in with Polar."""

    id: ClassVar[str] = "polar"
    label: ClassVar[str] = "Polar"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://polar.sh/oauth2/authorize",
        token="https://api.polar.sh/v1/oauth2/token",
        user_info="https://api.polar.sh/v1/oauth2/userinfo",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("openid", "profile", "email")
    forwards_prompt: ClassVar[bool] = True

    def identify(self, profile: PolarProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("id"),
            name=profile.get("public_name") or profile.get("username"),
            email=profile.get("email"),
            email_verified=profile.get("email_verified"),
            image=profile.get("avatar_url"),
        )

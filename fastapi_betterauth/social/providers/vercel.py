"""Vercel (https://vercel.com/docs/sign-in-with-vercel)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypedDict

from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, Provider


class VercelProfile(TypedDict, total=False):
    """What the user info endpoint answers."""

    sub: str
    name: str
    preferred_username: str
    email: str
    email_verified: bool
    picture: str


@dataclass(frozen=True, kw_only=True)
class Vercel(Provider[VercelProfile]):
    """Sign-in with Vercel."""

    id: ClassVar[str] = "vercel"
    label: ClassVar[str] = "Vercel"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://vercel.com/oauth/authorize",
        token="https://api.vercel.com/login/oauth/token",
        user_info="https://api.vercel.com/login/oauth/userinfo",
    )
    can_refresh: ClassVar[bool] = False

    def identify(self, profile: VercelProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("sub"),
            name=profile.get("name") or profile.get("preferred_username"),
            email=profile.get("email"),
            email_verified=profile.get("email_verified"),
            image=profile.get("picture"),
        )

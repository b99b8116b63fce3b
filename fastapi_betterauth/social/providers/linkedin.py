"""LinkedIn (https://learn.microsoft.com/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypedDict

from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, Provider


class LinkedInProfile(TypedDict, total=False):
    """What the user info endpoint answers."""

    sub: str
    name: str
    email: str
    email_verified: bool
    picture: str


@dataclass(frozen=True, kw_only=True)
class LinkedIn(Provider[LinkedInProfile]):
    """Sign-in with LinkedIn."""

    id: ClassVar[str] = "linkedin"
    label: ClassVar[str] = "LinkedIn"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://www.linkedin.com/oauth/v2/authorization",
        token="https://www.linkedin.com/oauth/v2/accessToken",
        user_info="https://api.linkedin.com/v2/userinfo",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("profile", "email", "openid")
    uses_pkce: ClassVar[bool] = False
    forwards_login_hint: ClassVar[bool] = True

    def identify(self, profile: LinkedInProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("sub"),
            name=profile.get("name"),
            email=profile.get("email"),
            email_verified=profile.get("email_verified"),
            image=profile.get("picture"),
        )

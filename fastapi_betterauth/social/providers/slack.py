"""Slack (https://docs.slack.dev/authentication/sign-in-with-slack)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypedDict

from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, Provider

SlackProfile = TypedDict(
    "SlackProfile",
    {
        "https://slack.com/user_id": str,
        "https://slack.com/user_image_512": str,
        "name": str,
        "email": str,
        "email_verified": bool,
        "picture": str,
    },
    total=False,
)
"""What the user info endpoint answers."""


@dataclass(frozen=True, kw_only=True)
class Slack(Provider[SlackProfile]):
    """Sign-in with Slack."""

    id: ClassVar[str] = "slack"
    label: ClassVar[str] = "Slack"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://slack.com/openid/connect/authorize",
        token="https://slack.com/api/openid.connect.token",
        user_info="https://slack.com/api/openid.connect.userInfo",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("openid", "profile", "email")
    call_scopes_first: ClassVar[bool] = True
    uses_pkce: ClassVar[bool] = False

    def identify(self, profile: SlackProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("https://slack.com/user_id"),
            name=profile.get("name"),
            email=profile.get("email"),
            email_verified=profile.get("email_verified"),
            image=profile.get("picture") or profile.get("https://slack.com/user_image_512"),
        )

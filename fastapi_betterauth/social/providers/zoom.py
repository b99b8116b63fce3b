"""Zoom (https://developers.zoom.us/docs/integrations/oauth)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, TypedDict

from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, Provider


class ZoomProfile(TypedDict, total=False):
    """What the user info endpoint answers."""

    id: str
    display_name: str
    email: str
    verified: int
    pic_url: str


@dataclass(frozen=True, kw_only=True)
class Zoom(Provider[ZoomProfile]):
    """Sign-in with Zoom."""

    id: ClassVar[str] = "zoom"
    label: ClassVar[str] = "Zoom"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://zoom.us/oauth/authorize",
        token="https://zoom.us/oauth/token",
        user_info="https://api.zoom.us/v2/users/me",
    )

    def scopes_for(self, asked: Sequence[str] = ()) -> list[str]:  # noqa: ARG002 - they are chosen in Zoom's console
        """Returns: none."""
        return []

    def identify(self, profile: ZoomProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("id"),
            name=profile.get("display_name"),
            email=profile.get("email"),
            email_verified=profile.get("verified") in (1, True),
            image=profile.get("pic_url"),
        )

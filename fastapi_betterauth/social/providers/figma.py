"""Figma (https://developers.figma.com/docs/rest-api/authentication)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypedDict

from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, Provider
from fastapi_betterauth.social.token_endpoint import ClientAuth


class FigmaProfile(TypedDict, total=False):
    """What the user info endpoint answers."""

    id: str
    handle: str
    email: str
    img_url: str


@dataclass(frozen=True, kw_only=True)
class Figma(Provider[FigmaProfile]):
    """Sign-in with Figma."""

    id: ClassVar[str] = "figma"
    label: ClassVar[str] = "Figma"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://www.figma.com/oauth",
        token="https://api.figma.com/v1/oauth/token",
        user_info="https://api.figma.com/v1/me",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("current_user:read",)
    token_auth: ClassVar[ClientAuth] = "client_secret_basic"
    needs_secret: ClassVar[bool] = True

    def identify(self, profile: FigmaProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("id"),
            name=profile.get("handle"),
            email=profile.get("email"),
            image=profile.get("img_url"),
        )

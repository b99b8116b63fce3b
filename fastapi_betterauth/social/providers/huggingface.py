"""Hugging Face (https://huggingface.co/docs/hub/oauth)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypedDict

from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, Provider


class HuggingFaceProfile(TypedDict, total=False):
    """What the user info endpoint answers."""

    sub: str
    name: str
    preferred_username: str
    email: str
    email_verified: bool
    picture: str


@dataclass(frozen=True, kw_only=True)
class HuggingFace(Provider[HuggingFaceProfile]):
    """Sign-in with Hugging Face."""

    id: ClassVar[str] = "huggingface"
    label: ClassVar[str] = "Hugging Face"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://huggingface.co/oauth/authorize",
        token="https://huggingface.co/oauth/token",
        user_info="https://huggingface.co/oauth/userinfo",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("openid", "profile", "email")

    def identify(self, profile: HuggingFaceProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("sub"),
            name=profile.get("name") or profile.get("preferred_username"),
            email=profile.get("email"),
            email_verified=profile.get("email_verified"),
            image=profile.get("picture"),
        )

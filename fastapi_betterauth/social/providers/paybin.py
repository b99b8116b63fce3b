"""Paybin (https://paybin.io)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypedDict

from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, ProfileSource, Provider


class PaybinProfile(TypedDict, total=False):
    """What the user info endpoint answers."""

    sub: str
    name: str
    preferred_username: str
    email: str
    email_verified: bool
    picture: str


@dataclass(frozen=True, kw_only=True)
class Paybin(Provider[PaybinProfile]):
    """Sign-in with Paybin."""

    issuer: str = "https://idp.paybin.io"
    """Another instance than the public one."""

    id: ClassVar[str] = "paybin"
    label: ClassVar[str] = "Paybin"
    default_scopes: ClassVar[tuple[str, ...]] = ("openid", "email", "profile")
    needs_secret: ClassVar[bool] = True
    forwards_login_hint: ClassVar[bool] = True
    forwards_prompt: ClassVar[bool] = True
    profile_from: ClassVar[ProfileSource] = "id_token"

    @property
    def own_urls(self) -> tuple[str, ...]:
        """URLs the host itself named."""
        return (self.issuer,)

    def endpoints(self) -> Endpoints:
        """Returns: where the instance is reached."""
        issuer = self.issuer.rstrip("/")
        return Endpoints(authorization=f"{issuer}/oauth2/authorize", token=f"{issuer}/oauth2/token")

    def identify(self, profile: PaybinProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("sub"),
            name=profile.get("name") or profile.get("preferred_username"),
            email=profile.get("email"),
            email_verified=profile.get("email_verified"),
            image=profile.get("picture"),
        )

"""Kick (https://docs.kick.com/getting-started/generating-tokens-oauth2-flow)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypedDict, cast

from fastapi_betterauth.social.identity import Identity, JsonObject
from fastapi_betterauth.social.provider import Endpoints, Provider


class KickProfile(TypedDict, total=False):
    """The first entry of the users endpoint."""

    user_id: int
    name: str
    email: str
    profile_picture: str


@dataclass(frozen=True, kw_only=True)
class Kick(Provider[KickProfile]):
    """Sign-in with Kick."""

    id: ClassVar[str] = "kick"
    label: ClassVar[str] = "Kick"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://id.kick.com/oauth/authorize",
        token="https://id.kick.com/oauth/token",
        user_info="https://api.kick.com/public/v1/users",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("user:read",)

    def unwrap(self, answer: JsonObject) -> KickProfile | None:
        """Returns: the profile within the answer, a list of one."""
        found = answer.get("data")
        return cast("KickProfile", found[0]) if isinstance(found, list) and found else None

    def identify(self, profile: KickProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("user_id"),
            name=profile.get("name"),
            email=profile.get("email"),
            image=profile.get("profile_picture"),
        )

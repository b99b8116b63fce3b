"""Discord (https://discord.com/developers/docs/topics/oauth2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, TypedDict

from fastapi_betterauth.social.authorization import AuthorizationRequest
from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, Provider


class DiscordProfile(TypedDict, total=False):
    """What ``/users/@me`` answers."""

    id: str
    username: str
    discriminator: str
    global_name: str | None
    avatar: str | None
    email: str | None
    verified: bool


@dataclass(frozen=True, kw_only=True)
class Discord(Provider[DiscordProfile]):
    """Sign-in with Discord."""

    permissions: int | None = None
    """Permissions of a bot, as bits; only sent with the scope ``bot``."""

    id: ClassVar[str] = "discord"
    label: ClassVar[str] = "Discord"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://discord.com/api/oauth2/authorize",
        token="https://discord.com/api/oauth2/token",
        user_info="https://discord.com/api/users/@me",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("identify", "email")
    call_scopes_first: ClassVar[bool] = True
    uses_pkce: ClassVar[bool] = False
    forwards_prompt: ClassVar[bool] = True
    default_prompt: ClassVar[str | None] = "none"

    def parameters(self, request: AuthorizationRequest) -> Mapping[str, str | None]:
        """Returns: parameters that only Discord has."""
        is_bot = self.permissions is not None and "bot" in self.scopes_for(request.scopes)
        return {"permissions": str(self.permissions) if is_bot else None}

    def identify(self, profile: DiscordProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("id"),
            name=profile.get("global_name") or profile.get("username"),
            email=profile.get("email"),
            email_verified=profile.get("verified"),
            image=_avatar(profile),
        )


def _avatar(profile: DiscordProfile) -> str | None:
    """Returns: the picture, or the one Discord shows where there is none."""
    number, avatar = profile.get("id", ""), profile.get("avatar")
    if avatar:
        kind = "gif" if avatar.startswith("a_") else "png"
        return f"https://cdn.discordapp.com/avatars/{number}/{avatar}.{kind}"
    old = profile.get("discriminator", "0")
    if not number.isdecimal() or not old.isdecimal():
        return None
    index = (int(number) >> 22) % 6 if old == "0" else int(old) % 5
    return f"https://cdn.discordapp.com/embed/avatars/{index}.png"

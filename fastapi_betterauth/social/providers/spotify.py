"""Spotify (https://developer.spotify.com/documentation/web-api/tutorials/code-flow)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypedDict

from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, Provider


class SpotifyImage(TypedDict, total=False):
    """A picture in one size."""

    url: str


class SpotifyProfile(TypedDict, total=False):
    """What the user info endpoint answers."""

    id: str
    display_name: str | None
    email: str
    images: list[SpotifyImage]


@dataclass(frozen=True, kw_only=True)
class Spotify(Provider[SpotifyProfile]):
    """Sign-in with Spotify."""

    id: ClassVar[str] = "spotify"
    label: ClassVar[str] = "Spotify"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://accounts.spotify.com/authorize",
        token="https://accounts.spotify.com/api/token",
        user_info="https://api.spotify.com/v1/me",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("user-read-email",)

    def identify(self, profile: SpotifyProfile) -> Identity:
        """Returns: who the profile is about."""
        images = profile.get("images") or []
        return Identity(
            subject=profile.get("id"),
            name=profile.get("display_name"),
            email=profile.get("email"),
            image=images[0].get("url") if images else None,
        )

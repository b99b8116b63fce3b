"""Atlassian (https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, TypedDict

from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, Provider


class AtlassianProfile(TypedDict, total=False):
    """What ``/me`` answers."""

    account_id: str
    name: str
    email: str
    picture: str


@dataclass(frozen=True, kw_only=True)
class Atlassian(Provider[AtlassianProfile]):
    """Sign-in with Atlassian."""

    id: ClassVar[str] = "atlassian"
    label: ClassVar[str] = "Atlassian"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://auth.atlassian.com/authorize",
        token="https://auth.atlassian.com/oauth/token",
        user_info="https://api.atlassian.com/me",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("read:jira-user", "offline_access")
    needs_secret: ClassVar[bool] = True
    forwards_prompt: ClassVar[bool] = True
    fixed_params: ClassVar[Mapping[str, str]] = {"audience": "api.atlassian.com"}

    def identify(self, profile: AtlassianProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("account_id"),
            name=profile.get("name"),
            email=profile.get("email"),
            image=profile.get("picture"),
        )

"""Dropbox (https://developers.dropbox.com/oauth-guide)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, TypedDict, cast

from fastapi_betterauth.social.authorization import AuthorizationRequest
from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, Provider, ProviderCall, Vouched


class DropboxName(TypedDict, total=False):
    """How somebody is called."""

    display_name: str


class DropboxProfile(TypedDict, total=False):
    """What ``get_current_account`` answers."""

    account_id: str
    name: DropboxName
    email: str
    email_verified: bool
    profile_photo_url: str


@dataclass(frozen=True, kw_only=True)
class Dropbox(Provider[DropboxProfile]):
    """Sign-in with Dropbox."""

    access_type: Literal["online", "offline", "legacy"] | None = None
    """``offline`` brings a refresh token."""

    id: ClassVar[str] = "dropbox"
    label: ClassVar[str] = "Dropbox"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://www.dropbox.com/oauth2/authorize",
        token="https://api.dropboxapi.com/oauth2/token",
        user_info="https://api.dropboxapi.com/2/users/get_current_account",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("account_info.read",)

    def parameters(self, request: AuthorizationRequest) -> Mapping[str, str | None]:  # noqa: ARG002
        """Returns: parameters that only Dropbox has."""
        return {"token_access_type": self.access_type}

    async def profile(self, vouched: Vouched, call: ProviderCall) -> DropboxProfile | None:
        """Returns: the profile; Dropbox wants it asked for by POST, without a body."""
        if vouched.tokens.access_token is None:
            return None
        answer = await call.http.post(str(self.urls.user_info), bearer=vouched.tokens.access_token)
        return cast("DropboxProfile", answer) if isinstance(answer, dict) else None

    def identify(self, profile: DropboxProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("account_id"),
            name=profile.get("name", {}).get("display_name"),
            email=profile.get("email"),
            email_verified=profile.get("email_verified"),
            image=profile.get("profile_photo_url"),
        )

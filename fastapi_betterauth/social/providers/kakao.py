"""Kakao (https://developers.kakao.com/docs/latest/en/kakaologin/rest-api)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypedDict

from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, Provider


class KakaoShown(TypedDict, total=False):
    """What others see of somebody."""

    nickname: str
    profile_image_url: str
    thumbnail_image_url: str


class KakaoAccount(TypedDict, total=False):
    """What Kakao knows of somebody."""

    name: str
    email: str
    is_email_valid: bool
    is_email_verified: bool
    profile: KakaoShown


class KakaoProfile(TypedDict, total=False):
    """What the user info endpoint answers."""

    id: int
    kakao_account: KakaoAccount


@dataclass(frozen=True, kw_only=True)
class Kakao(Provider[KakaoProfile]):
    """Sign-in with Kakao."""

    id: ClassVar[str] = "kakao"
    label: ClassVar[str] = "Kakao"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://kauth.kakao.com/oauth/authorize",
        token="https://kauth.kakao.com/oauth/token",
        user_info="https://kapi.kakao.com/v2/user/me",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("account_email", "profile_image", "profile_nickname")
    uses_pkce: ClassVar[bool] = False

    def identify(self, profile: KakaoProfile) -> Identity:
        """Returns: who the profile is about."""
        account = profile.get("kakao_account", {})
        shown = account.get("profile", {})
        return Identity(
            subject=profile.get("id"),
            name=shown.get("nickname") or account.get("name"),
            email=account.get("email"),
            email_verified=account.get("is_email_valid") is True and account.get("is_email_verified") is True,
            image=shown.get("profile_image_url") or shown.get("thumbnail_image_url"),
        )

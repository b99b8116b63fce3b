"""Naver (https://developers.naver.com/docs/login/api/api.md)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypedDict, cast

from fastapi_betterauth.social.identity import Identity, JsonObject
from fastapi_betterauth.social.provider import Endpoints, Provider


class NaverPerson(TypedDict, total=False):
    """Who somebody is."""

    id: str
    name: str
    nickname: str
    email: str
    profile_image: str


class NaverProfile(TypedDict, total=False):
    """What the user info endpoint answers."""

    resultcode: str
    response: NaverPerson


@dataclass(frozen=True, kw_only=True)
class Naver(Provider[NaverProfile]):
    """Sign-in with Naver."""

    id: ClassVar[str] = "naver"
    label: ClassVar[str] = "Naver"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://nid.naver.com/oauth2.0/authorize",
        token="https://nid.naver.com/oauth2.0/token",
        user_info="https://openapi.naver.com/v1/nid/me",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("profile", "email")
    uses_pkce: ClassVar[bool] = False

    def unwrap(self, answer: JsonObject) -> NaverProfile | None:
        """Returns: the profile, if Naver says that it is one."""
        return cast("NaverProfile", answer) if answer.get("resultcode") == "00" else None

    def identify(self, profile: NaverProfile) -> Identity:
        """Returns: who the profile is about."""
        person = profile.get("response", {})
        return Identity(
            subject=person.get("id"),
            name=person.get("name") or person.get("nickname"),
            email=person.get("email"),
            image=person.get("profile_image"),
        )

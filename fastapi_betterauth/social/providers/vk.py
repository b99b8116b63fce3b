"""VK (https://id.vk.com/about/business/go/docs/en/vkid/latest/vk-id/connection/api-description)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypedDict, cast

from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, Provider, ProviderCall, Vouched

_FURTHER = ("first_name", "last_name", "birthday", "sex")


class VKPerson(TypedDict, total=False):
    """Who somebody is."""

    user_id: str
    first_name: str
    last_name: str
    email: str
    avatar: str
    birthday: str
    sex: int


class VKProfile(TypedDict, total=False):
    """What the user info endpoint answers."""

    user: VKPerson


@dataclass(frozen=True, kw_only=True)
class VK(Provider[VKProfile]):
    """Sign-in with VK."""

    id: ClassVar[str] = "vk"
    label: ClassVar[str] = "VK"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://id.vk.com/authorize",
        token="https://id.vk.com/oauth2/auth",
        user_info="https://id.vk.com/oauth2/user_info",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("email", "phone")

    async def profile(self, vouched: Vouched, call: ProviderCall) -> VKProfile | None:
        """Returns: the profile; VK wants the token in a form."""
        if vouched.tokens.access_token is None:
            return None
        form = {"access_token": vouched.tokens.access_token, "client_id": self.client_ids[0]}
        answer = await call.http.post(str(self.urls.user_info), form=form)
        return cast("VKProfile", answer) if isinstance(answer, dict) else None

    def identify(self, profile: VKProfile) -> Identity:
        """Returns: who the profile is about."""
        person = profile.get("user", {})
        names = [person.get("first_name"), person.get("last_name")]
        return Identity(
            subject=person.get("user_id"),
            name=" ".join(name for name in names if name),
            email=person.get("email"),
            image=person.get("avatar"),
            further={name: value for name, value in person.items() if name in _FURTHER},
        )

"""X (Twitter) (https://docs.x.com/resources/fundamentals/authentication/oauth-2-0/authorization-code)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypedDict, cast

from fastapi_betterauth.outbound.client import OutboundError
from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.placeholder import placeholder_email
from fastapi_betterauth.social.provider import Endpoints, Provider, ProviderCall, Vouched
from fastapi_betterauth.social.token_endpoint import ClientAuth


class TwitterPerson(TypedDict, total=False):
    """Who somebody is."""

    id: str
    name: str
    username: str
    email: str
    profile_image_url: str


class TwitterProfile(TypedDict, total=False):
    """What the user info endpoint answers."""

    data: TwitterPerson


@dataclass(frozen=True, kw_only=True)
class Twitter(Provider[TwitterProfile]):
    """Sign-in with X (Twitter)."""

    id: ClassVar[str] = "twitter"
    label: ClassVar[str] = "X (Twitter)"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://x.com/i/oauth2/authorize",
        token="https://api.x.com/2/oauth2/token",
        user_info="https://api.x.com/2/users/me",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("users.read", "tweet.read", "offline.access", "users.email")
    token_auth: ClassVar[ClientAuth] = "client_secret_basic"

    async def profile(self, vouched: Vouched, call: ProviderCall) -> TwitterProfile | None:
        """Returns: the profile, with the confirmed address if there is one; X gives it only by itself."""
        if vouched.tokens.access_token is None:
            return None
        person = await self._ask("profile_image_url", vouched.tokens.access_token, call)
        try:
            confirmed = await self._ask("confirmed_email", vouched.tokens.access_token, call)
        except OutboundError:
            confirmed = {}
        email = confirmed.get("confirmed_email")
        return cast("TwitterProfile", {"data": {**person, **({"email": email} if email else {})}})

    async def _ask(self, field: str, access_token: str, call: ProviderCall) -> dict[str, object]:
        answer = await call.http.get(f"{self.urls.user_info}?user.fields={field}", bearer=access_token)
        data = answer.get("data") if isinstance(answer, dict) else None
        return data if isinstance(data, dict) else {}

    def identify(self, profile: TwitterProfile) -> Identity:
        """Returns: who the profile is about."""
        person = profile.get("data", {})
        email = person.get("email")
        return Identity(
            subject=person.get("id"),
            name=person.get("name"),
            email=email or placeholder_email(person.get("id"), self.id),
            email_verified=bool(email),
            image=person.get("profile_image_url"),
        )

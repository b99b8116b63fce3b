"""Notion (https://developers.notion.com/docs/authorization)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, TypedDict, cast

from fastapi_betterauth.social.identity import Identity, JsonObject
from fastapi_betterauth.social.provider import Endpoints, Provider, ProviderCall, Vouched
from fastapi_betterauth.social.token_endpoint import CodeGrant
from fastapi_betterauth.social.tokens import Tokens


class NotionPerson(TypedDict, total=False):
    """What only people have, not bots."""

    email: str


class NotionProfile(TypedDict, total=False):
    """The owner of the integration."""

    id: str
    name: str
    avatar_url: str | None
    person: NotionPerson


@dataclass(frozen=True, kw_only=True)
class Notion(Provider[NotionProfile]):
    """Sign-in with Notion."""

    id: ClassVar[str] = "notion"
    label: ClassVar[str] = "Notion"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://api.notion.com/v1/oauth/authorize",
        token="https://api.notion.com/v1/oauth/token",
        user_info="https://api.notion.com/v1/users/me",
    )
    uses_pkce: ClassVar[bool] = False
    forwards_login_hint: ClassVar[bool] = True
    fixed_params: ClassVar[Mapping[str, str]] = {"owner": "user"}

    async def exchange(self, grant: CodeGrant, call: ProviderCall) -> Tokens:
        """Trade a code; here, but not at refresh, Notion wants Basic."""
        endpoint = replace(self.token_endpoint(), client=self.credentials("client_secret_basic"))
        return Tokens.of(await endpoint.redeem(call.http, grant, {}), call.now)

    async def profile(self, vouched: Vouched, call: ProviderCall) -> NotionProfile | None:
        """Returns: the profile, in a version of the API that is known here."""
        if vouched.tokens.access_token is None:
            return None
        version = {"notion-version": "2022-06-28"}
        answer = await call.http.get(str(self.urls.user_info), bearer=vouched.tokens.access_token, headers=version)
        return self.unwrap(answer) if isinstance(answer, dict) else None

    def unwrap(self, answer: JsonObject) -> NotionProfile | None:
        """Returns: the person behind the bot that Notion answers with."""
        owner = (answer.get("bot") or {}).get("owner") or {}
        return cast("NotionProfile", owner["user"]) if isinstance(owner.get("user"), dict) else None

    def identify(self, profile: NotionProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("id"),
            name=profile.get("name"),
            email=profile.get("person", {}).get("email"),
            image=profile.get("avatar_url"),
        )

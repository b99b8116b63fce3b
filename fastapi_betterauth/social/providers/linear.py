"""Linear (https://linear.app/developers/oauth-2-0-authentication)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, TypedDict, cast

from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, Provider, ProviderCall, Vouched

_QUERY = "query { viewer { id name email avatarUrl active createdAt updatedAt } }"


class LinearProfile(TypedDict, total=False):
    """The ``viewer`` of the GraphQL API."""

    id: str
    name: str
    email: str
    avatarUrl: str | None


@dataclass(frozen=True, kw_only=True)
class Linear(Provider[LinearProfile]):
    """Sign-in with Linear."""

    id: ClassVar[str] = "linear"
    label: ClassVar[str] = "Linear"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://linear.app/oauth/authorize",
        token="https://api.linear.app/oauth/token",
        user_info="https://api.linear.app/graphql",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("read",)
    uses_pkce: ClassVar[bool] = False
    forwards_login_hint: ClassVar[bool] = True

    async def profile(self, vouched: Vouched, call: ProviderCall) -> LinearProfile | None:
        """Returns: the profile, by GraphQL."""
        if vouched.tokens.access_token is None:
            return None
        query = {"query": _QUERY}
        answer = await call.http.post(str(self.urls.user_info), bearer=vouched.tokens.access_token, body=query)
        data = answer.get("data") if isinstance(answer, dict) else None
        viewer = data.get("viewer") if isinstance(data, dict) else None
        return cast("LinearProfile", viewer) if isinstance(viewer, dict) else None

    def identify(self, profile: LinearProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("id"),
            name=profile.get("name"),
            email=profile.get("email"),
            image=profile.get("avatarUrl"),
        )

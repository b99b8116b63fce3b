"""GitHub (https://docs.github.com/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NotRequired, TypedDict, cast

from fastapi_betterauth.outbound.client import OutboundError
from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, Provider, ProviderCall, Vouched


class GitHubEmail(TypedDict):
    """One of somebody's addresses."""

    email: str
    primary: NotRequired[bool]
    verified: NotRequired[bool]


class GitHubProfile(TypedDict, total=False):
    """What ``/user`` answers, with the address and whether it is verified."""

    id: int
    login: str
    name: str | None
    email: str | None
    email_verified: bool
    avatar_url: str


@dataclass(frozen=True, kw_only=True)
class GitHub(Provider[GitHubProfile]):
    """Sign-in with GitHub."""

    id: ClassVar[str] = "github"
    label: ClassVar[str] = "GitHub"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://github.com/login/oauth/authorize",
        token="https://github.com/login/oauth/access_token",
        user_info="https://api.github.com/user",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("read:user", "user:email")
    forwards_login_hint: ClassVar[bool] = True
    forwards_prompt: ClassVar[bool] = True

    async def profile(self, vouched: Vouched, call: ProviderCall) -> GitHubProfile | None:
        """Returns: the profile; most people hide the address, so that it is asked for by itself."""
        profile = await super().profile(vouched, call)
        if profile is None or vouched.tokens.access_token is None:
            return None
        try:
            answer = await call.http.get(f"{self.urls.user_info}/emails", bearer=vouched.tokens.access_token)
        except OutboundError:
            answer = []
        found = answer if isinstance(answer, list) else []
        emails = [cast("GitHubEmail", one) for one in found if isinstance(one, dict) and one.get("email")]
        chosen = _chosen(profile.get("email"), emails)
        if chosen is None:
            return {**profile, "email_verified": False}
        return {**profile, "email": chosen["email"], "email_verified": chosen.get("verified") is True}

    def identify(self, profile: GitHubProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("id"),
            name=profile.get("name") or profile.get("login"),
            email=profile.get("email"),
            email_verified=profile.get("email_verified"),
            image=profile.get("avatar_url"),
        )


def _chosen(shown: str | None, emails: list[GitHubEmail]) -> GitHubEmail | None:
    """Returns: the address on the profile, else the primary one, else the first."""
    if shown:
        return next((one for one in emails if one.get("email") == shown), None)
    return next((one for one in emails if one.get("primary") is True), emails[0] if emails else None)

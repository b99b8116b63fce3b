"""GitLab (https://docs.gitlab.com/api/oauth2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, TypedDict, cast

from fastapi_betterauth.social.identity import Identity, JsonObject
from fastapi_betterauth.social.provider import Endpoints, Provider

_DOUBLED = re.compile(r"(?<!:)/{2,}")


class GitLabProfile(TypedDict, total=False):
    """What ``/user`` answers."""

    id: int
    username: str
    name: str
    state: str
    locked: bool
    email: str
    email_verified: bool
    avatar_url: str | None


@dataclass(frozen=True, kw_only=True)
class GitLab(Provider[GitLabProfile]):
    """Sign-in with GitLab."""

    issuer: str = "https://gitlab.com"
    """Your own instance, if it is not gitlab.com."""

    id: ClassVar[str] = "gitlab"
    label: ClassVar[str] = "GitLab"
    default_scopes: ClassVar[tuple[str, ...]] = ("read_user",)
    forwards_login_hint: ClassVar[bool] = True

    @property
    def own_urls(self) -> tuple[str, ...]:
        """URLs the host itself named."""
        return (self.issuer,)

    def endpoints(self) -> Endpoints:
        """Returns: where the instance is reached."""
        base = _DOUBLED.sub("/", self.issuer).rstrip("/")
        return Endpoints(
            authorization=f"{base}/oauth/authorize", token=f"{base}/oauth/token", user_info=f"{base}/api/v4/user"
        )

    def unwrap(self, answer: JsonObject) -> GitLabProfile | None:
        """Returns: the profile of somebody who is not blocked."""
        usable = answer.get("state") == "active" and not answer.get("locked")
        return cast("GitLabProfile", answer) if usable else None

    def identify(self, profile: GitLabProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("id"),
            name=profile.get("name") or profile.get("username"),
            email=profile.get("email"),
            email_verified=profile.get("email_verified"),
            image=profile.get("avatar_url"),
        )

"""Google (https://developers.google.com/identity/openid-connect/openid-connect)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, TypedDict

from fastapi_betterauth.social.authorization import AuthorizationRequest
from fastapi_betterauth.social.id_tokens import Claims, IdTokenRules
from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, ProfileSource, Provider, ProviderCall, Vouched


class GoogleProfile(TypedDict, total=False):
    """What the id token says."""

    sub: str
    name: str
    email: str
    email_verified: bool
    picture: str
    hd: str


@dataclass(frozen=True, kw_only=True)
class Google(Provider[GoogleProfile]):
    """Sign-in with Google."""

    access_type: Literal["online", "offline"] | None = None
    """``offline`` brings a refresh token."""
    display: Literal["page", "popup", "touch", "wap"] | None = None
    hd: str | None = None
    """Only accounts of this Google Workspace domain, or of any with ``*``; checked, not only asked for."""
    include_granted_scopes: bool = True
    """Keep what was granted before."""

    id: ClassVar[str] = "google"
    label: ClassVar[str] = "Google"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://accounts.google.com/o/oauth2/v2/auth", token="https://oauth2.googleapis.com/token"
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("email", "profile", "openid")
    needs_secret: ClassVar[bool] = True
    forwards_login_hint: ClassVar[bool] = True
    forwards_prompt: ClassVar[bool] = True
    profile_from: ClassVar[ProfileSource] = "id_token"

    def parameters(self, request: AuthorizationRequest) -> Mapping[str, str | None]:  # noqa: ARG002
        """Returns: parameters that only Google has."""
        return {
            "access_type": self.access_type,
            "display": self.display,
            "hd": self.hd,
            "include_granted_scopes": "true" if self.include_granted_scopes else None,
        }

    async def profile(self, vouched: Vouched, call: ProviderCall) -> GoogleProfile | None:
        """Returns: the profile of somebody of the right domain."""
        profile = await super().profile(vouched, call)
        return profile if profile is not None and self._is_of_domain(profile) else None

    def identify(self, profile: GoogleProfile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("sub"),
            name=profile.get("name"),
            email=profile.get("email"),
            email_verified=profile.get("email_verified"),
            image=profile.get("picture"),
        )

    def id_token_rules(self) -> IdTokenRules | None:
        """Returns: how an id token is verified; Google spells its name in two ways."""
        return IdTokenRules(
            key_set="https://www.googleapis.com/oauth2/v3/certs",
            issuers=("https://accounts.google.com", "accounts.google.com"),
            audiences=self.client_ids,
            algorithms=("RS256",),
            max_age=3600,
            accept=self._is_of_domain,
        )

    def _is_of_domain(self, claims: Claims | GoogleProfile) -> bool:
        domain = claims.get("hd")
        if self.hd is None:
            return True
        return isinstance(domain, str) and bool(domain) and self.hd in ("*", domain)

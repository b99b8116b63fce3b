"""Facebook (https://developers.facebook.com/docs/facebook-login)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypedDict, cast
from urllib.parse import urlencode

from fastapi_betterauth.outbound.client import OutboundError
from fastapi_betterauth.social.authorization import AuthorizationRequest
from fastapi_betterauth.social.id_tokens import GivenIdToken, IdTokenRules, decode_id_token
from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, Provider, ProviderCall, Vouched

_GRAPH = "https://graph.facebook.com"
_JWT_PARTS = 3


class FacebookImage(TypedDict, total=False):
    """A picture."""

    url: str


class FacebookPicture(TypedDict, total=False):
    """Where a picture is."""

    data: FacebookImage


class FacebookProfile(TypedDict, total=False):
    """What ``/me`` answers, or what an id token of Limited Login says."""

    id: str
    sub: str
    name: str
    email: str
    email_verified: bool
    picture: FacebookPicture | str


@dataclass(frozen=True, kw_only=True)
class Facebook(Provider[FacebookProfile]):
    """Sign-in with Facebook."""

    config_id: str | None = None
    """Of a configuration of Facebook Login for Business."""
    fields: Sequence[str] = ()
    """Asked of the profile besides id, name, email and picture."""

    id: ClassVar[str] = "facebook"
    label: ClassVar[str] = "Facebook"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://www.facebook.com/v24.0/dialog/oauth",
        token=f"{_GRAPH}/v24.0/oauth/access_token",
        user_info=f"{_GRAPH}/me",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("email", "public_profile")
    uses_pkce: ClassVar[bool] = False
    needs_secret: ClassVar[bool] = True
    forwards_login_hint: ClassVar[bool] = True

    def parameters(self, request: AuthorizationRequest) -> Mapping[str, str | None]:  # noqa: ARG002
        """Returns: parameters that only Facebook has."""
        return {"config_id": self.config_id}

    async def verify(self, given: GivenIdToken, call: ProviderCall) -> bool:
        """Returns: whether a token is good; an app without Limited Login brings an access token instead."""
        if self.verify_id_token is None and given.token.count(".") + 1 != _JWT_PARTS:
            return await self._owner(given.token, call) is not None
        return await super().verify(given, call)

    async def profile(self, vouched: Vouched, call: ProviderCall) -> FacebookProfile | None:
        """Returns: the profile, from the id token or, for an access token that is ours, from the Graph API."""
        claims = decode_id_token(vouched.tokens.id_token)
        if claims is not None:
            return cast("FacebookProfile", claims)
        token = vouched.tokens.access_token or vouched.tokens.id_token
        owner = await self._owner(token, call) if token is not None else None
        if owner is None:
            return None
        fields = ",".join(["id", "name", "email", "picture", *self.fields])
        answer = await call.http.get(f"{self.urls.user_info}?fields={fields}", bearer=token)
        return cast("FacebookProfile", answer) if isinstance(answer, dict) and answer.get("id") == owner else None

    async def _owner(self, access_token: str, call: ProviderCall) -> str | None:
        """Returns: whom an access token stands for; None for one of another app (SC-OAUTH-37)."""
        query = {"input_token": access_token, "access_token": f"{self.client_ids[0]}|{self.client_secret}"}
        try:
            answer = await call.http.get(f"{_GRAPH}/debug_token?{urlencode(query)}")
        except OutboundError:
            return None
        found = answer.get("data") if isinstance(answer, dict) else None
        if not isinstance(found, dict) or found.get("is_valid") is not True:
            return None
        owner = found.get("user_id")
        return owner if found.get("app_id") in self.client_ids and isinstance(owner, str) and owner else None

    def identify(self, profile: FacebookProfile) -> Identity:
        """Returns: who the profile is about."""
        picture = profile.get("picture")
        return Identity(
            subject=profile.get("sub") or profile.get("id"),
            name=profile.get("name"),
            email=profile.get("email"),
            # Limited Login does not say whether an address is verified.
            email_verified="sub" not in profile and profile.get("email_verified"),
            image=picture.get("data", {}).get("url") if isinstance(picture, dict) else picture,
        )

    def id_token_rules(self) -> IdTokenRules | None:
        """Returns: how an id token of Limited Login is verified."""
        return IdTokenRules(
            key_set="https://limited.facebook.com/.well-known/oauth/openid/jwks/",
            issuers=("https://www.facebook.com",),
            audiences=self.client_ids,
            algorithms=("RS256",),
        )

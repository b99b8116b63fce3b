"""Apple (https://developer.apple.com/documentation/signinwithapple)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypedDict, cast

from fastapi_betterauth.social.authorization import AuthorizationRequest
from fastapi_betterauth.social.id_tokens import IdTokenRules, decode_id_token
from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, Provider, ProviderCall, Vouched


class AppleProfile(TypedDict, total=False):
    """What the id token says; the name comes from Apple's page, the first time only."""

    sub: str
    name: str
    email: str
    email_verified: bool | str


@dataclass(frozen=True, kw_only=True)
class Apple(Provider[AppleProfile]):
    """Sign-in with Apple. The client secret is a JWT that you sign with your key, good for six months at most.

    Apple answers by a cross-site form: trust ``https://appleid.apple.com`` as an origin.
    """

    app_bundle_identifier: str | None = None
    """Audience of id tokens that your app gets."""
    audience: Sequence[str] = ()
    """Audiences of id tokens, where there are several."""

    id: ClassVar[str] = "apple"
    label: ClassVar[str] = "Apple"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://appleid.apple.com/auth/authorize", token="https://appleid.apple.com/auth/token"
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("email", "name")
    needs_secret: ClassVar[bool] = True

    def parameters(self, request: AuthorizationRequest) -> Mapping[str, str | None]:  # noqa: ARG002
        """Returns: parameters that only Apple has."""
        return {"response_type": "code id_token", "response_mode": "form_post"}

    async def profile(self, vouched: Vouched, call: ProviderCall) -> AppleProfile | None:  # noqa: ARG002
        """Returns: the id token's claims, and the name."""
        claims = decode_id_token(vouched.tokens.id_token)
        if claims is None:
            return None
        name = vouched.given_name or claims.get("name") or ""
        return cast("AppleProfile", {**claims, "name": name})

    def identify(self, profile: AppleProfile) -> Identity:
        """Returns: who the profile is about; Apple also writes yes as text."""
        return Identity(
            subject=profile.get("sub"),
            name=profile.get("name"),
            email=profile.get("email"),
            email_verified=profile.get("email_verified") in (True, "true"),
        )

    def id_token_rules(self) -> IdTokenRules | None:
        """Returns: how an id token is verified."""
        one = (self.app_bundle_identifier,) if self.app_bundle_identifier else self.client_ids
        return IdTokenRules(
            key_set="https://appleid.apple.com/auth/keys",
            issuers=("https://appleid.apple.com",),
            audiences=tuple(self.audience) or one,
            max_age=3600,
            hashed_nonce=True,
        )

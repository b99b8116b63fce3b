"""Amazon Cognito (https://docs.aws.amazon.com/cognito/latest/developerguide/federation-endpoints.html)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, TypedDict
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from fastapi_betterauth.errors import ConfigurationError
from fastapi_betterauth.social.authorization import AuthorizationRequest
from fastapi_betterauth.social.id_tokens import IdTokenRules
from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, ProfileSource, Provider


class CognitoProfile(TypedDict, total=False):
    """What the id token or the user info endpoint says."""

    sub: str
    name: str
    given_name: str
    username: str
    email: str
    email_verified: bool | str
    picture: str


@dataclass(frozen=True, kw_only=True)
class Cognito(Provider[CognitoProfile]):
    """Sign-in with a user pool of Amazon Cognito."""

    domain: str
    """Of the pool's pages, such as ``app.auth.eu-west-1.amazoncognito.com``."""
    region: str
    user_pool_id: str
    require_client_secret: bool = False
    """Refuse to be a public client."""
    identity_provider: str | None = None
    """Skip the pool's own page and go there."""

    id: ClassVar[str] = "cognito"
    label: ClassVar[str] = "Cognito"
    default_scopes: ClassVar[tuple[str, ...]] = ("openid", "profile", "email")
    forwards_prompt: ClassVar[bool] = True
    profile_from: ClassVar[ProfileSource] = "id_token_or_user_info"

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("domain", "region", "user_pool_id"):
            if not getattr(self, name):
                raise ConfigurationError(f"Cognito({name})", "it is empty.", "Copy it from the user pool.")
        if self.require_client_secret and not self.client_secret:
            raise ConfigurationError("Cognito(client_secret)", "it is required and empty.", "Copy it from the pool.")

    def endpoints(self) -> Endpoints:
        """Returns: where the pool is reached."""
        base = f"https://{self.domain.removeprefix('https://').removeprefix('http://').rstrip('/')}/oauth2"
        return Endpoints(authorization=f"{base}/authorize", token=f"{base}/token", user_info=f"{base}/userinfo")

    def parameters(self, request: AuthorizationRequest) -> Mapping[str, str | None]:  # noqa: ARG002
        """Returns: parameters that only Cognito has."""
        return {"identity_provider": self.identity_provider}

    def authorization_request(self, request: AuthorizationRequest) -> str:
        """Returns: where the browser goes; Cognito does not read ``+`` as a space."""
        url = urlsplit(super().authorization_request(request))
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        scope = query.pop("scope", "")
        tail = f"&scope={quote(scope, safe='')}" if scope else ""
        return f"{url.scheme}://{url.netloc}{url.path}?{urlencode(query)}{tail}"

    def identify(self, profile: CognitoProfile) -> Identity:
        """Returns: who the profile is about; the user info endpoint writes yes as text."""
        return Identity(
            subject=profile.get("sub"),
            name=profile.get("name") or profile.get("given_name") or profile.get("username"),
            email=profile.get("email"),
            email_verified=profile.get("email_verified") in (True, "true"),
            image=profile.get("picture"),
        )

    def id_token_rules(self) -> IdTokenRules | None:
        """Returns: how an id token is verified."""
        issuer = f"https://cognito-idp.{self.region}.amazonaws.com/{self.user_pool_id}"
        return IdTokenRules(
            key_set=f"{issuer}/.well-known/jwks.json",
            issuers=(issuer,),
            audiences=self.client_ids,
            max_age=3600,
        )

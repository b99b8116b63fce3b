"""Microsoft (https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypedDict

from fastapi_betterauth.errors import ConfigurationError
from fastapi_betterauth.outbound.client import OutboundError
from fastapi_betterauth.social.id_tokens import Claims, IdTokenRules
from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, ProfileSource, Provider, ProviderCall, Vouched
from fastapi_betterauth.social.token_endpoint import ClientCredentials, TokenEndpoint

_CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""Tenant of all personal accounts."""

_SEVERAL_TENANTS = ("common", "organizations", "consumers")


class MicrosoftProfile(TypedDict, total=False):
    """What the id token says, and the picture."""

    oid: str
    tid: str
    name: str
    email: str
    email_verified: bool
    verified_primary_email: Sequence[str]
    verified_secondary_email: Sequence[str]
    picture: str


@dataclass(frozen=True, kw_only=True)
class Microsoft(Provider[MicrosoftProfile]):
    """Sign-in with Microsoft: work, school and personal accounts."""

    tenant_id: str = "common"
    """A tenant, or ``organizations``, ``consumers``, ``common``."""
    authority: str = "https://login.microsoftonline.com"
    """Another cloud than the public one."""
    client_assertion: Callable[[str], Awaitable[str]] | None = field(default=None, repr=False)
    """Makes a signed assertion for a grant type, instead of a secret (RFC 7523)."""
    profile_photo_size: Literal[48, 64, 96, 120, 240, 360, 432, 504, 648] = 48
    """In pixels."""
    disable_profile_photo: bool = False
    """Do not fetch the picture."""

    id: ClassVar[str] = "microsoft"
    label: ClassVar[str] = "Microsoft"
    default_scopes: ClassVar[tuple[str, ...]] = ("openid", "profile", "email", "User.Read", "offline_access")
    forwards_login_hint: ClassVar[bool] = True
    forwards_prompt: ClassVar[bool] = True
    profile_from: ClassVar[ProfileSource] = "id_token"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.client_secret and self.client_assertion is not None:
            raise ConfigurationError(
                "Microsoft(client_assertion)", "there is a client_secret as well.", "Leave one of the two out."
            )

    @property
    def _base(self) -> str:
        return self.authority.rstrip("/")

    def endpoints(self) -> Endpoints:
        """Returns: where the tenant is reached."""
        base = f"{self._base}/{self.tenant_id}/oauth2/v2.0"
        return Endpoints(authorization=f"{base}/authorize", token=f"{base}/token")

    def token_endpoint(self) -> TokenEndpoint:
        """Returns: how tokens are asked for."""
        if self.client_assertion is None:
            return super().token_endpoint()
        client = ClientCredentials(
            client_id=self.client_ids[0], method="private_key_jwt", assertion=self.client_assertion
        )
        return TokenEndpoint(url=self.endpoints().token, client=client)

    def refresh_params(self) -> Mapping[str, str]:
        """Returns: the scopes, which Microsoft wants named again."""
        return {"scope": " ".join(self.scopes_for())}

    async def profile(self, vouched: Vouched, call: ProviderCall) -> MicrosoftProfile | None:
        """Returns: the profile, with the picture as a data URL."""
        profile = await super().profile(vouched, call)
        if profile is None or self.disable_profile_photo or vouched.tokens.access_token is None:
            return profile
        size = f"{self.profile_photo_size}x{self.profile_photo_size}"
        url = f"https://graph.microsoft.com/v1.0/me/photos/{size}/$value"
        try:
            photo = await call.http.get_bytes(url, bearer=vouched.tokens.access_token)
        except OutboundError:
            return profile
        return {**profile, "picture": f"data:image/jpeg;base64, {b64encode(photo).decode()}"}

    def identify(self, profile: MicrosoftProfile) -> Identity:
        """Returns: who the profile is about."""
        email = profile.get("email")
        proven = (*profile.get("verified_primary_email", ()), *profile.get("verified_secondary_email", ()))
        return Identity(
            subject=profile.get("oid"),
            name=profile.get("name"),
            email=email,
            email_verified=profile.get("email_verified", email in proven),
            image=profile.get("picture"),
        )

    def id_token_rules(self) -> IdTokenRules | None:
        """Returns: how an id token is verified; with several tenants the issuer is the token's own one."""
        one = self.tenant_id not in _SEVERAL_TENANTS
        return IdTokenRules(
            key_set=f"{self._base}/{self.tenant_id}/discovery/v2.0/keys",
            issuers=(f"{self._base}/{self.tenant_id}/v2.0",) if one else None,
            audiences=self.client_ids,
            max_age=3600,
            accept=self._is_of_tenant,
        )

    def _is_of_tenant(self, claims: Claims) -> bool:
        tenant = claims.get("tid")
        if not isinstance(tenant, str) or claims.get("iss") != f"{self._base}/{tenant}/v2.0":
            return False
        if self.tenant_id == "organizations":
            return tenant != _CONSUMERS
        return self.tenant_id != "consumers" or tenant == _CONSUMERS

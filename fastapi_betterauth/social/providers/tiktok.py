"""TikTok (https://developers.tiktok.com/doc/login-kit-web)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypedDict

from fastapi_betterauth.errors import ConfigurationError
from fastapi_betterauth.social.authorization import AuthorizationRequest
from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.placeholder import placeholder_email
from fastapi_betterauth.social.provider import Endpoints, Provider
from fastapi_betterauth.social.token_endpoint import ClientAuth, ClientCredentials


class TikTokUser(TypedDict, total=False):
    """Who somebody is."""

    open_id: str
    display_name: str
    username: str
    email: str
    avatar_large_url: str


class TikTokData(TypedDict, total=False):
    """What the answer is about."""

    user: TikTokUser


class TikTokProfile(TypedDict, total=False):
    """What the user info endpoint answers."""

    data: TikTokData


@dataclass(frozen=True, kw_only=True)
class TikTok(Provider[TikTokProfile]):
    """Sign-in with TikTok, which calls the client id a key and tells no address."""

    client_id: str | Sequence[str] = ""
    """Not needed."""
    client_key: str
    """From TikTok's console."""

    id: ClassVar[str] = "tiktok"
    label: ClassVar[str] = "TikTok"
    urls: ClassVar[Endpoints] = Endpoints(
        authorization="https://www.tiktok.com/v2/auth/authorize",
        token="https://open.tiktokapis.com/v2/oauth/token/",
        user_info="https://open.tiktokapis.com/v2/user/info/?fields=open_id,avatar_large_url,display_name,username",
    )
    default_scopes: ClassVar[tuple[str, ...]] = ("user.info.profile",)
    scope_separator: ClassVar[str] = ","
    uses_pkce: ClassVar[bool] = False
    sends_verifier: ClassVar[bool] = True
    needs_secret: ClassVar[bool] = True
    fixed_params: ClassVar[Mapping[str, str]] = {"client_id": ""}

    def __post_init__(self) -> None:
        if not self.client_key:
            raise ConfigurationError("TikTok(client_key)", "it is empty.", "Copy it from the console of TikTok.")
        super().__post_init__()

    @property
    def client_ids(self) -> tuple[str, ...]:
        """The key stands for the id."""
        return (self.client_key,)

    def authorization_request(self, request: AuthorizationRequest) -> str:
        """Returns: where the browser goes; nobody else may name the key."""
        kept = {name: value for name, value in request.params.items() if name != "client_key"}
        return super().authorization_request(request.with_params({**kept, "client_key": self.client_key}))

    def credentials(self, method: ClientAuth) -> ClientCredentials:
        """Returns: who we are there."""
        return ClientCredentials(
            client_id=self.client_key, client_secret=self.client_secret, method=method, id_parameter="client_key"
        )

    def identify(self, profile: TikTokProfile) -> Identity:
        """Returns: who the profile is about."""
        user = profile.get("data", {}).get("user", {})
        return Identity(
            subject=user.get("open_id"),
            name=user.get("display_name") or user.get("username"),
            email=user.get("email") or placeholder_email(user.get("open_id"), self.id),
            image=user.get("avatar_large_url"),
        )

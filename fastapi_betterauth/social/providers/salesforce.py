"""Salesforce (https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_web_server_flow.htm)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal, TypedDict

from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.provider import Endpoints, Provider


class SalesforcePhotos(TypedDict, total=False):
    """Pictures in two sizes."""

    picture: str
    thumbnail: str


class SalesforceProfile(TypedDict, total=False):
    """What the user info endpoint answers."""

    user_id: str
    name: str
    email: str
    email_verified: bool
    photos: SalesforcePhotos


@dataclass(frozen=True, kw_only=True)
class Salesforce(Provider[SalesforceProfile]):
    """Sign-in with Salesforce."""

    environment: Literal["sandbox", "production"] = "production"
    login_url: str | None = None
    """Host name of your own domain, such as ``acme.my.salesforce.com``."""

    id: ClassVar[str] = "salesforce"
    label: ClassVar[str] = "Salesforce"
    default_scopes: ClassVar[tuple[str, ...]] = ("openid", "email", "profile")
    needs_secret: ClassVar[bool] = True

    def endpoints(self) -> Endpoints:
        """Returns: where the environment is reached."""
        usual = "test.salesforce.com" if self.environment == "sandbox" else "login.salesforce.com"
        base = f"https://{self.login_url or usual}/services/oauth2"
        return Endpoints(authorization=f"{base}/authorize", token=f"{base}/token", user_info=f"{base}/userinfo")

    def identify(self, profile: SalesforceProfile) -> Identity:
        """Returns: who the profile is about."""
        photos = profile.get("photos", {})
        return Identity(
            subject=profile.get("user_id"),
            name=profile.get("name"),
            email=profile.get("email"),
            email_verified=profile.get("email_verified"),
            image=photos.get("picture") or photos.get("thumbnail"),
        )

"""Servers whose profiles have a shape of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from fastapi_betterauth.outbound.client import OutboundError
from fastapi_betterauth.social.id_tokens import decode_id_token
from fastapi_betterauth.social.identity import Identity
from fastapi_betterauth.social.placeholder import placeholder_email
from fastapi_betterauth.social.provider import ProviderCall, Vouched

from .options import Profile
from .provider import OAuthServer

_PATREON = "https://www.patreon.com/api/oauth2/v2/identity?fields[user]=email,full_name,image_url,is_email_verified"


class _BySubject(OAuthServer):
    """People are known by ``sub``, although there is no discovery document to say so."""

    def identify(self, profile: Profile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("sub"),
            name=profile.get("name"),
            email=profile.get("email"),
            email_verified=profile.get("emailVerified"),
            image=profile.get("image"),
        )


@dataclass(frozen=True, kw_only=True)
class SlackServer(_BySubject):
    """Slack."""

    async def profile(self, vouched: Vouched, call: ProviderCall) -> Profile | None:
        """Returns: what the user info endpoint answers."""
        said = await _object(str(self.user_info_url), vouched, call)
        return {
            "sub": said.get("sub"),
            "name": said.get("name"),
            "email": said.get("email"),
            "image": said.get("picture") or said.get("https://slack.com/user_image_512"),
            "emailVerified": said.get("email_verified", False),
        }


@dataclass(frozen=True, kw_only=True)
class LineServer(_BySubject):
    """LINE, which does not say whether an address is verified."""

    async def profile(self, vouched: Vouched, call: ProviderCall) -> Profile | None:
        """Returns: what the id token says, else the user info endpoint."""
        said = decode_id_token(vouched.tokens.id_token) or await _object(str(self.user_info_url), vouched, call)
        return {
            "sub": said.get("sub"),
            "name": said.get("name"),
            "email": said.get("email"),
            "image": said.get("picture"),
            "emailVerified": False,
        }


@dataclass(frozen=True, kw_only=True)
class HubSpotServer(OAuthServer):
    """HubSpot, which describes the token instead of the person."""

    async def profile(self, vouched: Vouched, call: ProviderCall) -> Profile | None:
        """Returns: whom the token is for."""
        token = quote(vouched.tokens.access_token or "", safe="")
        said = await call.http.get(f"https://api.hubapi.com/oauth/v1/access-tokens/{token}")
        if not isinstance(said, dict):
            return None
        number = said.get("user_id") or (said.get("signed_access_token") or {}).get("userId")
        return {"id": number, "name": said.get("user"), "email": said.get("user"), "emailVerified": False}


@dataclass(frozen=True, kw_only=True)
class PatreonServer(OAuthServer):
    """Patreon, which answers in JSON:API."""

    async def profile(self, vouched: Vouched, call: ProviderCall) -> Profile | None:
        """Returns: what the identity endpoint answers."""
        data = (await _object(_PATREON, vouched, call)).get("data") or {}
        said = data.get("attributes") or {}
        return {
            "id": data.get("id"),
            "name": said.get("full_name"),
            "email": said.get("email"),
            "image": said.get("image_url"),
            "emailVerified": said.get("is_email_verified", False),
        }


@dataclass(frozen=True, kw_only=True)
class YandexServer(OAuthServer):
    """Yandex, which has a scheme of its own for tokens."""

    async def profile(self, vouched: Vouched, call: ProviderCall) -> Profile | None:
        """Returns: what the info endpoint answers, if it tells an address."""
        headers = {"authorization": f"OAuth {vouched.tokens.access_token}"}
        said = await call.http.get("https://login.yandex.ru/info?format=json", headers=headers)
        if not isinstance(said, dict):
            return None
        email = said.get("default_email") or next(iter(said.get("emails") or ()), None)
        names = (said.get(name) for name in ("display_name", "real_name", "first_name", "login"))
        avatar = None if said.get("is_avatar_empty") else said.get("default_avatar_id")
        return email and {
            "id": said.get("id"),
            "name": next((name for name in names if name), None),
            "email": email,
            "image": f"https://avatars.yandex.net/get-yapic/{avatar}/islands-200" if avatar else None,
            "emailVerified": False,
        }


@dataclass(frozen=True, kw_only=True)
class GumroadServer(OAuthServer):
    """Gumroad."""

    async def profile(self, vouched: Vouched, call: ProviderCall) -> Profile | None:
        """Returns: what the user endpoint answers, if it succeeded."""
        answer = await _object("https://api.gumroad.com/v2/user", vouched, call)
        said = answer.get("user")
        if answer.get("success") is not True or not isinstance(said, dict):
            return None
        return {
            "id": said.get("user_id"),
            "name": said.get("name"),
            "email": said.get("email"),
            "image": said.get("profile_url"),
            "emailVerified": False,
        }


@dataclass(frozen=True, kw_only=True)
class EntraServer(OAuthServer):
    """One tenant of Microsoft Entra, where people are known by ``oid``."""

    async def profile(self, vouched: Vouched, call: ProviderCall) -> Profile | None:
        """Returns: the claims of the id token, completed by what Graph says of the same person."""
        claims = decode_id_token(vouched.tokens.id_token)
        if claims is None or not isinstance(claims.get("oid"), str) or not claims["oid"].strip():
            return None
        said = {**await self._graph(claims.get("sub"), vouched, call), **claims}
        email = said.get("email")
        return {
            **said,
            "name": _full_name(said),
            "email": email or placeholder_email(claims["oid"], self.provider_id),
            "image": said.get("picture"),
            "emailVerified": email is not None and said.get("email_verified", False),
        }

    def identify(self, profile: Profile) -> Identity:
        """Returns: who the profile is about."""
        return Identity(
            subject=profile.get("oid"),
            name=profile.get("name"),
            email=profile.get("email"),
            email_verified=profile.get("emailVerified"),
            image=profile.get("image"),
        )

    async def _graph(self, subject: object, vouched: Vouched, call: ProviderCall) -> dict[str, Any]:
        try:
            said = await _object(str(self.user_info_url), vouched, call)
        except OutboundError:
            return {}
        return said if isinstance(subject, str) and said.get("sub") == subject else {}


def _full_name(said: Profile) -> str | None:
    if said.get("name"):
        return str(said["name"])
    given = said.get("given_name") or said.get("givenname") or ""
    family = said.get("family_name") or said.get("familyname") or ""
    return f"{given} {family}".strip() or None


async def _object(url: str, vouched: Vouched, call: ProviderCall) -> dict[str, Any]:
    """Fetch an object with the access token. Raises: OutboundError."""
    answer = await call.http.get(url, bearer=vouched.tokens.access_token or "")
    if not isinstance(answer, dict):
        raise OutboundError("the user info endpoint answered no object")
    return answer

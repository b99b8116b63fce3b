"""Servers that many people use, with their endpoints filled in (generic-oauth sheet §7)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypedDict
from urllib.parse import urlsplit

from typing_extensions import Unpack

from fastapi_betterauth.errors import ConfigurationError

from .options import TokenEndpointAuth
from .profiles import EntraServer, GumroadServer, HubSpotServer, LineServer, PatreonServer, SlackServer, YandexServer
from .provider import OAuthServer

_OIDC = ("openid", "profile", "email")
_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_WELL_KNOWN = "/.well-known/openid-configuration"


class Common(TypedDict, total=False):
    """Options of every server below."""

    client_secret: str | None
    token_endpoint_auth: TokenEndpointAuth | None
    redirect_uri: str | None
    pkce: bool
    disable_implicit_sign_up: bool
    disable_sign_up: bool
    override_user_info: bool
    end_session_endpoint: str | None
    post_logout_redirect_uri: str | None
    disable_provider_logout: bool


def auth0(*, domain: str, client_id: str, scopes: Sequence[str] = _OIDC, **further: Unpack[Common]) -> OAuthServer:
    """Returns: a tenant of Auth0. Args: domain: of the tenant, such as ``acme.eu.auth0.com``."""
    host = urlsplit(domain if "://" in domain else f"https://{domain}").netloc
    return OAuthServer(
        provider_id="auth0",
        discovery_url=f"https://{host}{_WELL_KNOWN}",
        client_id=client_id,
        scopes=scopes,
        **further,
    )


def okta(*, issuer: str, client_id: str, scopes: Sequence[str] = _OIDC, **further: Unpack[Common]) -> OAuthServer:
    """Returns: an authorization server of Okta. Args: issuer: such as ``https://acme.okta.com/oauth2/default``."""
    return _of_issuer("okta", issuer, client_id, scopes, further)


def keycloak(*, issuer: str, client_id: str, scopes: Sequence[str] = _OIDC, **further: Unpack[Common]) -> OAuthServer:
    """Returns: a realm of Keycloak. Args: issuer: such as ``https://id.example/realms/acme``."""
    return _of_issuer("keycloak", issuer, client_id, scopes, further)


def microsoft_entra_id(
    *, tenant_id: str, client_id: str, scopes: Sequence[str] = _OIDC, **further: Unpack[Common]
) -> OAuthServer:
    """Make one tenant of Microsoft Entra a provider; for several there is ``fastapi_betterauth.social.Microsoft``.

    Returns: the server.
    Raises: ConfigurationError: the tenant is not named by its id.
    """
    tenant = tenant_id.lower()
    if not _GUID.fullmatch(tenant):
        raise ConfigurationError(
            "microsoft_entra_id(tenant_id)",
            f"{tenant_id!r} is not the id of one tenant.",
            "Copy the directory (tenant) id, or use fastapi_betterauth.social.Microsoft.",
        )
    base = f"https://login.microsoftonline.com/{tenant}"
    return EntraServer(
        provider_id="microsoft-entra-id",
        discovery_url=f"{base}/v2.0{_WELL_KNOWN}",
        authorization_url=f"{base}/oauth2/v2.0/authorize",
        token_url=f"{base}/oauth2/v2.0/token",
        user_info_url="https://graph.microsoft.com/oidc/userinfo",
        require_id_token_verification=True,
        client_id=client_id,
        scopes=scopes,
        **further,
    )


def slack(*, client_id: str, scopes: Sequence[str] = _OIDC, **further: Unpack[Common]) -> OAuthServer:
    """Returns: Slack, where people are known by ``sub``."""
    return SlackServer(
        provider_id="slack",
        authorization_url="https://slack.com/openid/connect/authorize",
        token_url="https://slack.com/api/openid.connect.token",
        user_info_url="https://slack.com/api/openid.connect.userInfo",
        client_id=client_id,
        scopes=scopes,
        **further,
    )


def line(
    *, client_id: str, provider_id: str = "line", scopes: Sequence[str] = _OIDC, **further: Unpack[Common]
) -> OAuthServer:
    """Returns: LINE. Args: provider_id: for channels in several countries."""
    return LineServer(
        provider_id=provider_id,
        authorization_url="https://access.line.me/oauth2/v2.1/authorize",
        token_url="https://api.line.me/oauth2/v2.1/token",
        user_info_url="https://api.line.me/oauth2/v2.1/userinfo",
        client_id=client_id,
        scopes=scopes,
        **further,
    )


def hubspot(*, client_id: str, scopes: Sequence[str] = ("oauth",), **further: Unpack[Common]) -> OAuthServer:
    """Returns: HubSpot."""
    return HubSpotServer(
        provider_id="hubspot",
        authorization_url="https://app.hubspot.com/oauth/authorize",
        token_url="https://api.hubapi.com/oauth/v1/token",
        client_id=client_id,
        scopes=scopes,
        **further,
    )


def patreon(*, client_id: str, scopes: Sequence[str] = ("identity[email]",), **further: Unpack[Common]) -> OAuthServer:
    """Returns: Patreon."""
    return PatreonServer(
        provider_id="patreon",
        authorization_url="https://www.patreon.com/oauth2/authorize",
        token_url="https://www.patreon.com/api/oauth2/token",
        client_id=client_id,
        scopes=scopes,
        **further,
    )


def yandex(
    *,
    client_id: str,
    scopes: Sequence[str] = ("login:info", "login:email", "login:avatar"),
    **further: Unpack[Common],
) -> OAuthServer:
    """Returns: Yandex."""
    return YandexServer(
        provider_id="yandex",
        authorization_url="https://oauth.yandex.com/authorize",
        token_url="https://oauth.yandex.com/token",
        client_id=client_id,
        scopes=scopes,
        **further,
    )


def gumroad(*, client_id: str, scopes: Sequence[str] = ("view_profile",), **further: Unpack[Common]) -> OAuthServer:
    """Returns: Gumroad."""
    return GumroadServer(
        provider_id="gumroad",
        authorization_url="https://gumroad.com/oauth/authorize",
        token_url="https://api.gumroad.com/oauth/token",
        client_id=client_id,
        scopes=scopes,
        **further,
    )


def _of_issuer(name: str, issuer: str, client_id: str, scopes: Sequence[str], further: Common) -> OAuthServer:
    return OAuthServer(
        provider_id=name,
        discovery_url=f"{issuer.removesuffix('/')}{_WELL_KNOWN}",
        client_id=client_id,
        scopes=scopes,
        **further,
    )

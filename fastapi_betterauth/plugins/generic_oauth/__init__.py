"""Any OAuth 2.0 or OpenID Connect server as a provider."""

from .helpers import (
    auth0,
    gumroad,
    hubspot,
    keycloak,
    line,
    microsoft_entra_id,
    okta,
    patreon,
    slack,
    yandex,
)
from .options import ClientAssertion, GenericTokens, TokenEndpointAuth
from .plugin import GenericOAuth
from .provider import OAuthServer

__all__ = [
    "ClientAssertion",
    "GenericOAuth",
    "GenericTokens",
    "OAuthServer",
    "TokenEndpointAuth",
    "auth0",
    "gumroad",
    "hubspot",
    "keycloak",
    "line",
    "microsoft_entra_id",
    "okta",
    "patreon",
    "slack",
    "yandex",
]

"""An OpenID Connect server of nobody in particular, for the generic plugin."""

from typing import Any

from fastapi_betterauth.plugins.generic_oauth import OAuthServer
from tests.builders.recording import Recording

ISSUER = "https://idp.test"
DOCUMENT = f"{ISSUER}/.well-known/openid-configuration"
AUTHORIZE, TOKEN, USER_INFO, KEYS = (f"{ISSUER}/{place}" for place in ("authorize", "token", "userinfo", "keys"))
CLIENT: dict[str, Any] = {"provider_id": "acme", "client_id": "client-1", "client_secret": "secret-1"}
BY_HAND = {"authorization_url": AUTHORIZE, "token_url": TOKEN, "user_info_url": USER_INFO}


def plain_server(**options: Any) -> OAuthServer:
    """Build a server whose places are set by hand."""
    return OAuthServer(**{**CLIENT, **BY_HAND, **options})


def found_server(**options: Any) -> OAuthServer:
    """Build a server that has to be looked up."""
    return OAuthServer(**{**CLIENT, "discovery_url": DOCUMENT, **options})


def document(**fields: Any) -> dict[str, Any]:
    """Write what the server says of itself."""
    usual = {
        "issuer": ISSUER,
        "authorization_endpoint": AUTHORIZE,
        "token_endpoint": TOKEN,
        "userinfo_endpoint": USER_INFO,
        "jwks_uri": KEYS,
        "id_token_signing_alg_values_supported": ["RS256"],
    }
    return {name: value for name, value in {**usual, **fields}.items() if value is not ...}


def describing(**fields: Any) -> Recording:
    """A world in which the server describes itself. Args: fields: that differ; ``...`` leaves one out."""
    return Recording({f"GET {DOCUMENT}": document(**fields)})

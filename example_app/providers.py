"""Who else may vouch for people: what the environment names, and in demo mode a provider of our own."""

import os
from typing import Any

from example_app import demo_provider
from example_app.settings import DEMO
from fastapi_betterauth.plugins.generic_oauth import OAuthServer
from fastapi_betterauth.social import GitHub, Google
from fastapi_betterauth.social.provider import Provider

_WELL_KNOWN = "/.well-known/openid-configuration"
_SCOPES = ("openid", "email", "profile")


def _named(kind: type[Provider[Any]]) -> list[Provider[Any]]:
    """Returns: a provider whose id and secret are set, such as GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET."""
    prefix = kind.id.upper()
    client_id, secret = os.environ.get(f"{prefix}_CLIENT_ID"), os.environ.get(f"{prefix}_CLIENT_SECRET")
    return [kind(client_id=client_id, client_secret=secret)] if client_id and secret else []


SOCIAL: list[Provider[Any]] = [*_named(Google), *_named(GitHub)]


def _own_server() -> list[OAuthServer]:
    """Returns: any OpenID Connect server, by OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET and OIDC_NAME."""
    issuer, client_id = os.environ.get("OIDC_ISSUER"), os.environ.get("OIDC_CLIENT_ID")
    if not issuer or not client_id:
        return []
    return [
        OAuthServer(
            provider_id="oidc",
            name=os.environ.get("OIDC_NAME", "your account"),
            discovery_url=f"{issuer.rstrip('/')}{_WELL_KNOWN}",
            client_id=client_id,
            client_secret=os.environ.get("OIDC_CLIENT_SECRET"),
            scopes=_SCOPES,
        )
    ]


_DEMO = [
    OAuthServer(
        provider_id="demo",
        name="Example ID",
        discovery_url=f"{demo_provider.ISSUER}{_WELL_KNOWN}",
        client_id=demo_provider.CLIENT_ID,
        client_secret=demo_provider.CLIENT_SECRET,
        scopes=_SCOPES,
    )
]

SERVERS = [*_own_server(), *(_DEMO if DEMO else [])]

BUTTONS = {provider.id: provider.label for provider in (*SOCIAL, *SERVERS)}
"""What buttons say, by the id of the provider."""

"""The same with a provider, under two names; the test says where it is."""

import os

from fastapi import FastAPI

from fastapi_betterauth import BetterAuth, RateLimit
from fastapi_betterauth.plugins.generic_oauth import GenericOAuth, OAuthServer

SERVERS = [
    OAuthServer(
        provider_id=name,
        discovery_url=f"{os.environ['OIDC_ISSUER']}/.well-known/openid-configuration",
        client_id=client,
        client_secret=f"{client}-secret",
        authentication="basic" if client == "basic" else "post",
        scopes=["openid", "email", "profile"],
    )
    for name, client in (("idp", "basic"), ("other", "post"))
]

auth = BetterAuth(
    base_url=os.environ["BASE_URL"],
    secret="a-secret-for-the-javascript-tests-only",
    database=os.environ["DATABASE_URL"],
    plugins=[GenericOAuth(SERVERS)],
    auto_migrate=True,
    rate_limit=RateLimit(enabled=False),
    environment="test",
)
app = FastAPI()
app.include_router(auth.router)

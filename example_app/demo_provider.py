"""A little OpenID Connect provider for demo mode: signing in through somebody else, without registering anywhere.

It asks nobody for a password, so that it is good for nothing but a demo.
"""

import secrets
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException, Query, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.templating import Jinja2Templates
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import BaseModel

from example_app.settings import ORIGINS

ISSUER = f"{ORIGINS[0]}/demo-provider"
CLIENT_ID, CLIENT_SECRET = "example-app", "no-secret-at-all"
CALLBACKS = [f"{origin}/api/auth/callback/demo" for origin in ORIGINS]
LIFETIME = 3600

PEOPLE: dict[str, dict[str, object]] = {
    "1815": {"name": "Ada Lovelace", "email": "ada@example.com", "email_verified": True},
    "1906": {"name": "Grace Hopper", "email": "grace@example.com", "email_verified": True},
    "1912": {"name": "Alan Turing", "email": "alan@example.com", "email_verified": False},
}

router = APIRouter(prefix="/demo-provider", include_in_schema=False)
_templates = Jinja2Templates(Path(__file__).parent / "templates")


class Asked(BaseModel):
    """What an app wants."""

    client_id: str
    redirect_uri: str
    code_challenge: str
    state: str = ""
    nonce: str = ""


class Redeemed(BaseModel):
    """What an app brings back."""

    client_id: str
    client_secret: str
    code: str
    code_verifier: str


@dataclass(frozen=True)
class Agreement:
    """What a person agreed to, until the app asks for it."""

    asked: Asked
    subject: str
    until: float


_agreements: dict[str, Agreement] = {}


@cache
def _key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig", "alg": "RS256"})


@router.get("/.well-known/openid-configuration")
def configuration() -> dict[str, object]:
    """Say where everything is."""
    return {
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/authorize",
        "token_endpoint": f"{ISSUER}/token",
        "jwks_uri": f"{ISSUER}/keys",
        "id_token_signing_alg_values_supported": ["RS256"],
        "authorization_response_iss_parameter_supported": True,
    }


@router.get("/keys")
def keys() -> dict[str, object]:
    """Show the public key."""
    return {"keys": [_key().as_dict(private=False)]}


@router.get("/authorize")
def authorize(request: Request, asked: Annotated[Asked, Query()]) -> Response:
    """Ask who it is."""
    _check(asked)
    return _templates.TemplateResponse(request, "demo-provider.html", {"people": PEOPLE, "query": request.url.query})


@router.post("/authorize")
def agree(asked: Annotated[Asked, Query()], subject: Annotated[str, Form()]) -> Response:
    """Send the person back, with a code if they said who they are."""
    _check(asked)
    answer = {"iss": ISSUER, "state": asked.state}
    if subject not in PEOPLE:
        return RedirectResponse(f"{asked.redirect_uri}?{urlencode(answer | {'error': 'access_denied'})}", 303)
    code = secrets.token_urlsafe(16)
    _agreements[code] = Agreement(asked, subject, time.time() + 60)
    return RedirectResponse(f"{asked.redirect_uri}?{urlencode(answer | {'code': code})}", 303)


@router.post("/token")
def token(brought: Annotated[Redeemed, Form()]) -> dict[str, object]:
    """Hand an id token out, once per code."""
    agreement = _agreements.pop(brought.code, None)
    proof = urlsafe_b64encode(sha256(brought.code_verifier.encode()).digest()).rstrip(b"=").decode()
    known = (brought.client_id, brought.client_secret) == (CLIENT_ID, CLIENT_SECRET)
    if agreement is None or not known or agreement.until < time.time() or proof != agreement.asked.code_challenge:
        raise HTTPException(400, "This code is not good any more.")
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": CLIENT_ID, "sub": agreement.subject, "iat": now, "exp": now + LIFETIME}
    claims |= PEOPLE[agreement.subject] | {"nonce": agreement.asked.nonce}
    return {
        "access_token": secrets.token_urlsafe(16),
        "token_type": "Bearer",
        "expires_in": LIFETIME,
        "scope": "openid email profile",
        "id_token": jwt.encode({"alg": "RS256", "kid": _key().kid}, claims, _key()),
    }


def _check(asked: Asked) -> None:
    if asked.client_id != CLIENT_ID or asked.redirect_uri not in CALLBACKS:
        raise HTTPException(400, "This app is not known here.")

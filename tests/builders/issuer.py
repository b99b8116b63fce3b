"""An issuer of id tokens whose every part a test can spoil."""

import base64
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from fastapi_betterauth.plugins.generic_oauth import OAuthServer
from tests.builders.peer import Peer, peer

CLIENT = "our-client"
Key = RSAKey | ECKey | OKPKey | OctKey

RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
OTHER_RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})


def public(key: Key, **more: Any) -> dict[str, Any]:
    """The public half of a key, as it stands in a key set."""
    return {**key.as_dict(private=False), "use": "sig", **more}


def encoded(value: Any) -> str:
    """A part of a token."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Issuer:
    """The issuer, with its discovery document and its keys."""

    peer: Peer
    algorithms: list[str] = field(default_factory=lambda: ["RS256", "ES256", "EdDSA"])

    @property
    def name(self) -> str:
        """What it calls itself."""
        return self.peer.url

    def publish(self, *keys: Mapping[str, Any]) -> None:
        """Show these keys from now on."""
        self.peer.json("/jwks", {"keys": list(keys)})

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Good claims, but for the changes; a claim of ... is left out."""
        now = int(time.time())
        good = {
            "iss": self.name,
            "aud": CLIENT,
            "sub": "ada",
            "iat": now,
            "exp": now + 300,
            "email": "ada@people.test",
            "email_verified": True,
            "name": "Ada",
        }
        return {name: value for name, value in (good | changes).items() if value is not ...}

    def token(
        self, key: Key = RSA, algorithm: str = "RS256", header: Mapping[str, Any] | None = None, **claims: Any
    ) -> str:
        """A token that this key signed."""
        head = {"alg": algorithm, "kid": key.kid, **(header or {})}
        kept = {name: value for name, value in head.items() if value is not ...}
        registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
        body = json.dumps(self.claims(**claims)).encode()
        return jws.serialize_compact(kept, body, key, registry=registry)

    def server(self, **options: Any) -> OAuthServer:
        """The issuer as an option of ours."""
        settings: dict[str, Any] = {
            "provider_id": "issuer",
            "discovery_url": f"{self.name}/.well-known/openid-configuration",
            "client_id": CLIENT,
            "client_secret": "a secret",
        }
        return OAuthServer(**(settings | options))


@asynccontextmanager
async def issuer() -> AsyncIterator[Issuer]:
    """Start one that shows its RSA, EC and Ed25519 keys."""
    async with peer() as server:
        one = Issuer(server)
        server.json(
            "/.well-known/openid-configuration",
            {
                "issuer": one.name,
                "authorization_endpoint": f"{one.name}/authorize",
                "token_endpoint": f"{one.name}/token",
                "userinfo_endpoint": f"{one.name}/me",
                "jwks_uri": f"{one.name}/jwks",
                "id_token_signing_alg_values_supported": one.algorithms,
            },
        )
        one.publish(public(RSA), public(EC), public(ED))
        yield one

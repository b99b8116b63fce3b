"""Signed tokens for links in mails: HS256 and nothing else (formats: mail-link tokens; RFC 8725)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from fastapi_betterauth.clock import Clock

from .secret import SecretKeys


class TokenError(Exception):
    """The token is worth nothing."""


class TokenInvalid(TokenError):
    """It was not signed by us, or not for this."""


class TokenExpired(TokenError):
    """It was good once."""


class TokenSigner:
    """Issues and reads tokens with the keys of one instance."""

    def __init__(self, keys: SecretKeys, clock: Clock) -> None:
        self._keys = tuple(OctKey.import_key(key.encode()) for key in keys.verification)
        self._clock = clock

    def issue(self, claims: Mapping[str, str], *, expires_in: timedelta) -> str:
        """Returns: a token with these claims, good for this long."""
        now = int(self._clock().timestamp())
        payload = {**claims, "iat": now, "exp": now + int(expires_in.total_seconds())}
        return jws.serialize_compact({"alg": "HS256"}, json.dumps(payload), self._keys[0], algorithms=["HS256"])

    def read(self, token: str) -> Mapping[str, object]:
        """Returns: the claims. Raises: TokenExpired, TokenInvalid."""
        claims = self._verified(token)
        expires_at = claims.get("exp")
        if not isinstance(expires_at, int) or isinstance(expires_at, bool):
            raise TokenInvalid
        if expires_at <= self._clock().timestamp():
            raise TokenExpired
        return claims

    def _verified(self, token: str) -> Mapping[str, object]:
        for key in self._keys:
            try:
                claims = json.loads(jws.deserialize_compact(token, key, algorithms=["HS256"]).payload)
            except (JoseError, ValueError, TypeError, KeyError, RecursionError, AttributeError):
                continue
            if isinstance(claims, dict):
                return claims
        raise TokenInvalid

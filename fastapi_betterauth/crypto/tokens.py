"""Signed tokens for links in mails: HS256 and nothing else (formats: mail-link tokens; RFC 8725)."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from datetime import timedelta

from joserfc import jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import OctKey

from fastapi_betterauth.clock import Clock
from fastapi_betterauth.errors import ConfigurationError

from .secret import Secret, SecretKeys

_HEADER = {"alg": "HS256"}
_ALGORITHMS = ["HS256"]


class TokenError(Exception):
    """The token is worth nothing."""


class TokenInvalid(TokenError):
    """It was not signed by us, or not for this."""


class TokenExpired(TokenError):
    """It was good once."""


class TokenSigner:
    """Issues tokens with the current key, reads those of the older ones too.

    Raises: ConfigurationError: a secret is the text of a public key.
    """

    def __init__(self, keys: SecretKeys, clock: Clock) -> None:
        self._keys = tuple(_key(key) for key in keys.verification)
        self._clock = clock

    def issue(self, claims: Mapping[str, str], *, expires_in: timedelta) -> str:
        """Returns: a token with these claims, good for this long."""
        now = int(self._clock().timestamp())
        payload = {**claims, "iat": now, "exp": now + int(expires_in.total_seconds())}
        return jwt.encode(_HEADER, payload, self._keys[0], algorithms=_ALGORITHMS, default_type=None)

    def read(self, token: str) -> Mapping[str, object]:
        """Returns: the claims, of any shape but for `exp`. Raises: TokenExpired, TokenInvalid."""
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
                found = jwt.decode(token, key, algorithms=_ALGORITHMS)
            except (JoseError, ValueError, TypeError, KeyError, RecursionError, AttributeError):
                continue
            # RFC 8725 §3.11: no token of another type, nor with a header that asks for anything.
            if found.header == _HEADER:
                return found.claims
        raise TokenInvalid


def _key(secret: Secret) -> OctKey:
    with warnings.catch_warnings():
        # The strength of secrets has been judged before, with a remedy.
        warnings.simplefilter("ignore", SecurityWarning)
        try:
            return OctKey.import_key(secret.encode())
        except ValueError:
            raise ConfigurationError(
                "secret", "it is empty or a public key.", "Use the output of `openssl rand -hex 32`."
            ) from None

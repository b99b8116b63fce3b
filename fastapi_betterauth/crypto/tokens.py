"""Signed tokens for links in mails: HS256 and nothing else (formats: mail-link tokens; RFC 8725)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from fastapi_betterauth.clock import Clock

from .secret import SecretKeys


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
        from .jose import SharedKey  # noqa: PLC0415 - 75 ms that importing the package shall not cost

        self._keys = tuple(SharedKey(key) for key in keys.verification)
        self._clock = clock

    def issue(self, claims: Mapping[str, str], *, expires_in: timedelta) -> str:
        """Returns: a token with these claims, good for this long."""
        now = int(self._clock().timestamp())
        return self._keys[0].sign({**claims, "iat": now, "exp": now + int(expires_in.total_seconds())})

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
            if (claims := key.verify(token)) is not None:
                return claims
        raise TokenInvalid

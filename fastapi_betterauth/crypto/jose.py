"""Signed and encrypted JSON by joserfc: the one place that knows the library.

It takes 75 ms to import, most of it for X.509, so it is loaded when an instance is built, not when we are imported.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from joserfc import jwe, jws, jwt
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import OctKey

from fastapi_betterauth.errors import ConfigurationError

from .secret import Secret

_HEADER = {"alg": "HS256"}
_ALGORITHMS = ["HS256"]
_SEALED = {"alg": "dir", "enc": "A256CBC-HS512"}
_SEALING = ["dir", "A256CBC-HS512"]
_REFUSALS = (JoseError, ValueError, TypeError, KeyError, RecursionError, AttributeError)
"""What the library raises for text that somebody made up."""


class SharedKey:
    """Signs and verifies with HS256 and nothing else (RFC 8725 §3.1).

    Raises: ConfigurationError: the secret is empty, or the text of a public key.
    """

    def __init__(self, secret: Secret) -> None:
        with warnings.catch_warnings():
            # The strength of secrets has been judged before, with a remedy.
            warnings.simplefilter("ignore", SecurityWarning)
            try:
                self._key = OctKey.import_key(secret.encode())
            except ValueError:
                raise ConfigurationError(
                    "secret", "it is empty or a public key.", "Use the output of `openssl rand -hex 32`."
                ) from None

    def sign(self, claims: Mapping[str, Any]) -> str:
        """Returns: a compact token of these claims."""
        return jwt.encode(_HEADER, dict(claims), self._key, algorithms=_ALGORITHMS, default_type=None)

    def verify(self, token: str) -> Mapping[str, object] | None:
        """Returns: the claims if this key signed them, else None; never an error, whatever the text."""
        try:
            found = jwt.decode(token, self._key, algorithms=_ALGORITHMS)
        except _REFUSALS:
            return None
        # RFC 8725 §3.11: no token of another type, nor with a header that asks for anything.
        return found.claims if found.header == _HEADER else None

    def sign_text(self, content: str) -> str:
        """Returns: a compact token whose claims are this JSON text."""
        return jws.serialize_compact(_HEADER, content, self._key, algorithms=_ALGORITHMS)

    def verify_text(self, token: str) -> bytes | None:
        """Returns: the JSON text of the claims if this key signed them, else None; never an error."""
        try:
            found = jws.deserialize_compact(token, self._key, algorithms=_ALGORITHMS)
        except _REFUSALS:
            return None
        return found.payload if found.headers() == _HEADER else None


class DirectKey:
    """Encrypts with this very key, A256CBC-HS512 and nothing else (RFC 7518 §4.5, §5.2.5).

    Args: key: 64 random bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._key = OctKey.import_key(key)
        self.thumbprint = self._key.thumbprint()
        """Names the key (RFC 7638)."""

    def encrypt(self, content: str) -> str:
        """Returns: a compact JWE that names the key."""
        return jwe.encrypt_compact({**_SEALED, "kid": self.thumbprint}, content, self._key, algorithms=_SEALING)

    def decrypt(self, token: str) -> bytes | None:
        """Returns: the text if this key encrypted it, else None; never an error, whatever the text."""
        try:
            return jwe.decrypt_compact(token, self._key, algorithms=_SEALING).plaintext
        except _REFUSALS:
            return None

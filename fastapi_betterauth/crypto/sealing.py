"""Claims that only we can read: JWE as cookies carry it (formats: cookie cache, jwe)."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fastapi_betterauth.clock import Clock

from .random import random_uuid
from .secret import Secret, SecretKeys

SESSION_SALT: Final = "better-auth-session"
"""Separates the keys of session cookies from those of other cookies."""
ACCOUNT_SALT: Final = "better-auth-account"

_INFO: Final = b"BetterAuth.js Generated Encryption Key"
_KEY_LENGTH: Final = 64


class Sealer:
    """Seals with the current key, opens what any of the keys sealed.

    Args: keys: of the instance. salt: what the claims are for, such as SESSION_SALT; no key serves two purposes.
    """

    def __init__(self, keys: SecretKeys, *, salt: str, clock: Clock) -> None:
        from .jose import DirectKey  # noqa: PLC0415 - 75 ms that importing the package shall not cost

        legacy = () if keys.legacy is None else (keys.legacy,)
        found = [DirectKey(_derive(secret, salt)) for secret in (*keys.verification, *legacy)]
        self._current = found[0]
        self._by_thumbprint = {key.thumbprint: key for key in reversed(found)}
        self._in_order = tuple(found)
        self._clock = clock

    def seal(self, content: str, *, expires_in: timedelta) -> str:
        """Seal the JSON text of an object.

        Returns: a compact JWE whose claims are the object's, with ``iat``, ``exp`` and ``jti`` after them.
        """
        now = int(self._clock().timestamp())
        further = {"iat": now, "exp": now + int(expires_in.total_seconds()), "jti": random_uuid()}
        return self._current.encrypt(with_claims(content, further))

    def open(self, token: str) -> bytes | None:
        """Returns: the JSON text of the claims, if one of our keys sealed them, else None; never an error.

        When they end is for the caller to look at.
        """
        thumbprint = _named_key(token)
        if thumbprint is not None:
            key = self._by_thumbprint.get(thumbprint)
            return None if key is None else key.decrypt(token)
        return next((found for key in self._in_order if (found := key.decrypt(token)) is not None), None)


def with_claims(content: str, further: Mapping[str, object]) -> str:
    """Returns: the JSON text of an object with further members at its end."""
    members = json.dumps(further, separators=(",", ":"))[1:]
    return f"{content[:-1]},{members}" if content != "{}" else f"{{{members}"


def _named_key(token: str) -> str | None:
    """Returns: which key a token says it needs, unproven; None if it names none."""
    header, _, _ = token.partition(".")
    try:
        members = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    except (ValueError, RecursionError):
        return None
    named = members.get("kid") if isinstance(members, dict) else None
    return named if isinstance(named, str) else None


def _derive(secret: Secret, salt: str) -> bytes:
    return HKDF(SHA256(), _KEY_LENGTH, salt.encode(), _INFO).derive(secret.encode())

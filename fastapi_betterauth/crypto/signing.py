"""Signed values, as cookies carry them (formats: signed cookies)."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Sequence

from .secret import Secret, SecretKeys

_SIGNATURE_LENGTH = 44


def sign(value: str, key: Secret) -> str:
    """Returns: the value, a dot, and its HMAC-SHA-256 in base64."""
    return _sign(value, key.encode())


def unsign(text: str, keys: Sequence[Secret]) -> str | None:
    """Returns: the value if one of the keys signed it, else None; never an error, whatever the text."""
    return _unsign(text, tuple(key.encode() for key in keys))


class Signer:
    """Signs with the current key, accepts the older ones too."""

    __slots__ = ("_current", "_keys")

    def __init__(self, keys: SecretKeys) -> None:
        self._keys = tuple(key.encode() for key in keys.verification)
        self._current = self._keys[0]

    def sign(self, value: str) -> str:
        """Returns: the signed value."""
        return _sign(value, self._current)

    def unsign(self, text: str) -> str | None:
        """Returns: the value, or None."""
        return _unsign(text, self._keys)


def _sign(value: str, key: bytes) -> str:
    return f"{value}.{base64.b64encode(hmac.digest(key, value.encode(), 'sha256')).decode()}"


def _unsign(text: str, keys: Sequence[bytes]) -> str | None:
    value, dot, signature = text.rpartition(".")
    if not dot or len(signature) != _SIGNATURE_LENGTH or not signature.endswith("="):
        return None
    try:
        signed, given = value.encode(), binascii.a2b_base64(signature.encode("ascii"), strict_mode=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    # One canonical form: the last character must not carry bits that decoding throws away (SC-CRYPTO-08).
    if base64.b64encode(given).decode() != signature:
        return None
    for key in keys:
        if hmac.compare_digest(hmac.digest(key, signed, "sha256"), given):
            return value
    return None

"""Signed values, as cookies carry them (formats: signed cookies)."""

from __future__ import annotations

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


def _signature(value: bytes, key: bytes) -> bytes:
    return binascii.b2a_base64(hmac.digest(key, value, "sha256"), newline=False)


def _sign(value: str, key: bytes) -> str:
    return f"{value}.{_signature(value.encode(), key).decode('ascii')}"


def _unsign(text: str, keys: Sequence[bytes]) -> str | None:
    value, _, signature = text.rpartition(".")
    if len(signature) != _SIGNATURE_LENGTH:
        return None
    try:
        signed, given = value.encode(), signature.encode("ascii")
    except UnicodeEncodeError:
        return None
    # Base64 text is compared, not what it decodes to: one form is canonical, no other passes (SC-CRYPTO-08).
    for key in keys:
        if hmac.compare_digest(_signature(signed, key), given):
            return value
    return None

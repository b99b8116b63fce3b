"""Encrypted text at rest: XChaCha20-Poly1305 by PyNaCl, in Better Auth's envelope (formats: symmetric encryption)."""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Final

from fastapi_betterauth.errors import ConfigurationError

from .secret import Secret, SecretKeys

_NONCE: Final = 24
_VERSIONED: Final = re.compile(r"\$ba\$([0-9]{1,9})\$([0-9a-f]+)")
_BARE: Final = re.compile(r"(?:[0-9a-f]{2})+")


class DecryptionError(Exception):
    """The text was not encrypted with a key we have, or was changed since."""


class Cipher:
    """Encrypts with the current key; reads what any of the keys encrypted.

    Args: keys: of the instance. extra: the extra of this package that brings the library, for the error.
    Raises: ConfigurationError: the library is not installed.
    """

    def __init__(self, keys: SecretKeys, *, extra: str) -> None:
        try:
            from nacl import bindings, exceptions  # noqa: PLC0415 - of an extra
        except ModuleNotFoundError:
            raise ConfigurationError(
                "plugins", "this needs PyNaCl.", f"pip install 'fastapi-better-auth[{extra}]'"
            ) from None
        self._seal = bindings.crypto_aead_xchacha20poly1305_ietf_encrypt
        self._open = bindings.crypto_aead_xchacha20poly1305_ietf_decrypt
        self._errors = (exceptions.CryptoError, ValueError, TypeError)
        self._version = keys.current_version
        self._current = _key_of(keys.current)
        self._versions = {version: _key_of(secret) for version, secret in keys.older.items()}
        if self._version is not None:
            self._versions[self._version] = self._current
        bare = keys.current if self._version is None else keys.legacy
        self._bare = _key_of(bare) if bare is not None else None

    def encrypt(self, text: str) -> str:
        """Returns: the text under a new nonce."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._seal(text.encode(), None, nonce, self._current)
        envelope = (nonce + sealed).hex()
        return envelope if self._version is None else f"$ba${self._version}${envelope}"

    def decrypt(self, stored: str) -> str:
        """Returns: the text. Raises: DecryptionError."""
        versioned = _VERSIONED.fullmatch(stored)
        if versioned is not None:
            key, envelope = self._versions.get(int(versioned[1])), versioned[2]
        else:
            key, envelope = self._bare, stored
        if key is None or _BARE.fullmatch(envelope) is None:
            raise DecryptionError
        raw = bytes.fromhex(envelope)
        try:
            plain = self._open(raw[_NONCE:], None, raw[:_NONCE], key)
            return plain.decode()
        except self._errors:
            raise DecryptionError from None


def _key_of(secret: Secret) -> bytes:
    return hashlib.sha256(secret.encode()).digest()

"""How the tokens of providers lie in the account table (OAuth sheet §1, §2)."""

from __future__ import annotations

import re

from fastapi_betterauth.crypto.encryption import Cipher, DecryptionError
from fastapi_betterauth.crypto.secret import SecretKeys
from fastapi_betterauth.features.account.options import AccountOptions
from fastapi_betterauth.storage.hooks import Changes

from .tokens import Tokens

_HEX = re.compile(r"(?:[0-9a-fA-F]{2})+")


class StoredTokens:
    """Writes and reads tokens, encrypted where the options say so; id tokens stay plain."""

    def __init__(self, options: AccountOptions, keys: SecretKeys) -> None:
        self._cipher = Cipher(keys, extra="encryption") if options.encrypt_oauth_tokens else None

    def columns(self, tokens: Tokens) -> Changes:
        """Returns: what is to be stored; what the provider did not hand out is left as it is."""
        values = {
            "access_token": self._kept(tokens.access_token),
            "refresh_token": self._kept(tokens.refresh_token),
            "id_token": tokens.id_token,
            "access_token_expires_at": tokens.access_token_expires_at,
            "refresh_token_expires_at": tokens.refresh_token_expires_at,
        }
        return {name: value for name, value in values.items() if value is not None}

    def read(self, stored: str | None) -> str | None:
        """Returns: a token; what was stored before encryption was switched on is plain.

        Raises: DecryptionError: it was encrypted with a secret that is gone.
        """
        if stored is None or self._cipher is None or not _looks_encrypted(stored):
            return stored
        return self._cipher.decrypt(stored)

    def _kept(self, token: str | None) -> str | None:
        return token if token is None or self._cipher is None else self._cipher.encrypt(token)


def _looks_encrypted(stored: str) -> bool:
    return stored.startswith("$ba$") or _HEX.fullmatch(stored) is not None


__all__ = ["DecryptionError", "StoredTokens"]

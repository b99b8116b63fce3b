"""How what was handed out is kept until it comes back: plain, hashed, encrypted, or in a host's own way."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Literal, TypeAlias

from fastapi_betterauth.errors import ConfigurationError

from .digests import sha256_base64url
from .encryption import Cipher, DecryptionError
from .secret import SecretKeys


@dataclass(frozen=True, slots=True)
class Encryption:
    """A host's own way of keeping something secret that must be read again."""

    encrypt: Callable[[str], str]
    decrypt: Callable[[str], str]
    """Raises whatever it likes when the text is not its own; that counts as unreadable."""


@dataclass(frozen=True, slots=True)
class Hashing:
    """A host's own way of keeping something that is only compared."""

    hash: Callable[[str], str]


Keeping: TypeAlias = Literal["plain", "hashed", "encrypted"] | Hashing | Encryption
"""``hashed`` is SHA-256, ``encrypted`` uses the instance's secret (extra ``encryption``)."""


class Keeper:
    """Keeps codes and tokens in the form an option asks for.

    Args: way: the option's value. keys: of the instance.
    """

    def __init__(self, way: Keeping, keys: SecretKeys) -> None:
        self._way = way
        self._cipher = Cipher(keys, extra="encryption") if way == "encrypted" else None

    def keep(self, secret: str) -> str:
        """Returns: the form to be stored."""
        way = self._way
        if isinstance(way, Hashing):
            return way.hash(secret)
        if isinstance(way, Encryption):
            return way.encrypt(secret)
        if self._cipher is not None:
            return self._cipher.encrypt(secret)
        return sha256_base64url(secret) if way == "hashed" else secret

    def reveal(self, kept: str) -> str | None:
        """Returns: what was handed out; None when it cannot be told."""
        way = self._way
        if isinstance(way, Hashing) or way == "hashed":
            return None
        try:
            if isinstance(way, Encryption):
                return way.decrypt(kept)
            return self._cipher.decrypt(kept) if self._cipher is not None else kept
        except (DecryptionError, ValueError):
            return None

    def matches(self, kept: str, given: str) -> bool:
        """Returns: whether this is what was handed out, in constant time."""
        if isinstance(self._way, Hashing) or self._way == "hashed":
            expected: str | None = kept
            given = self.keep(given)
        else:
            expected = self.reveal(kept)
        return expected is not None and hmac.compare_digest(expected.encode(), given.encode())


def check_keeping(option: str, way: Keeping) -> None:
    """Refuse a way that nobody knows, or that needs a library which is not there.

    Args: option: its name, for the error.
    Raises: ConfigurationError.
    """
    if not isinstance(way, Hashing | Encryption) and way not in ("plain", "hashed", "encrypted"):
        raise ConfigurationError(option, f"{way!r} is not known.", "Use 'plain', 'hashed' or 'encrypted'.")
    if way == "encrypted" and find_spec("nacl") is None:
        raise ConfigurationError(option, "this needs PyNaCl.", "pip install 'fastapi-better-auth[encryption]'")

"""Ways of hashing passwords."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from typing import Protocol

from argon2 import PasswordHasher as _Argon2
from argon2 import profiles
from argon2.exceptions import VerificationError

_LARGEST_MEMORY = 256 * 1024  # KiB
_LARGEST_WORK = 1024 * 1024  # KiB times passes
_LARGEST_PARALLELISM = 16


class PasswordHasher(Protocol):
    """Makes and checks hashes; called in a thread, so it may take its time."""

    def hash(self, password: str) -> str:
        """Returns: the hash with all that is needed to check it."""
        ...

    def verify(self, password: str, stored: str) -> bool:
        """Returns: whether the password matches; False, never an error, for hashes it does not understand."""
        ...

    def recognises(self, stored: str) -> bool:
        """Returns: whether a hash is of its kind, and not too costly to check."""
        ...

    def needs_rehash(self, stored: str) -> bool:
        """Returns: whether a hash of its kind was made with other parameters."""
        ...


class Argon2Hasher:
    """Argon2id with the low-memory profile of RFC 9106: 64 MiB, three passes."""

    # The library stops reading at a NUL and takes any integer Python does: one canonical text only.
    _FORMAT = re.compile(
        r"\$argon2id\$v=19\$m=([1-9][0-9]{0,6}),t=([1-9][0-9]{0,6}),p=([1-9][0-9]{0,2})"
        r"\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{16,86}"
    )

    def __init__(self) -> None:
        self._argon2 = _Argon2.from_parameters(profiles.RFC_9106_LOW_MEMORY)

    def hash(self, password: str) -> str:
        """Returns: the hash in PHC format."""
        return self._argon2.hash(_normal(password))

    def verify(self, password: str, stored: str) -> bool:
        """Returns: whether the password matches."""
        if not self.recognises(stored):
            return False
        try:
            return self._argon2.verify(stored, _normal(password))
        except (VerificationError, ValueError):
            return False

    def recognises(self, stored: str) -> bool:
        """Returns: whether it is an argon2id hash whose cost is within reason (SC-PW-16)."""
        found = self._FORMAT.fullmatch(stored)
        if found is None:
            return False
        memory, passes, lanes = (int(number) for number in found.groups())
        # RFC 9106 §3.1: every lane needs at least 8 KiB.
        fits = 8 * lanes <= memory <= _LARGEST_MEMORY and lanes <= _LARGEST_PARALLELISM
        return fits and memory * passes <= _LARGEST_WORK

    def needs_rehash(self, stored: str) -> bool:
        """Returns: whether the parameters have changed, or it is no hash of this kind at all."""
        return not self.recognises(stored) or self._argon2.check_needs_rehash(stored)


class ScryptHasher:
    """Better Auth's own format: scrypt N=16384, r=16, p=1, 64 bytes; the salt is used as hexadecimal text."""

    _FORMAT = re.compile(r"([0-9a-f]{32}):([0-9a-f]{128})")

    def hash(self, password: str) -> str:
        """Returns: ``salt:key`` in hexadecimal."""
        salt = secrets.token_hex(16)
        return f"{salt}:{self._derive(password, salt).hex()}"

    def verify(self, password: str, stored: str) -> bool:
        """Returns: whether the password matches."""
        parts = self._FORMAT.fullmatch(stored)
        if parts is None:
            return False
        try:
            derived = self._derive(password, parts[1])
        except UnicodeEncodeError:
            return False
        return hmac.compare_digest(derived, bytes.fromhex(parts[2]))

    def recognises(self, stored: str) -> bool:
        """Returns: whether it is of this format."""
        return self._FORMAT.fullmatch(stored) is not None

    def needs_rehash(self, stored: str) -> bool:
        """Returns: whether it is no hash of this kind; there is one set of parameters."""
        return not self.recognises(stored)

    def _derive(self, password: str, salt: str) -> bytes:
        return hashlib.scrypt(
            _normal(password),
            salt=salt.encode(),
            n=16384,
            r=16,
            p=1,
            dklen=64,
            maxmem=64 * 1024 * 1024,
        )


def _normal(password: str) -> bytes:
    """Returns: the bytes to hash, equal however the password was typed. Raises: UnicodeEncodeError."""
    return unicodedata.normalize("NFKC", password).encode()

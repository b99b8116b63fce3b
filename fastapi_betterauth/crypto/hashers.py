"""Ways of hashing passwords."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import unicodedata
from typing import Protocol

from argon2 import PasswordHasher as _Argon2
from argon2 import Type, extract_parameters, profiles
from argon2.exceptions import InvalidHashError, VerificationError

_LARGEST_MEMORY = 256 * 1024  # KiB
_LARGEST_TIME = 16
_LARGEST_PARALLELISM = 16


class PasswordHasher(Protocol):
    """Makes and checks hashes; called in a thread, so it may take its time."""

    def hash(self, password: str) -> str:
        """Returns: the hash with all that is needed to check it."""

    def verify(self, password: str, stored: str) -> bool:
        """Returns: whether the password matches; False, never an error, for hashes it does not understand."""

    def recognises(self, stored: str) -> bool:
        """Returns: whether a hash is of its kind."""

    def needs_rehash(self, stored: str) -> bool:
        """Returns: whether a hash of its kind was made with other parameters."""


class Argon2Hasher:
    """Argon2id with the low-memory profile of RFC 9106: 64 MiB, three passes."""

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
        except (VerificationError, InvalidHashError):
            return False

    def recognises(self, stored: str) -> bool:
        """Returns: whether it is an argon2id hash whose cost is within reason (SC-PW-16)."""
        try:
            found = extract_parameters(stored)
        except InvalidHashError:
            return False
        within = found.memory_cost <= _LARGEST_MEMORY and found.time_cost <= _LARGEST_TIME
        return found.type is Type.ID and within and found.parallelism <= _LARGEST_PARALLELISM

    def needs_rehash(self, stored: str) -> bool:
        """Returns: whether the parameters have changed."""
        return self._argon2.check_needs_rehash(stored)


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
        return hmac.compare_digest(self._derive(password, parts[1]), bytes.fromhex(parts[2]))

    def recognises(self, stored: str) -> bool:
        """Returns: whether it is of this format."""
        return self._FORMAT.fullmatch(stored) is not None

    def needs_rehash(self, stored: str) -> bool:  # noqa: ARG002 - there is one set of parameters
        """Returns: False."""
        return False

    def _derive(self, password: str, salt: str) -> bytes:
        return hashlib.scrypt(
            _normal(password).encode(),
            salt=salt.encode(),
            n=16384,
            r=16,
            p=1,
            dklen=64,
            maxmem=64 * 1024 * 1024,
        )


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)

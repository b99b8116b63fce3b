"""Random ids and tokens, from the operating system's generator, without bias."""

from __future__ import annotations

import secrets
import string
from typing import Final, NewType

Alphabet = NewType("Alphabet", str)
"""Characters to draw from, none twice."""

LETTERS: Final = Alphabet(string.ascii_letters)
DIGITS: Final = Alphabet(string.digits)
ALPHANUMERIC: Final = Alphabet(LETTERS + DIGITS)
LOWER_ALPHANUMERIC: Final = Alphabet(string.ascii_lowercase + DIGITS)
URL_SAFE: Final = Alphabet(ALPHANUMERIC + "-_")


def random_string(length: int, alphabet: Alphabet) -> str:
    """Returns: this many characters, each equally likely."""
    return "".join(secrets.choice(alphabet) for _ in range(length))


def random_id() -> str:
    """Returns: a primary key (formats: ids)."""
    return random_string(32, ALPHANUMERIC)


def random_uuid() -> str:
    """Returns: a version 4 UUID (RFC 9562 §5.4)."""
    digits = secrets.token_hex(16)
    variant = "89ab"[secrets.randbelow(4)]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def session_token() -> str:
    """Returns: a session token, 190 bits."""
    return random_string(32, ALPHANUMERIC)


def reset_token() -> str:
    """Returns: a password-reset token, 142 bits."""
    return random_string(24, ALPHANUMERIC)


def delete_account_token() -> str:
    """Returns: an account-deletion token, 165 bits."""
    return random_string(32, LOWER_ALPHANUMERIC)

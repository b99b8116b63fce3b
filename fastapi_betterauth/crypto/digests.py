"""Digests of values that are only looked up, never read back."""

from __future__ import annotations

import base64
import hashlib


def sha256_base64url(text: str) -> str:
    """Returns: SHA-256 of the text in base64url without padding (formats: hashed tokens)."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def sha256_hex(text: str) -> str:
    """Returns: SHA-256 of the text in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()

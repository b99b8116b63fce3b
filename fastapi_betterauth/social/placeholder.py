"""Addresses for those whose provider tells none."""

from __future__ import annotations


def placeholder_email(subject: object, provider: str) -> str:
    """Returns: an address that reaches nobody (RFC 2606) and is never verified (SC-OAUTH-26)."""
    return f"{subject}@{provider}.placeholder.invalid"

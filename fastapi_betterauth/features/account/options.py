"""Accounts: passwords and identities at providers (OAuth sheet §1, as far as it is not social sign-in)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountLinking:
    """Several accounts of one user."""

    allow_unlinking_all: bool = False
    """Let a user unlink the last account, and with it the last way to sign in."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountOptions:
    """Accounts."""

    account_linking: AccountLinking = field(default_factory=AccountLinking)
    """Linking and unlinking."""

"""Accounts: passwords and identities at providers (OAuth sheet §1)."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Literal, TypeAlias

from starlette.requests import Request

from fastapi_betterauth.errors import ConfigurationError

TrustedProviders: TypeAlias = Sequence[str] | Callable[[Request | None], Sequence[str] | Awaitable[Sequence[str]]]
"""Ids of providers, or a function that names them for a request; the request is None for a server-side call."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountLinking:
    """Several accounts of one user."""

    enabled: bool = True
    """Let a user have accounts at several providers."""
    disable_implicit_linking: bool = False
    """Link only when the user asks for it while signed in, not because the address is the same."""
    require_local_email_verified: bool = True
    """Link by address only to users who have proven it here. Turning this off lets squatters in."""
    trusted_providers: TrustedProviders = ()
    """Providers whose word on addresses counts even where they do not say that they verified them."""
    allow_different_emails: bool = False
    """Let users who ask for it link accounts under another address."""
    allow_unlinking_all: bool = False
    """Let a user unlink the last account, and with it the last way to sign in."""
    update_user_info_on_link: bool = False
    """Take name, image and mapped fields over when an account is linked; never the address."""

    async def trusts(self, provider: str, request: Request | None) -> bool:
        """Returns: whether a provider's word on addresses counts."""
        trusted = self.trusted_providers
        if not callable(trusted):
            return provider in trusted
        named = trusted(request)
        return provider in (await named if inspect.isawaitable(named) else named)


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountOptions:
    """Accounts.

    Raises: ConfigurationError: an option is not known, or needs a library that is not there.
    """

    account_linking: AccountLinking = field(default_factory=AccountLinking)
    """Linking and unlinking."""
    update_account_on_sign_in: bool = True
    """Keep the tokens of each new sign-in at a provider; granted scopes stay as they are."""
    encrypt_oauth_tokens: bool = False
    """Keep access and refresh tokens encrypted (extra ``encryption``); plain ones stay readable."""
    store_state_strategy: Literal["database", "cookie"] | None = None
    """Where a flow is remembered while the person is at the provider; ``cookie`` needs the extra ``encryption``.

    By default in the database; without a store in the cookie."""
    skip_state_cookie_check: bool = False
    """Let a flow end in another browser than the one it began in. Opens the door to login CSRF."""

    store_account_cookie: bool | None = None
    """Hand the account and its tokens out in an encrypted cookie, too; by default only where there is no store."""

    def __post_init__(self) -> None:
        if self.store_state_strategy not in (None, "database", "cookie"):
            raise ConfigurationError(
                "account.store_state_strategy",
                f"{self.store_state_strategy!r} is not known.",
                "Use 'database' or 'cookie'.",
            )
        encrypts = {
            "account.encrypt_oauth_tokens": self.encrypt_oauth_tokens,
            "account.store_state_strategy": self.store_state_strategy == "cookie",
        }
        for option, wanted in encrypts.items():
            if wanted and find_spec("nacl") is None:
                raise ConfigurationError(option, "this needs PyNaCl.", "pip install 'fastapi-better-auth[encryption]'")

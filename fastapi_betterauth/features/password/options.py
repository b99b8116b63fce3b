"""E-mail and password (e-mail sheet §1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from fastapi_betterauth.clock import Duration, to_timedelta
from fastapi_betterauth.crypto.hashers import Argon2Hasher, PasswordHasher, ScryptHasher
from fastapi_betterauth.errors import ConfigurationError
from fastapi_betterauth.storage.fields import UserFields


@dataclass(frozen=True, slots=True)
class ResetPasswordMail:
    """A mail that lets somebody choose a new password."""

    user: UserFields
    url: str = field(repr=False)
    """The link to put into the mail."""
    token: str = field(repr=False)


class SendResetPassword(Protocol):
    """Delivers a reset link; awaited after the response has left."""

    async def __call__(self, mail: ResetPasswordMail, /) -> None:
        """Send the mail."""


class OnUser(Protocol):
    """Told about a user."""

    async def __call__(self, user: UserFields, /) -> None:
        """Take note."""


class CustomSyntheticUser(Protocol):
    """Builds the decoy that answers a sign-up with a taken address."""

    def __call__(self, decoy: UserFields, /) -> UserFields:
        """Returns: the decoy with what plugins would have added."""
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class PasswordHashing:
    """How passwords are hashed. Hashes of the ``others`` are verified, and replaced at the next sign-in."""

    hasher: PasswordHasher = field(default_factory=Argon2Hasher)
    """Makes new hashes. ``ScryptHasher()`` writes what a Better Auth server on Node reads."""
    others: Sequence[PasswordHasher] = field(default_factory=lambda: (ScryptHasher(), Argon2Hasher()))
    """Read old hashes."""
    max_workers: int | None = None
    """Threads that hash; by default one for every two cores, for argon2 keeps several lanes busy itself."""
    max_waiting: int = 64
    """How many hashes may wait for a thread before sign-ins are answered 503."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EmailAndPassword:
    """Sign-up and sign-in with an e-mail address and a password.

    Raises: ConfigurationError: lengths or durations contradict themselves.
    """

    enabled: bool = False
    """Needed for sign-up and sign-in."""
    disable_sign_up: bool = False
    """Nobody new; who has an account may sign in."""
    require_email_verification: bool = False
    """No session before the address is verified. Sign-up then does not tell whether an address is taken."""
    min_password_length: int = 8
    """In characters."""
    max_password_length: int = 128
    """In characters."""
    auto_sign_in: bool = True
    """Begin a session at sign-up. False also hides whether an address is taken."""
    send_reset_password: SendResetPassword | None = None
    """Delivers reset links; without it passwords cannot be reset."""
    reset_password_token_expires_in: Duration = 3600
    """How long a reset link can be used."""
    on_password_reset: OnUser | None = None
    """Awaited after a successful reset."""
    revoke_sessions_on_password_reset: bool = False
    """Sign out every device when the password is reset."""
    on_existing_user_sign_up: OnUser | None = None
    """Called when somebody signs up with a taken address and is not told so."""
    custom_synthetic_user: CustomSyntheticUser | None = None
    """Completes the decoy user."""
    on_password_changed: OnUser | None = None
    """Called after a change, a reset or a first password, such as to write to the owner."""
    password: PasswordHashing = field(default_factory=PasswordHashing)
    """Hashing."""

    def __post_init__(self) -> None:
        if not 1 <= self.min_password_length <= self.max_password_length:
            raise ConfigurationError(
                "email_and_password.min_password_length",
                f"{self.min_password_length} does not fit max_password_length={self.max_password_length}.",
                "Use 1 <= min <= max.",
            )
        if self.max_password_length > 1024:  # noqa: PLR2004
            raise ConfigurationError(
                "email_and_password.max_password_length",
                "it is over 1024.",
                "Use 1024 or less: hashing costs.",
            )
        if to_timedelta(self.reset_password_token_expires_in).total_seconds() <= 0:
            raise ConfigurationError(
                "email_and_password.reset_password_token_expires_in",
                "it is not positive.",
                "Use seconds above 0.",
            )

    @property
    def hides_existing_users(self) -> bool:
        """Returns: whether sign-up answers alike for free and taken addresses."""
        return self.require_email_verification or not self.auto_sign_in

"""Options of the second factor (two-factor sheet §1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from fastapi_betterauth.clock import Duration
from fastapi_betterauth.crypto.keeping import Encryption, Keeping, check_keeping
from fastapi_betterauth.errors import ConfigurationError
from fastapi_betterauth.storage.fields import UserFields


@dataclass(frozen=True, slots=True)
class TwoFactorCodeMail:
    """A code to be sent to a user, by mail or any other way."""

    user: UserFields
    otp: str = field(repr=False)


SendCode = Callable[[TwoFactorCodeMail], Awaitable[None]]


@dataclass(frozen=True, kw_only=True, slots=True)
class TotpOptions:
    """Codes of an authenticator app (RFC 6238)."""

    digits: Literal[6, 8] = 6
    period: int = 30
    """Seconds."""
    disable: bool = False
    allow_passwordless: bool | None = None
    """As the plugin's option of that name, by default."""

    def __post_init__(self) -> None:
        """Raises: ConfigurationError: apps know six and eight digits only."""
        if self.digits not in (6, 8) or self.period < 1:
            raise ConfigurationError("TotpOptions", "apps know 6 or 8 digits and a period in seconds.", "Use 6 and 30.")


@dataclass(frozen=True, kw_only=True, slots=True)
class OtpOptions:
    """Codes that are sent to the user."""

    send_otp: SendCode | None = None
    """Delivers a code; without it the method is not offered."""
    period: float = 3
    """Minutes."""
    digits: int = 6
    allowed_attempts: int = 5
    store_otp: Keeping = "plain"

    def __post_init__(self) -> None:
        """Raises: ConfigurationError: codes that can be guessed."""
        check_keeping("OtpOptions.store_otp", self.store_otp)
        if self.digits < 4:  # noqa: PLR2004
            raise ConfigurationError("OtpOptions.digits", "fewer than four can be guessed.", "Use 6.")


@dataclass(frozen=True, kw_only=True, slots=True)
class BackupCodeOptions:
    """Codes for the day when the phone is gone."""

    amount: int = 10
    length: int = 10
    custom_backup_codes_generate: Callable[[], Sequence[str]] | None = None
    store_backup_codes: Literal["plain", "encrypted"] | Encryption = "encrypted"
    allow_passwordless: bool | None = None
    """As the plugin's option of that name, by default."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountLockout:
    """What many failures in a row lead to, however many challenges they are spread over."""

    enabled: bool = True
    max_failed_attempts: int = 10
    duration_seconds: Duration = 900
    """Seconds, or a timedelta."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TwoFactorOptions:
    """All options of the plugin."""

    issuer: str | None = None
    """Shown by authenticator apps; the app's name by default."""
    skip_verification_on_enable: bool = False
    allow_passwordless: bool = False
    cookie_max_age: Duration = 600
    trust_device_max_age: Duration = 30 * 24 * 3600
    account_lockout: AccountLockout = field(default_factory=AccountLockout)
    totp: TotpOptions = field(default_factory=TotpOptions)
    otp: OtpOptions = field(default_factory=OtpOptions)
    backup_codes: BackupCodeOptions = field(default_factory=BackupCodeOptions)
    challenge_every_sign_in: bool = False
    """Ask for the second factor after every way of signing in, not only after passwords (SC-TFA-02)."""

    def passwordless(self, *, own: bool | None) -> bool:
        """Returns: an option that takes after the plugin's unless it is set."""
        return self.allow_passwordless if own is None else own

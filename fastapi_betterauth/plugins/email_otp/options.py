"""Options of the plugin (email-otp sheet §1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, Protocol, TypeAlias

from fastapi_betterauth.crypto.keeping import Keeping
from fastapi_betterauth.crypto.random import DIGITS, random_string

OtpType: TypeAlias = Literal["email-verification", "sign-in", "forget-password", "change-email"]
"""What a code is for; it is good for nothing else."""

ResendStrategy: TypeAlias = Literal["rotate", "reuse"]
"""Whether who asks again gets another code, or the same once more where it can still be read."""


@dataclass(frozen=True, slots=True)
class EmailOtpMail:
    """A mail with a code."""

    email: str
    otp: str = field(repr=False)
    type: OtpType


class SendVerificationOtp(Protocol):
    """Delivers a code; awaited after the response has left."""

    async def __call__(self, mail: EmailOtpMail, /) -> None:
        """Send the mail."""


GenerateOtp: TypeAlias = Callable[[str, OtpType], str | None]
"""Makes a code for an address and a purpose; None: let the plugin make one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeEmailOtp:
    """Change of address by a code sent to the new one."""

    enabled: bool = False
    verify_current_email: bool = False
    """Ask for a code sent to the current address first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EmailOtpOptions:
    """All options of the plugin."""

    send: SendVerificationOtp
    length: int
    lifetime: timedelta
    generate_otp: GenerateOtp | None
    allowed_attempts: int
    store_otp: Keeping
    resend_strategy: ResendStrategy
    disable_sign_up: bool
    change_email: ChangeEmailOtp

    def new_code(self, email: str, kind: OtpType) -> str:
        """Returns: a code, the host's own if there is one."""
        own = self.generate_otp(email, kind) if self.generate_otp is not None else None
        return own or random_string(self.length, DIGITS)

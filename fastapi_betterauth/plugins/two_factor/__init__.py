"""A second factor for those who want one: authenticator apps, sent codes, backup codes, trusted devices."""

from .client import AsyncTwoFactorCalls, TwoFactorCalls
from .options import (
    AccountLockout,
    BackupCodeOptions,
    OtpOptions,
    TotpOptions,
    TwoFactorCodeMail,
)
from .plugin import TwoFactor
from .qr import qr_code_svg

__all__ = [
    "AccountLockout",
    "AsyncTwoFactorCalls",
    "BackupCodeOptions",
    "OtpOptions",
    "TotpOptions",
    "TwoFactor",
    "TwoFactorCalls",
    "TwoFactorCodeMail",
    "qr_code_svg",
]

"""A second factor for those who want one: authenticator apps, sent codes, backup codes, trusted devices."""

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
    "BackupCodeOptions",
    "OtpOptions",
    "TotpOptions",
    "TwoFactor",
    "TwoFactorCodeMail",
    "qr_code_svg",
]

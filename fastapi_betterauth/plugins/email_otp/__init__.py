"""Codes by mail: sign-in, verification, forgotten passwords, change of address."""

from .options import ChangeEmailOtp, EmailOtpMail, GenerateOtp, OtpType, SendVerificationOtp
from .plugin import EmailOtp

__all__ = ["ChangeEmailOtp", "EmailOtp", "EmailOtpMail", "GenerateOtp", "OtpType", "SendVerificationOtp"]

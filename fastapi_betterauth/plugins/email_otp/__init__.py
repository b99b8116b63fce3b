"""Codes by mail: sign-in, verification, forgotten passwords, change of address."""

from .client import AsyncEmailOtpCalls, EmailOtpCalls
from .options import ChangeEmailOtp, EmailOtpMail, GenerateOtp, OtpType, SendVerificationOtp
from .plugin import EmailOtp

__all__ = [
    "AsyncEmailOtpCalls",
    "ChangeEmailOtp",
    "EmailOtp",
    "EmailOtpCalls",
    "EmailOtpMail",
    "GenerateOtp",
    "OtpType",
    "SendVerificationOtp",
]

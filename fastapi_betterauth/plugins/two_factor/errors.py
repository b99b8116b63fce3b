"""Codes of the second factor (two-factor sheet §10)."""

from __future__ import annotations

from fastapi_betterauth.errors import ErrorCode

OTP_NOT_CONFIGURED = ErrorCode("OTP_NOT_CONFIGURED", "OTP is not available")
OTP_HAS_EXPIRED = ErrorCode("OTP_HAS_EXPIRED", "OTP has expired")
TOTP_NOT_ENABLED = ErrorCode("TOTP_NOT_ENABLED", "TOTP not enabled")
TOTP_ALREADY_ENABLED = ErrorCode("TOTP_ALREADY_ENABLED", "TOTP is already enabled")
TOTP_NOT_CONFIGURED = ErrorCode("TOTP_NOT_CONFIGURED", "TOTP is not available")
TWO_FACTOR_NOT_ENABLED = ErrorCode("TWO_FACTOR_NOT_ENABLED", "Two factor isn't enabled")
BACKUP_CODES_NOT_ENABLED = ErrorCode("BACKUP_CODES_NOT_ENABLED", "Backup codes aren't enabled")
INVALID_BACKUP_CODE = ErrorCode("INVALID_BACKUP_CODE", "Invalid backup code")
INVALID_CODE = ErrorCode("INVALID_CODE", "Invalid code")
TOO_MANY_ATTEMPTS = ErrorCode("TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE", "Too many attempts. Please request a new code.")
ACCOUNT_LOCKED = ErrorCode(
    "ACCOUNT_TEMPORARILY_LOCKED",
    "Too many failed verification attempts. Your account is temporarily locked. Please try again later.",
)
INVALID_TWO_FACTOR_COOKIE = ErrorCode("INVALID_TWO_FACTOR_COOKIE", "Invalid two factor cookie")

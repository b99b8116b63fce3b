"""Codes of the plugin (email-otp sheet §8)."""

from __future__ import annotations

from fastapi_betterauth.errors import ErrorCode

OTP_EXPIRED = ErrorCode("OTP_EXPIRED", "OTP expired")
INVALID_OTP = ErrorCode("INVALID_OTP", "Invalid OTP")
TOO_MANY_ATTEMPTS = ErrorCode("TOO_MANY_ATTEMPTS", "Too many attempts")

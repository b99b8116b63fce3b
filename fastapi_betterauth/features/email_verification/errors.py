"""Codes of e-mail verification."""

from __future__ import annotations

from fastapi_betterauth.errors import ErrorCode

VERIFICATION_EMAIL_NOT_ENABLED = ErrorCode("VERIFICATION_EMAIL_NOT_ENABLED", "Verification email isn't enabled")
EMAIL_ALREADY_VERIFIED = ErrorCode("EMAIL_ALREADY_VERIFIED", "Email is already verified")
EMAIL_MISMATCH = ErrorCode("EMAIL_MISMATCH", "Email mismatch")

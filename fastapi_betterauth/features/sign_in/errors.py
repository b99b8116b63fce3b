"""Codes of sign-in."""

from __future__ import annotations

from fastapi_betterauth.errors import ErrorCode

EMAIL_PASSWORD_DISABLED = ErrorCode("EMAIL_PASSWORD_DISABLED", "Email and password is not enabled")
INVALID_EMAIL_OR_PASSWORD = ErrorCode("INVALID_EMAIL_OR_PASSWORD", "Invalid email or password")

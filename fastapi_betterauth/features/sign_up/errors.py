"""Codes of sign-up."""

from __future__ import annotations

from fastapi_betterauth.errors import ErrorCode

EMAIL_PASSWORD_SIGN_UP_DISABLED = ErrorCode(
    "EMAIL_PASSWORD_SIGN_UP_DISABLED", "Email and password sign up is not enabled"
)
USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL = ErrorCode(
    "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL", "User already exists. Use another email."
)

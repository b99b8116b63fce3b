"""Codes of the password endpoints."""

from __future__ import annotations

from fastapi_betterauth.errors import ErrorCode

RESET_PASSWORD_DISABLED = ErrorCode("RESET_PASSWORD_DISABLED", "Reset password isn't enabled")
PASSWORD_ALREADY_SET = ErrorCode("PASSWORD_ALREADY_SET", "User already has a password set")

"""Codes of changing one's address."""

from __future__ import annotations

from fastapi_betterauth.errors import ErrorCode

CHANGE_EMAIL_DISABLED = ErrorCode("CHANGE_EMAIL_DISABLED", "Change email is disabled")

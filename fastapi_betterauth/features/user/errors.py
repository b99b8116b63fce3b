"""Codes of the user endpoints."""

from __future__ import annotations

from fastapi_betterauth.errors import ErrorCode

EMAIL_CAN_NOT_BE_UPDATED = ErrorCode("EMAIL_CAN_NOT_BE_UPDATED", "Email can not be updated")

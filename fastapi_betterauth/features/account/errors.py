"""Codes of the account endpoints."""

from __future__ import annotations

from fastapi_betterauth.errors import ErrorCode

FAILED_TO_UNLINK_LAST_ACCOUNT = ErrorCode("FAILED_TO_UNLINK_LAST_ACCOUNT", "You can't unlink your last account")

"""Codes of the session endpoints."""

from __future__ import annotations

from fastapi_betterauth.errors import ErrorCode

METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED = ErrorCode(
    "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED",
    "POST method requires deferSessionRefresh to be enabled in session config",
)

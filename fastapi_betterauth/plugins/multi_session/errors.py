"""Code of the plugin (multi-session sheet §6)."""

from __future__ import annotations

from fastapi_betterauth.errors import ErrorCode

INVALID_SESSION_TOKEN = ErrorCode("INVALID_SESSION_TOKEN", "Invalid session token")

"""Codes of the plugin (generic-oauth sheet §8)."""

from __future__ import annotations

from fastapi_betterauth.errors import ErrorCode

INVALID_OAUTH_CONFIGURATION = ErrorCode("INVALID_OAUTH_CONFIGURATION", "Invalid OAuth configuration")
TOKEN_URL_NOT_FOUND = ErrorCode("TOKEN_URL_NOT_FOUND", "Invalid OAuth configuration. Token URL not found.")

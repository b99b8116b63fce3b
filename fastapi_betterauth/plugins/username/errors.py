"""Codes of the plugin (username sheet §7)."""

from __future__ import annotations

from fastapi_betterauth.errors import ErrorCode

INVALID_USERNAME_OR_PASSWORD = ErrorCode("INVALID_USERNAME_OR_PASSWORD", "Invalid username or password")
USERNAME_IS_ALREADY_TAKEN = ErrorCode("USERNAME_IS_ALREADY_TAKEN", "Username is already taken. Please try another.")
USERNAME_TOO_SHORT = ErrorCode("USERNAME_TOO_SHORT", "Username is too short")
USERNAME_TOO_LONG = ErrorCode("USERNAME_TOO_LONG", "Username is too long")
INVALID_USERNAME = ErrorCode("INVALID_USERNAME", "Username is invalid")
INVALID_DISPLAY_USERNAME = ErrorCode("INVALID_DISPLAY_USERNAME", "Display username is invalid")
USERNAME_IS_IMMUTABLE = ErrorCode("USERNAME_IS_IMMUTABLE", "Username cannot be updated")

"""Codes of the plugin (anonymous sheet §8)."""

from __future__ import annotations

from fastapi_betterauth.errors import ErrorCode

INVALID_EMAIL_FORMAT = ErrorCode("INVALID_EMAIL_FORMAT", "Email was not generated in a valid format")
COULD_NOT_CREATE_SESSION = ErrorCode("COULD_NOT_CREATE_SESSION", "Could not create session")
ALREADY_ANONYMOUS = ErrorCode(
    "ANONYMOUS_USERS_CANNOT_SIGN_IN_AGAIN_ANONYMOUSLY", "Anonymous users cannot sign in again anonymously"
)
FAILED_TO_DELETE_USER = ErrorCode("FAILED_TO_DELETE_ANONYMOUS_USER", "Failed to delete anonymous user")
FAILED_TO_DELETE_SESSIONS = ErrorCode(
    "FAILED_TO_DELETE_ANONYMOUS_USER_SESSIONS", "Failed to delete anonymous user sessions"
)
USER_IS_NOT_ANONYMOUS = ErrorCode("USER_IS_NOT_ANONYMOUS", "User is not anonymous")
DELETION_DISABLED = ErrorCode("DELETE_ANONYMOUS_USER_DISABLED", "Deleting anonymous users is disabled")

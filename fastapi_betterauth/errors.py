"""Everything that can go wrong, and the codes it goes by on the wire.

    ConfigurationError            the host's set-up is wrong; raised at construction or start-up
    APIError                      an answer to the caller: status, code, message
    StorageError
      UniqueViolation             another row already holds this value
      ValueTooLong                a value does not fit its column
      TransientConflict           deadlock, lock time-out, serialization failure: worth trying again
      StorageUnavailable          what keeps our data does not answer
        DatabaseUnavailable       the database
        SecondaryStorageUnavailable   Redis, or whatever stands beside it

Each slice declares its own codes in its ``errors.py``; here stand those that belong to no slice.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus


class ConfigurationError(ValueError):
    """The set-up is wrong: says which option, what is wrong with it and what to do."""

    def __init__(self, option: str, problem: str, remedy: str) -> None:
        super().__init__(f"{option}: {problem} {remedy}")
        self.option = option
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """A code clients switch on, with the text people read when nothing better is known."""

    code: str
    message: str
    in_redirects: str | None = None
    """What the error page of a browser flow is told instead of the code."""


class APIError(Exception):
    """An answer other than success.

    Args:
        status: the HTTP status.
        code: what went wrong, or None for a bare status.
        message: replaces the code's own text.
        headers: extra response headers, such as ``X-Retry-After``.

    Without code and message the response has an empty body.
    """

    def __init__(
        self,
        status: int,
        code: ErrorCode | None = None,
        *,
        message: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.status = status
        self.code = code.code if code else None
        self.code_in_redirects = (code.in_redirects or code.code) if code else None
        self.message = message if message is not None else (code.message if code else None)
        self.headers = headers
        super().__init__(f"{status} {self.code or HTTPStatus(status).name}: {self.message or ''}".rstrip(": "))

    def body(self) -> dict[str, str] | None:
        """Returns: the JSON of the answer, or None when it has no body."""
        if self.message is None:
            return None
        return {"message": self.message} if self.code is None else {"message": self.message, "code": self.code}


class RedirectTo(Exception):
    """Ends the request with a 302 to a target that has already been checked."""

    def __init__(self, location: str) -> None:
        super().__init__("302")
        self.location = location


class StorageError(Exception):
    """The database refused or failed; its message never holds values."""


class UniqueViolation(StorageError):
    """Another row already holds a value that must be unique."""


class ValueTooLong(StorageError):
    """A value is longer than its column, which must not be cut."""


class TransientConflict(StorageError):
    """Two transactions stood in each other's way; trying the whole unit again may succeed."""


class StorageUnavailable(StorageError):
    """What keeps our data does not answer: 503, until it does."""


class DatabaseUnavailable(StorageUnavailable):
    """The database does not answer, or broke the connection."""


class SecondaryStorageUnavailable(StorageUnavailable):
    """The secondary storage does not answer in time."""


UNAUTHORIZED = ErrorCode("UNAUTHORIZED", "Unauthorized")
NOT_FOUND = ErrorCode("NOT_FOUND", "Not found")
BAD_REQUEST = ErrorCode("BAD_REQUEST", "Invalid JSON in request body")
VALIDATION_ERROR = ErrorCode("VALIDATION_ERROR", "Validation Error")
UNSUPPORTED_MEDIA_TYPE = ErrorCode("UNSUPPORTED_MEDIA_TYPE", "Unsupported media type")
PAYLOAD_TOO_LARGE = ErrorCode("PAYLOAD_TOO_LARGE", "The request body is too large")
INTERNAL_SERVER_ERROR = ErrorCode("INTERNAL_SERVER_ERROR", "Internal Server Error")
TOO_MANY_REQUESTS = ErrorCode("TOO_MANY_REQUESTS", "Too many requests. Please try again later.")
SERVICE_UNAVAILABLE = ErrorCode("SERVICE_UNAVAILABLE", "The service is not available right now. Try again shortly.")
UNKNOWN_HOST = ErrorCode("UNKNOWN_HOST", "This host is not served here")

INVALID_ORIGIN = ErrorCode("INVALID_ORIGIN", "Invalid origin")
MISSING_OR_NULL_ORIGIN = ErrorCode("MISSING_OR_NULL_ORIGIN", "Missing or null Origin")
CROSS_SITE_NAVIGATION_LOGIN_BLOCKED = ErrorCode(
    "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED",
    "Cross-site navigation login blocked. This request appears to be a CSRF attack.",
)
INVALID_CALLBACK_URL = ErrorCode("INVALID_CALLBACK_URL", "Invalid callbackURL")
INVALID_REDIRECT_URL = ErrorCode("INVALID_REDIRECT_URL", "Invalid redirectURL")
INVALID_ERROR_CALLBACK_URL = ErrorCode("INVALID_ERROR_CALLBACK_URL", "Invalid errorCallbackURL")
INVALID_NEW_USER_CALLBACK_URL = ErrorCode("INVALID_NEW_USER_CALLBACK_URL", "Invalid newUserCallbackURL")

SESSION_NOT_FRESH = ErrorCode("SESSION_NOT_FRESH", "Session is not fresh")
SESSION_EXPIRED = ErrorCode("SESSION_EXPIRED", "Session expired. Re-authenticate to perform this action.")
FAILED_TO_GET_SESSION = ErrorCode("FAILED_TO_GET_SESSION", "Failed to get session")
FORBIDDEN = ErrorCode("FORBIDDEN", "Forbidden")
FAILED_TO_CREATE_SESSION = ErrorCode("FAILED_TO_CREATE_SESSION", "Failed to create session")
EMAIL_NOT_VERIFIED = ErrorCode("EMAIL_NOT_VERIFIED", "Email not verified")

FIELD_NOT_ALLOWED = ErrorCode("FIELD_NOT_ALLOWED", "Field not allowed to be set")
MISSING_FIELD = ErrorCode("MISSING_FIELD", "Field is required")
BODY_MUST_BE_AN_OBJECT = ErrorCode("BODY_MUST_BE_AN_OBJECT", "Body must be an object")
ASYNC_VALIDATION_NOT_SUPPORTED = ErrorCode("ASYNC_VALIDATION_NOT_SUPPORTED", "Async validation is not supported")

USER_NOT_FOUND = ErrorCode("USER_NOT_FOUND", "User not found")
FAILED_TO_CREATE_USER = ErrorCode("FAILED_TO_CREATE_USER", "Failed to create user")
FAILED_TO_UPDATE_USER = ErrorCode("FAILED_TO_UPDATE_USER", "Failed to update user")
FAILED_TO_GET_USER_INFO = ErrorCode("FAILED_TO_GET_USER_INFO", "Failed to get user info")
INVALID_EMAIL = ErrorCode("INVALID_EMAIL", "Invalid email")
INVALID_USER = ErrorCode("INVALID_USER", "Invalid user")
INVALID_TOKEN = ErrorCode("INVALID_TOKEN", "Invalid token")
TOKEN_EXPIRED = ErrorCode("TOKEN_EXPIRED", "Token expired")
INVALID_PASSWORD = ErrorCode("INVALID_PASSWORD", "Invalid password")
PASSWORD_TOO_SHORT = ErrorCode("PASSWORD_TOO_SHORT", "Password too short")
PASSWORD_TOO_LONG = ErrorCode("PASSWORD_TOO_LONG", "Password too long")
CREDENTIAL_ACCOUNT_NOT_FOUND = ErrorCode("CREDENTIAL_ACCOUNT_NOT_FOUND", "Credential account not found")
ACCOUNT_NOT_FOUND = ErrorCode("ACCOUNT_NOT_FOUND", "Account not found")
PROVIDER_NOT_FOUND = ErrorCode("PROVIDER_NOT_FOUND", "Provider not found")

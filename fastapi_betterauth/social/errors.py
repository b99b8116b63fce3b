"""Codes of social sign-in, in JSON answers and in redirects (OAuth sheet §2, §4, §5)."""

from __future__ import annotations

from enum import StrEnum

from fastapi_betterauth.errors import ErrorCode

ID_TOKEN_NOT_SUPPORTED = ErrorCode("ID_TOKEN_NOT_SUPPORTED", "id_token not supported")
FAILED_TO_GET_USER_INFO = ErrorCode("FAILED_TO_GET_USER_INFO", "Failed to get user info")
USER_EMAIL_NOT_FOUND = ErrorCode("USER_EMAIL_NOT_FOUND", "User email not found")
OAUTH_LINK_ERROR = ErrorCode("OAUTH_LINK_ERROR", "account not linked")
CALLBACK_URL_REQUIRED = ErrorCode("CALLBACK_URL_REQUIRED", "callbackURL is required")
LINKING_NOT_ALLOWED = ErrorCode("LINKING_NOT_ALLOWED", "Account not linked - linking not allowed")
LINKING_DIFFERENT_EMAILS_NOT_ALLOWED = ErrorCode(
    "LINKING_DIFFERENT_EMAILS_NOT_ALLOWED", "Account not linked - different emails not allowed"
)
SOCIAL_ACCOUNT_ALREADY_LINKED = ErrorCode("SOCIAL_ACCOUNT_ALREADY_LINKED", "Social account already linked")
LINKING_FAILED = ErrorCode("LINKING_FAILED", "Account not linked - unable to create account")
PROVIDER_NOT_SUPPORTED = ErrorCode("PROVIDER_NOT_SUPPORTED", "Provider is not supported.")
PROVIDER_NOT_CONFIGURED = ErrorCode(
    "PROVIDER_NOT_CONFIGURED", "Account is not associated with a configured social provider."
)
FAILED_TO_GET_ACCESS_TOKEN = ErrorCode("FAILED_TO_GET_ACCESS_TOKEN", "Failed to get a valid access token")
USER_ID_OR_SESSION_REQUIRED = ErrorCode("USER_ID_OR_SESSION_REQUIRED", "Either userId or session is required")
TOKEN_REFRESH_NOT_SUPPORTED = ErrorCode("TOKEN_REFRESH_NOT_SUPPORTED", "Provider does not support token refreshing.")
REFRESH_TOKEN_NOT_FOUND = ErrorCode("REFRESH_TOKEN_NOT_FOUND", "Refresh token not found")
FAILED_TO_REFRESH_ACCESS_TOKEN = ErrorCode("FAILED_TO_REFRESH_ACCESS_TOKEN", "Failed to refresh access token")
ACCESS_TOKEN_NOT_FOUND = ErrorCode("ACCESS_TOKEN_NOT_FOUND", "Access token not found")


class CallbackError(StrEnum):
    """What the error page of a flow is told."""

    INVALID_CALLBACK_REQUEST = "invalid_callback_request"
    STATE_NOT_FOUND = "state_not_found"
    STATE_MISMATCH = "state_mismatch"
    STATE_INVALID = "state_invalid"
    NO_CODE = "no_code"
    PROVIDER_NOT_FOUND = "oauth_provider_not_found"
    ISSUER_MISSING = "issuer_missing"
    ISSUER_MISMATCH = "issuer_mismatch"
    NONCE_BINDING_MISSING = "nonce_binding_missing"
    INVALID_CODE = "invalid_code"
    UNABLE_TO_GET_USER_INFO = "unable_to_get_user_info"
    NO_CALLBACK_URL = "no_callback_url"
    EMAIL_NOT_FOUND = "email_not_found"
    UNABLE_TO_LINK_ACCOUNT = "unable_to_link_account"
    EMAIL_DOES_NOT_MATCH = "email_does_not_match"
    LINKED_TO_SOMEBODY_ELSE = "account_already_linked_to_different_user"


class Refused(StrEnum):
    """Why a person whom a provider vouches for is not signed in."""

    ACCOUNT_NOT_LINKED = "account not linked"
    UNABLE_TO_LINK_ACCOUNT = "unable to link account"
    UNABLE_TO_UPDATE_ACCOUNT = "unable to update account"
    SIGN_UP_DISABLED = "signup disabled"
    UNABLE_TO_CREATE_USER = "unable to create user"
    UNABLE_TO_CREATE_SESSION = "unable to create session"
    EMAIL_NOT_VERIFIED = "email_not_verified"


class SignInRefused(Exception):
    """A person is not signed in, although the provider knows them."""

    def __init__(self, reason: Refused) -> None:
        super().__init__(reason.value)
        self.reason = reason

"""Codes of the admin endpoints (admin sheet §9)."""

from __future__ import annotations

from fastapi_betterauth.errors import ErrorCode

BANNED_USER = ErrorCode("BANNED_USER", "You have been banned from this application", in_redirects="banned")
USER_ALREADY_EXISTS = ErrorCode("USER_ALREADY_EXISTS", "User already exists.")
YOU_CANNOT_BAN_YOURSELF = ErrorCode("YOU_CANNOT_BAN_YOURSELF", "You cannot ban yourself")
YOU_CANNOT_REMOVE_YOURSELF = ErrorCode("YOU_CANNOT_REMOVE_YOURSELF", "You cannot remove yourself")
YOU_CANNOT_IMPERSONATE_ADMINS = ErrorCode("YOU_CANNOT_IMPERSONATE_ADMINS", "You cannot impersonate admins")
IMPERSONATED_SESSION = ErrorCode("IMPERSONATED_SESSION", "Not possible while impersonating somebody")
INVALID_ROLE_TYPE = ErrorCode("INVALID_ROLE_TYPE", "Invalid role type")
NO_DATA_TO_UPDATE = ErrorCode("NO_DATA_TO_UPDATE", "No data to update")
NON_EXISTENT_ROLE = ErrorCode(
    "YOU_ARE_NOT_ALLOWED_TO_SET_NON_EXISTENT_VALUE", "You are not allowed to set a non-existent role value"
)
PASSWORD_ELSEWHERE = ErrorCode(
    "PASSWORD_CANNOT_BE_UPDATED_VIA_UPDATE_USER",
    "Password cannot be updated through update-user. Use the set-user-password endpoint instead",
)


def _not_allowed(code: str, message: str) -> ErrorCode:
    return ErrorCode(f"YOU_ARE_NOT_ALLOWED_TO_{code}", f"You are not allowed to {message}")


MAY_NOT_CHANGE_ROLE = _not_allowed("CHANGE_USERS_ROLE", "change users role")
MAY_NOT_CREATE_USERS = _not_allowed("CREATE_USERS", "create users")
MAY_NOT_LIST_USERS = _not_allowed("LIST_USERS", "list users")
MAY_NOT_LIST_SESSIONS = _not_allowed("LIST_USERS_SESSIONS", "list users sessions")
MAY_NOT_BAN = _not_allowed("BAN_USERS", "ban users")
MAY_NOT_IMPERSONATE = _not_allowed("IMPERSONATE_USERS", "impersonate users")
MAY_NOT_REVOKE = _not_allowed("REVOKE_USERS_SESSIONS", "revoke users sessions")
MAY_NOT_DELETE = _not_allowed("DELETE_USERS", "delete users")
MAY_NOT_SET_PASSWORD = _not_allowed("SET_USERS_PASSWORD", "set users password")
MAY_NOT_GET = _not_allowed("GET_USER", "get user")
MAY_NOT_UPDATE = _not_allowed("UPDATE_USERS", "update users")
MAY_NOT_SET_EMAIL = _not_allowed("SET_USERS_EMAIL", "update users email")

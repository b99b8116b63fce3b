"""User management by privileged users: roles, bans, impersonation."""

from fastapi_betterauth.access_control import AccessControl, Role, create_access_control, role

from .client import AdminCalls, AsyncAdminCalls
from .permissions import ADMIN_ROLE, DEFAULT_STATEMENTS, USER_ROLE
from .plugin import Admin

__all__ = [
    "ADMIN_ROLE",
    "DEFAULT_STATEMENTS",
    "USER_ROLE",
    "AccessControl",
    "Admin",
    "AdminCalls",
    "AsyncAdminCalls",
    "Role",
    "create_access_control",
    "role",
]

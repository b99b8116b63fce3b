"""Who may do what: roles in a column of the user, evaluated by the host's role map (admin sheet §3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi_betterauth.access_control import PermissionRequest, Role, any_role_authorizes, split_roles
from fastapi_betterauth.storage.fields import UserFields

DEFAULT_STATEMENTS: Final[Mapping[str, Sequence[str]]] = {
    "user": (
        "create",
        "list",
        "set-role",
        "ban",
        "impersonate",
        "impersonate-admins",
        "delete",
        "set-password",
        "set-email",
        "get",
        "update",
    ),
    "session": ("list", "revoke", "delete"),
}
"""Everything that the admin endpoints ask for."""

ADMIN_ROLE: Final = Role(
    {
        "user": tuple(action for action in DEFAULT_STATEMENTS["user"] if action != "impersonate-admins"),
        "session": DEFAULT_STATEMENTS["session"],
    }
)
"""Everything but impersonating other admins."""

USER_ROLE: Final = Role({"user": (), "session": ()})
"""Nothing."""

DEFAULT_ROLES: Final[Mapping[str, Role]] = {"admin": ADMIN_ROLE, "user": USER_ROLE}


def role_of(user: UserFields) -> str | None:
    """Returns: the role column as it is stored."""
    stored: object = getattr(user, "role", None)
    return stored if isinstance(stored, str) and stored else None


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionModel:
    """Evaluates roles; implements ``UserPermissions``."""

    roles: Mapping[str, Role]
    default_role: str
    admin_roles: tuple[str, ...]
    admin_user_ids: frozenset[str]
    roles_are_given: bool
    """The host has configured ``roles``: only these names may be stored."""

    def roles_of(self, user: UserFields) -> Sequence[str]:
        """Returns: the names of a user's roles; who has none has the default one."""
        return split_roles(role_of(user) or self.default_role or "user")

    def allows(self, user: UserFields, request: PermissionRequest) -> bool:
        """Returns: whether a user may do all of this: by id, or by a single one of their roles."""
        return self.permits(user_id=user.id, role=role_of(user), request=request)

    def permits(self, *, user_id: str | None, role: str | None, request: PermissionRequest) -> bool:
        """Returns: the same for a role, or an id, without a user."""
        if user_id is not None and user_id in self.admin_user_ids:
            return True
        return any_role_authorizes(self.roles, split_roles(role or self.default_role or "user"), request)

    def is_admin(self, user: UserFields) -> bool:
        """Returns: whether impersonating this user needs ``user:impersonate-admins`` (§6.2)."""
        return user.id in self.admin_user_ids or any(name in self.admin_roles for name in self.roles_of(user))

    def unknown(self, names: Sequence[str]) -> list[str]:
        """Returns: the names that may not be stored."""
        return [name for name in names if name not in self.roles] if self.roles_are_given else []

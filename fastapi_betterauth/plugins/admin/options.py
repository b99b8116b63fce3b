"""Options of the plugin (admin sheet §1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from fastapi_betterauth.access_control import Role
from fastapi_betterauth.clock import Duration, to_timedelta
from fastapi_betterauth.errors import ConfigurationError

from .permissions import DEFAULT_ROLES, PermissionModel

BANNED_MESSAGE = "You have been banned from this application. Please contact support if you believe this is an error."


@dataclass(frozen=True, kw_only=True, slots=True)
class AdminOptions:
    """Who may manage users, and how."""

    default_role: str = "user"
    """Of new users, and of rows without one."""
    admin_roles: str | Sequence[str] = ("admin",)
    """Whose bearers may be impersonated only with ``user:impersonate-admins``; grants nothing by itself."""
    roles: Mapping[str, Role] | None = None
    """What each role grants; replaces the built-in ``admin`` and ``user``."""
    admin_user_ids: Sequence[str] = ()
    """Users who may do everything."""
    default_ban_reason: str | None = None
    default_ban_expires_in: Duration | None = None
    """Seconds, or a timedelta; for ever by default."""
    impersonation_session_duration: Duration = 3600
    """Seconds, or a timedelta."""
    banned_user_message: str = BANNED_MESSAGE
    allow_impersonating_admins: bool = False
    """Do without ``user:impersonate-admins``; better, grant it to a role."""
    default_ban_seconds: float = field(init=False, repr=False)
    impersonation: timedelta = field(init=False, repr=False)
    permissions: PermissionModel = field(init=False, repr=False)
    """Answers permission questions."""

    def __post_init__(self) -> None:
        """Check the options. Raises: ConfigurationError: a role that nobody defined."""
        ban = to_timedelta(self.default_ban_expires_in or 0)
        object.__setattr__(self, "default_ban_seconds", ban.total_seconds())
        object.__setattr__(self, "impersonation", to_timedelta(self.impersonation_session_duration or 3600))
        known = {name.lower() for name in self.roles or DEFAULT_ROLES}
        unknown = [name for name in self._admin_names() if name.lower() not in known]
        if unknown and self.admin_roles != ("admin",):
            raise ConfigurationError(
                "Admin.admin_roles", f"{', '.join(unknown)}: no such role.", "Define it in roles, or leave it out."
            )

        object.__setattr__(self, "permissions", self._model())

    def _model(self) -> PermissionModel:
        return PermissionModel(
            roles=self.roles or DEFAULT_ROLES,
            default_role=self.default_role,
            admin_roles=tuple(self._admin_names()),
            admin_user_ids=frozenset(self.admin_user_ids),
            roles_are_given=self.roles is not None,
        )

    def _admin_names(self) -> list[str]:
        names = self.admin_roles.split(",") if isinstance(self.admin_roles, str) else self.admin_roles
        return [name.strip() for name in names]

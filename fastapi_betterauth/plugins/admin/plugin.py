"""The admin plugin: users managed by privileged users (admin sheet)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from fastapi_betterauth.access_control import Role
from fastapi_betterauth.clock import Duration
from fastapi_betterauth.pipeline.hooks import Hooks
from fastapi_betterauth.plugin import Api, Plugin
from fastapi_betterauth.storage.fields import SessionFields, UserFields
from fastapi_betterauth.storage.hooks import Caller, Changes, DatabaseHooks, TableHooks

from .bans import ban_user, refuse_banned, unban_user
from .check import user_has_permission
from .client import AdminServerCalls
from .columns import AdminSessionFields, AdminUserFields, impersonator_of, managed
from .impersonation import CLOSED_TO_IMPERSONATORS, impersonate_user, stop_impersonating
from .options import BANNED_MESSAGE, AdminOptions
from .sessions import HIDE_IMPERSONATIONS, list_user_sessions, revoke_user_session, revoke_user_sessions
from .users import (
    admin_update_user,
    create_user,
    get_user,
    list_users,
    remove_user,
    set_role,
    set_user_password,
)


class Admin(Plugin):
    """Roles, bans, and the management of users.

    Args:
        default_role: of new users, and of rows without one.
        admin_roles: whose bearers may be impersonated only with ``user:impersonate-admins``; grants nothing.
        roles: what each role grants; replaces the built-in ``admin`` and ``user``.
        admin_user_ids: users who may do everything.
        default_ban_reason: where none is given.
        default_ban_expires_in: seconds, or a timedelta; for ever by default.
        impersonation_session_duration: seconds, or a timedelta.
        banned_user_message: what who is banned reads.
        allow_impersonating_admins: do without ``user:impersonate-admins``; better, grant it to a role.

    Raises: ConfigurationError: ``admin_roles`` names a role that nobody defined.
    """

    id: ClassVar[str] = "admin"
    user_fields = AdminUserFields
    session_fields = AdminSessionFields
    operations = (
        set_role,
        get_user,
        create_user,
        admin_update_user,
        list_users,
        list_user_sessions,
        unban_user,
        ban_user,
        impersonate_user,
        stop_impersonating,
        revoke_user_session,
        revoke_user_sessions,
        remove_user,
        set_user_password,
        user_has_permission,
    )
    api = Api(AdminServerCalls)
    hooks = Hooks(before=[CLOSED_TO_IMPERSONATORS], after=[HIDE_IMPERSONATIONS])
    session_checks = (refuse_banned,)

    def __init__(  # noqa: PLR0913 - options, documented above
        self,
        *,
        default_role: str = "user",
        admin_roles: str | Sequence[str] = ("admin",),
        roles: Mapping[str, Role] | None = None,
        admin_user_ids: Sequence[str] = (),
        default_ban_reason: str | None = None,
        default_ban_expires_in: Duration | None = None,
        impersonation_session_duration: Duration = 3600,
        banned_user_message: str = BANNED_MESSAGE,
        allow_impersonating_admins: bool = False,
    ) -> None:
        self._options = AdminOptions(
            default_role=default_role,
            admin_roles=admin_roles,
            roles=roles,
            admin_user_ids=admin_user_ids,
            default_ban_reason=default_ban_reason,
            default_ban_expires_in=default_ban_expires_in,
            impersonation_session_duration=impersonation_session_duration,
            banned_user_message=banned_user_message,
            allow_impersonating_admins=allow_impersonating_admins,
        )
        self.permissions = self._options.permissions
        self.database_hooks = DatabaseHooks(user=TableHooks(before_create=self._with_role))

    @property
    def options(self) -> AdminOptions:
        """Returns: the options."""
        return self._options

    def may_renew(self, session: SessionFields) -> bool:
        """Returns: False for impersonations: their hour is all they get (§6.9)."""
        return impersonator_of(session) is None

    async def _with_role(self, row: UserFields, _caller: Caller | None) -> Changes | None:
        return {"role": self._options.default_role} if managed(row).role is None else None

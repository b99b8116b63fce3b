"""The plugin's endpoints for Python clients, blocking and asynchronous, and for the server itself.

Generated from the operations by ``make fix``.
"""

from __future__ import annotations

from typing import Any, Literal

from fastapi_betterauth.client.slices import AsyncSlice, Slice
from fastapi_betterauth.client.transport import body_of, query_from
from fastapi_betterauth.in_process import ServerSlice
from fastapi_betterauth.pipeline.schemas import SessionAndUser, SessionOut, UserOut
from fastapi_betterauth.pipeline.wire import StatusAnswer
from fastapi_betterauth.plugins.admin.schemas import (
    BanUser,
    CreateUser,
    Done,
    GetUserQuery,
    HasPermission,
    ListUsersQuery,
    PermissionAnswer,
    RevokeUserSession,
    SessionList,
    SetRole,
    SetUserPassword,
    UpdateUser,
    UserAnswer,
    UserIdBody,
    UserList,
)


class AsyncAdminCalls(AsyncSlice):
    """Its endpoints."""

    async def set_role(self, *, user_id: str, role: str | list[str]) -> UserAnswer[UserOut]:
        """Give a user a role, or several."""
        return await self._post(
            "/admin/set-role", UserAnswer[UserOut], body_of(SetRole.model_construct(user_id=user_id, role=role))
        )

    async def get_user(self, *, id: str) -> UserOut:
        """Show a user."""
        found: UserOut = await self._get("/admin/get-user", UserOut, query_from(GetUserQuery.model_construct(id=id)))
        return found

    async def create_user(
        self,
        *,
        email: str,
        name: str,
        password: str | None = None,
        role: str | list[str] | None = None,
        data: dict[str, Any] | None = None,
    ) -> UserAnswer[UserOut]:
        """Make a user, with a password or without; nobody is signed in, no mail is sent."""
        return await self._post(
            "/admin/create-user",
            UserAnswer[UserOut],
            body_of(CreateUser.model_construct(email=email, name=name, password=password, role=role, data=data)),
        )

    async def admin_update_user(self, *, user_id: str, data: dict[str, Any]) -> UserOut:
        """Change any column of a user; who is banned by it loses all sessions."""
        return await self._post(
            "/admin/update-user", UserOut, body_of(UpdateUser.model_construct(user_id=user_id, data=data))
        )

    async def list_users(
        self,
        *,
        search_value: str | None = None,
        search_field: Literal["email", "name"] | None = None,
        search_operator: Literal["contains", "starts_with", "ends_with"] | None = None,
        limit: str | int | None = None,
        offset: str | int | None = None,
        sort_by: str | None = None,
        sort_direction: Literal["asc", "desc"] | None = None,
        filter_field: str | None = None,
        filter_value: str | list[str] | None = None,
        filter_operator: Literal[
            "eq", "ne", "lt", "lte", "gt", "gte", "in", "not_in", "contains", "starts_with", "ends_with"
        ]
        | None = None,
    ) -> UserList[UserOut]:
        """Search, filter, sort and page the users."""
        found: UserList[UserOut] = await self._get(
            "/admin/list-users",
            UserList[UserOut],
            query_from(
                ListUsersQuery.model_construct(
                    search_value=search_value,
                    search_field=search_field,
                    search_operator=search_operator,
                    limit=limit,
                    offset=offset,
                    sort_by=sort_by,
                    sort_direction=sort_direction,
                    filter_field=filter_field,
                    filter_value=filter_value,
                    filter_operator=filter_operator,
                )
            ),
        )
        return found

    async def list_user_sessions(self, *, user_id: str) -> SessionList[SessionOut]:
        """List a user's sessions, those of impersonating admins included."""
        return await self._post(
            "/admin/list-user-sessions", SessionList[SessionOut], body_of(UserIdBody.model_construct(user_id=user_id))
        )

    async def unban_user(self, *, user_id: str) -> UserAnswer[UserOut]:
        """Lift a ban."""
        return await self._post(
            "/admin/unban-user", UserAnswer[UserOut], body_of(UserIdBody.model_construct(user_id=user_id))
        )

    async def ban_user(
        self, *, user_id: str, ban_reason: str | None = None, ban_expires_in: float | None = None
    ) -> UserAnswer[UserOut]:
        """Ban a user: all their sessions end, and none begins until the ban is lifted."""
        return await self._post(
            "/admin/ban-user",
            UserAnswer[UserOut],
            body_of(BanUser.model_construct(user_id=user_id, ban_reason=ban_reason, ban_expires_in=ban_expires_in)),
        )

    async def impersonate_user(self, *, user_id: str) -> SessionAndUser[SessionOut, UserOut]:
        """Become somebody else in this browser; the admin's own session waits in a cookie."""
        return await self._post(
            "/admin/impersonate-user",
            SessionAndUser[SessionOut, UserOut],
            body_of(UserIdBody.model_construct(user_id=user_id)),
        )

    async def stop_impersonating(self) -> SessionAndUser[SessionOut, UserOut]:
        """Go back to the admin's own session."""
        return await self._post("/admin/stop-impersonating", SessionAndUser[SessionOut, UserOut], {})

    async def revoke_user_session(self, *, session_token: str) -> Done:
        """End a session, whosever it is; an unknown token is not told apart."""
        return await self._post(
            "/admin/revoke-user-session", Done, body_of(RevokeUserSession.model_construct(session_token=session_token))
        )

    async def revoke_user_sessions(self, *, user_id: str) -> Done:
        """End all sessions of a user."""
        return await self._post(
            "/admin/revoke-user-sessions", Done, body_of(UserIdBody.model_construct(user_id=user_id))
        )

    async def remove_user(self, *, user_id: str) -> Done:
        """Delete a user and all that is theirs."""
        return await self._post("/admin/remove-user", Done, body_of(UserIdBody.model_construct(user_id=user_id)))

    async def set_user_password(self, *, new_password: str, user_id: str) -> StatusAnswer:
        """Set somebody's password; their sessions live on."""
        return await self._post(
            "/admin/set-user-password",
            StatusAnswer,
            body_of(SetUserPassword.model_construct(new_password=new_password, user_id=user_id)),
        )

    async def user_has_permission(
        self,
        *,
        permissions: dict[str, list[str]] | None = None,
        permission: dict[str, list[str]] | None = None,
        user_id: str | None = None,
        role: str | None = None,
    ) -> PermissionAnswer:
        """Tell whether the caller may do all of this; the server itself may ask about a role or a user."""
        return await self._post(
            "/admin/has-permission",
            PermissionAnswer,
            body_of(
                HasPermission.model_construct(
                    permissions=permissions, permission=permission, user_id=user_id, role=role
                )
            ),
        )


class AdminCalls(Slice):
    """Its endpoints, for blocking code."""

    def set_role(self, *, user_id: str, role: str | list[str]) -> UserAnswer[UserOut]:
        """Give a user a role, or several."""
        return self._post(
            "/admin/set-role", UserAnswer[UserOut], body_of(SetRole.model_construct(user_id=user_id, role=role))
        )

    def get_user(self, *, id: str) -> UserOut:
        """Show a user."""
        found: UserOut = self._get("/admin/get-user", UserOut, query_from(GetUserQuery.model_construct(id=id)))
        return found

    def create_user(
        self,
        *,
        email: str,
        name: str,
        password: str | None = None,
        role: str | list[str] | None = None,
        data: dict[str, Any] | None = None,
    ) -> UserAnswer[UserOut]:
        """Make a user, with a password or without; nobody is signed in, no mail is sent."""
        return self._post(
            "/admin/create-user",
            UserAnswer[UserOut],
            body_of(CreateUser.model_construct(email=email, name=name, password=password, role=role, data=data)),
        )

    def admin_update_user(self, *, user_id: str, data: dict[str, Any]) -> UserOut:
        """Change any column of a user; who is banned by it loses all sessions."""
        return self._post(
            "/admin/update-user", UserOut, body_of(UpdateUser.model_construct(user_id=user_id, data=data))
        )

    def list_users(
        self,
        *,
        search_value: str | None = None,
        search_field: Literal["email", "name"] | None = None,
        search_operator: Literal["contains", "starts_with", "ends_with"] | None = None,
        limit: str | int | None = None,
        offset: str | int | None = None,
        sort_by: str | None = None,
        sort_direction: Literal["asc", "desc"] | None = None,
        filter_field: str | None = None,
        filter_value: str | list[str] | None = None,
        filter_operator: Literal[
            "eq", "ne", "lt", "lte", "gt", "gte", "in", "not_in", "contains", "starts_with", "ends_with"
        ]
        | None = None,
    ) -> UserList[UserOut]:
        """Search, filter, sort and page the users."""
        found: UserList[UserOut] = self._get(
            "/admin/list-users",
            UserList[UserOut],
            query_from(
                ListUsersQuery.model_construct(
                    search_value=search_value,
                    search_field=search_field,
                    search_operator=search_operator,
                    limit=limit,
                    offset=offset,
                    sort_by=sort_by,
                    sort_direction=sort_direction,
                    filter_field=filter_field,
                    filter_value=filter_value,
                    filter_operator=filter_operator,
                )
            ),
        )
        return found

    def list_user_sessions(self, *, user_id: str) -> SessionList[SessionOut]:
        """List a user's sessions, those of impersonating admins included."""
        return self._post(
            "/admin/list-user-sessions", SessionList[SessionOut], body_of(UserIdBody.model_construct(user_id=user_id))
        )

    def unban_user(self, *, user_id: str) -> UserAnswer[UserOut]:
        """Lift a ban."""
        return self._post(
            "/admin/unban-user", UserAnswer[UserOut], body_of(UserIdBody.model_construct(user_id=user_id))
        )

    def ban_user(
        self, *, user_id: str, ban_reason: str | None = None, ban_expires_in: float | None = None
    ) -> UserAnswer[UserOut]:
        """Ban a user: all their sessions end, and none begins until the ban is lifted."""
        return self._post(
            "/admin/ban-user",
            UserAnswer[UserOut],
            body_of(BanUser.model_construct(user_id=user_id, ban_reason=ban_reason, ban_expires_in=ban_expires_in)),
        )

    def impersonate_user(self, *, user_id: str) -> SessionAndUser[SessionOut, UserOut]:
        """Become somebody else in this browser; the admin's own session waits in a cookie."""
        return self._post(
            "/admin/impersonate-user",
            SessionAndUser[SessionOut, UserOut],
            body_of(UserIdBody.model_construct(user_id=user_id)),
        )

    def stop_impersonating(self) -> SessionAndUser[SessionOut, UserOut]:
        """Go back to the admin's own session."""
        return self._post("/admin/stop-impersonating", SessionAndUser[SessionOut, UserOut], {})

    def revoke_user_session(self, *, session_token: str) -> Done:
        """End a session, whosever it is; an unknown token is not told apart."""
        return self._post(
            "/admin/revoke-user-session", Done, body_of(RevokeUserSession.model_construct(session_token=session_token))
        )

    def revoke_user_sessions(self, *, user_id: str) -> Done:
        """End all sessions of a user."""
        return self._post("/admin/revoke-user-sessions", Done, body_of(UserIdBody.model_construct(user_id=user_id)))

    def remove_user(self, *, user_id: str) -> Done:
        """Delete a user and all that is theirs."""
        return self._post("/admin/remove-user", Done, body_of(UserIdBody.model_construct(user_id=user_id)))

    def set_user_password(self, *, new_password: str, user_id: str) -> StatusAnswer:
        """Set somebody's password; their sessions live on."""
        return self._post(
            "/admin/set-user-password",
            StatusAnswer,
            body_of(SetUserPassword.model_construct(new_password=new_password, user_id=user_id)),
        )

    def user_has_permission(
        self,
        *,
        permissions: dict[str, list[str]] | None = None,
        permission: dict[str, list[str]] | None = None,
        user_id: str | None = None,
        role: str | None = None,
    ) -> PermissionAnswer:
        """Tell whether the caller may do all of this; the server itself may ask about a role or a user."""
        return self._post(
            "/admin/has-permission",
            PermissionAnswer,
            body_of(
                HasPermission.model_construct(
                    permissions=permissions, permission=permission, user_id=user_id, role=role
                )
            ),
        )


class AdminServerCalls(ServerSlice, AsyncAdminCalls):
    """Its endpoints, in-process."""

"""Users, managed by others (admin sheet §4, §5)."""

from __future__ import annotations

from fastapi_betterauth.errors import (
    FAILED_TO_CREATE_USER,
    INVALID_EMAIL,
    PASSWORD_TOO_LONG,
    PASSWORD_TOO_SHORT,
    UNAUTHORIZED,
    USER_NOT_FOUND,
    APIError,
)
from fastapi_betterauth.features.sign_up.errors import USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import OptionalSession
from fastapi_betterauth.pipeline.operation import get, post
from fastapi_betterauth.pipeline.schemas import UserOut
from fastapi_betterauth.pipeline.wire import StatusAnswer
from fastapi_betterauth.storage.fields import UserFields

from .access import AdminSession, demand
from .errors import (
    INVALID_ROLE_TYPE,
    MAY_NOT_BAN,
    MAY_NOT_CHANGE_ROLE,
    MAY_NOT_CREATE_USERS,
    MAY_NOT_DELETE,
    MAY_NOT_GET,
    MAY_NOT_LIST_USERS,
    MAY_NOT_SET_EMAIL,
    MAY_NOT_SET_PASSWORD,
    MAY_NOT_UPDATE,
    NO_DATA_TO_UPDATE,
    NON_EXISTENT_ROLE,
    PASSWORD_ELSEWHERE,
    YOU_CANNOT_BAN_YOURSELF,
    YOU_CANNOT_REMOVE_YOURSELF,
)
from .listing import find_users, number
from .schemas import (
    CreateUser,
    Done,
    GetUserQuery,
    ListUsersQuery,
    SetRole,
    SetUserPassword,
    UpdateUser,
    UserAnswer,
    UserIdBody,
    UserList,
)
from .service import Management, manages_ban, manages_email, read_role

_TAKEN = USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL


@get("/admin/get-user", open_api_id="getUser", errors={401: [UNAUTHORIZED], 403: [MAY_NOT_GET], 404: [USER_NOT_FOUND]})
async def get_user(query: GetUserQuery, current: AdminSession, context: RequestContext) -> UserOut:
    """Show a user."""
    demand(context, current, MAY_NOT_GET, user=["get"])
    return context.auth.views.user(_found(await context.users.find(query.id)))


@get("/admin/list-users", open_api_id="listUsers", errors={401: [UNAUTHORIZED], 403: [MAY_NOT_LIST_USERS]})
async def list_users(query: ListUsersQuery, current: AdminSession, context: RequestContext) -> UserList[UserOut]:
    """Search, filter, sort and page the users."""
    demand(context, current, MAY_NOT_LIST_USERS, user=["list"])
    page = await find_users(context.users.rows, query)
    return UserList(
        users=[context.auth.views.user(user) for user in page.users],
        total=page.total,
        limit=number(query.limit),
        offset=number(query.offset),
    )


@post(
    "/admin/create-user",
    open_api_id="createUser",
    errors={
        400: [INVALID_ROLE_TYPE, NON_EXISTENT_ROLE, INVALID_EMAIL, _TAKEN],
        401: [UNAUTHORIZED],
        403: [MAY_NOT_CREATE_USERS, MAY_NOT_CHANGE_ROLE, MAY_NOT_BAN],
        500: [FAILED_TO_CREATE_USER],
    },
)
async def create_user(body: CreateUser, current: OptionalSession, context: RequestContext) -> UserAnswer[UserOut]:
    """Make a user, with a password or without; nobody is signed in, no mail is sent.

    The server itself may call it on nobody's behalf, without a session.
    """
    data = dict(body.data or {})
    role = body.role if body.role is not None else data.get("role")
    if not context.unattended:
        if current is None:
            raise APIError(401)
        demand(context, current, MAY_NOT_CREATE_USERS, user=["create"])
        if body.role is not None or "role" in data:
            demand(context, current, MAY_NOT_CHANGE_ROLE, user=["set-role"])
        if manages_ban(data):
            demand(context, current, MAY_NOT_BAN, user=["ban"])
    data.pop("role", None)
    user = await Management.of(context).create(body, data, role=None if role is None else read_role(context, role))
    return UserAnswer(user=context.auth.views.user(user))


@post(
    "/admin/update-user",
    open_api_id="adminUpdateUser",
    errors={
        400: [
            NO_DATA_TO_UPDATE,
            PASSWORD_ELSEWHERE,
            INVALID_ROLE_TYPE,
            NON_EXISTENT_ROLE,
            YOU_CANNOT_BAN_YOURSELF,
            INVALID_EMAIL,
            _TAKEN,
        ],
        401: [UNAUTHORIZED],
        403: [MAY_NOT_UPDATE, MAY_NOT_CHANGE_ROLE, MAY_NOT_BAN, MAY_NOT_SET_EMAIL],
        404: [USER_NOT_FOUND],
    },
)
async def admin_update_user(body: UpdateUser, current: AdminSession, context: RequestContext) -> UserOut:
    """Change any column of a user; who is banned by it loses all sessions."""
    data = dict(body.data)
    demand(context, current, MAY_NOT_UPDATE, user=["update"])
    if not data:
        raise APIError(400, NO_DATA_TO_UPDATE)
    if "password" in data:
        raise APIError(400, PASSWORD_ELSEWHERE)
    if "role" in data:
        demand(context, current, MAY_NOT_CHANGE_ROLE, user=["set-role"])
        data["role"] = read_role(context, data["role"])
    if manages_ban(data):
        demand(context, current, MAY_NOT_BAN, user=["ban"])
        if data.get("banned") is True and body.user_id == current.user.id:
            raise APIError(400, YOU_CANNOT_BAN_YOURSELF)
    if manages_email(data):
        demand(context, current, MAY_NOT_SET_EMAIL, user=["set-email"])
    return context.auth.views.user(await Management.of(context).update(body.user_id, data))


@post(
    "/admin/set-role",
    open_api_id="setUserRole",
    errors={
        400: [NON_EXISTENT_ROLE],
        401: [UNAUTHORIZED],
        403: [MAY_NOT_CHANGE_ROLE],
        404: [USER_NOT_FOUND],
    },
)
async def set_role(body: SetRole, current: AdminSession, context: RequestContext) -> UserAnswer[UserOut]:
    """Give a user a role, or several."""
    demand(context, current, MAY_NOT_CHANGE_ROLE, user=["set-role"])
    changed = await context.users.update(body.user_id, {"role": read_role(context, body.role)})
    return UserAnswer(user=context.auth.views.user(_found(changed)))


@post(
    "/admin/set-user-password",
    open_api_id="setUserPassword",
    errors={
        400: [PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG],
        401: [UNAUTHORIZED],
        403: [MAY_NOT_SET_PASSWORD],
        404: [USER_NOT_FOUND],
    },
)
async def set_user_password(body: SetUserPassword, current: AdminSession, context: RequestContext) -> StatusAnswer:
    """Set somebody's password; their sessions live on."""
    demand(context, current, MAY_NOT_SET_PASSWORD, user=["set-password"])
    await Management.of(context).set_password(body.user_id, body.new_password)
    return StatusAnswer()


@post(
    "/admin/remove-user",
    open_api_id="removeUser",
    errors={400: [YOU_CANNOT_REMOVE_YOURSELF], 401: [UNAUTHORIZED], 403: [MAY_NOT_DELETE], 404: [USER_NOT_FOUND]},
)
async def remove_user(body: UserIdBody, current: AdminSession, context: RequestContext) -> Done:
    """Delete a user and all that is theirs."""
    demand(context, current, MAY_NOT_DELETE, user=["delete"])
    if body.user_id == current.user.id:
        raise APIError(400, YOU_CANNOT_REMOVE_YOURSELF)
    await Management.of(context).remove(_found(await context.users.find(body.user_id)))
    return Done()


def _found(user: UserFields | None) -> UserFields:
    if user is None:
        raise APIError(404, USER_NOT_FOUND)
    return user

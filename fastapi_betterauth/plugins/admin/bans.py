"""Bans: nobody who is banned gets a session (admin sheet §5.11-14)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from fastapi_betterauth.errors import UNAUTHORIZED, USER_NOT_FOUND, APIError
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.operation import post
from fastapi_betterauth.pipeline.schemas import UserOut
from fastapi_betterauth.storage.fields import UserFields

from .access import AdminSession, demand
from .columns import managed
from .errors import BANNED_USER, MAY_NOT_BAN, YOU_CANNOT_BAN_YOURSELF
from .options import AdminOptions
from .schemas import BanUser, UserAnswer, UserIdBody

if TYPE_CHECKING:
    from fastapi_betterauth.storage.hooks import Changes

_LIFTED: Changes = {"banned": False, "ban_reason": None, "ban_expires": None}


async def refuse_banned(context: RequestContext, user: UserFields) -> None:
    """Lift a ban that has run out; refuse a session to who is banned.

    Raises: APIError: 403 BANNED_USER.
    """
    stored = await context.users.find(user.id) or user
    if not managed(stored).banned:
        return
    end = managed(stored).ban_expires
    if end is None or end > context.auth.clock():
        raise APIError(403, BANNED_USER, message=context.auth.options[AdminOptions].banned_user_message)
    await context.users.update(user.id, _LIFTED)


@post(
    "/admin/ban-user",
    open_api_id="banUser",
    errors={400: [YOU_CANNOT_BAN_YOURSELF], 401: [UNAUTHORIZED], 403: [MAY_NOT_BAN], 404: [USER_NOT_FOUND]},
)
async def ban_user(body: BanUser, current: AdminSession, context: RequestContext) -> UserAnswer[UserOut]:
    """Ban a user: all their sessions end, and none begins until the ban is lifted."""
    demand(context, current, MAY_NOT_BAN, user=["ban"])
    if await context.users.find(body.user_id) is None:
        raise APIError(404, USER_NOT_FOUND)
    if body.user_id == current.user.id:
        raise APIError(400, YOU_CANNOT_BAN_YOURSELF)
    options = context.auth.options[AdminOptions]
    seconds = body.ban_expires_in or options.default_ban_seconds
    banned = await context.users.update(
        body.user_id,
        {
            "banned": True,
            "ban_reason": body.ban_reason or options.default_ban_reason or "No reason",
            "ban_expires": context.auth.clock() + timedelta(seconds=seconds) if seconds else None,
        },
    )
    await context.sessions.end_all(body.user_id)
    return _answer(context, banned)


@post(
    "/admin/unban-user",
    open_api_id="unbanUser",
    errors={401: [UNAUTHORIZED], 403: [MAY_NOT_BAN], 404: [USER_NOT_FOUND]},
)
async def unban_user(body: UserIdBody, current: AdminSession, context: RequestContext) -> UserAnswer[UserOut]:
    """Lift a ban."""
    demand(context, current, MAY_NOT_BAN, user=["ban"])
    return _answer(context, await context.users.update(body.user_id, _LIFTED))


def _answer(context: RequestContext, user: UserFields | None) -> UserAnswer[UserOut]:
    if user is None:
        raise APIError(404, USER_NOT_FOUND)
    return UserAnswer(user=context.auth.views.user(user))

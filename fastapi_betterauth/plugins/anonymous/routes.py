"""Endpoints of the plugin (anonymous sheet §3)."""

from __future__ import annotations

from typing import Annotated

from fastapi_betterauth.errors import FAILED_TO_CREATE_USER, UNAUTHORIZED, APIError
from fastapi_betterauth.features.provisioning import provision_user
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import OptionalSession, SensitiveSession, clear_session_cookies
from fastapi_betterauth.pipeline.operation import Provide, post
from fastapi_betterauth.pipeline.schemas import UserOut
from fastapi_betterauth.pipeline.sign_in import complete_sign_in

from .columns import is_anonymous
from .errors import (
    ALREADY_ANONYMOUS,
    COULD_NOT_CREATE_SESSION,
    DELETION_DISABLED,
    FAILED_TO_DELETE_SESSIONS,
    FAILED_TO_DELETE_USER,
    INVALID_EMAIL_FORMAT,
    USER_IS_NOT_ANONYMOUS,
)
from .options import AnonymousOptions
from .schemas import AnonymousUserDeleted, SignedInAnonymously

Options = Annotated[AnonymousOptions, Provide(lambda context: context.auth.options[AnonymousOptions])]


@post(
    "/sign-in/anonymous",
    errors={400: [ALREADY_ANONYMOUS, INVALID_EMAIL_FORMAT, COULD_NOT_CREATE_SESSION], 500: [FAILED_TO_CREATE_USER]},
)
async def sign_in_anonymous(
    current: OptionalSession, options: Options, context: RequestContext
) -> SignedInAnonymously[UserOut]:
    """Make a user without credentials, and begin their session.

    Who signs in for real later goes on as that user; the anonymous one is deleted then.
    """
    if current is not None and is_anonymous(current.user):
        raise APIError(400, ALREADY_ANONYMOUS)
    values = {
        "email": await options.email(),
        "name": await options.name(),
        "email_verified": False,
        "is_anonymous": True,
    }
    user = await provision_user(context, values, method="anonymous")
    if user is None:
        raise APIError(500, FAILED_TO_CREATE_USER)
    try:
        begun = await complete_sign_in(context, user, method="anonymous")
    except APIError:
        raise APIError(400, COULD_NOT_CREATE_SESSION) from None
    return SignedInAnonymously(token=begun.session.token, user=context.auth.views.user(user))


@post(
    "/delete-anonymous-user",
    errors={
        400: [DELETION_DISABLED],
        401: [UNAUTHORIZED],
        403: [USER_IS_NOT_ANONYMOUS],
        500: [FAILED_TO_DELETE_SESSIONS, FAILED_TO_DELETE_USER],
    },
)
async def delete_anonymous_user(
    current: SensitiveSession, options: Options, context: RequestContext
) -> AnonymousUserDeleted:
    """Delete the caller, who is anonymous, with all sessions."""
    if options.disable_delete_anonymous_user:
        raise APIError(400, DELETION_DISABLED)
    if not is_anonymous(current.user):
        raise APIError(403, USER_IS_NOT_ANONYMOUS)
    if not await context.sessions.end_all(current.user.id):
        raise APIError(500, FAILED_TO_DELETE_SESSIONS)
    await context.accounts.delete_of_user(current.user.id)
    if not await context.users.delete(current.user.id):
        raise APIError(500, FAILED_TO_DELETE_USER)
    clear_session_cookies(context)
    return AnonymousUserDeleted()

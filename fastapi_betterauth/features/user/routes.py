"""User endpoints."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi_betterauth.errors import (
    CREDENTIAL_ACCOUNT_NOT_FOUND,
    FAILED_TO_GET_USER_INFO,
    FAILED_TO_UPDATE_USER,
    FIELD_NOT_ALLOWED,
    INVALID_CALLBACK_URL,
    INVALID_PASSWORD,
    INVALID_TOKEN,
    NOT_FOUND,
    SESSION_EXPIRED,
    UNAUTHORIZED,
    VALIDATION_ERROR,
    APIError,
    RedirectTo,
    UniqueViolation,
)
from fastapi_betterauth.features.password.routes import Passwords
from fastapi_betterauth.pipeline.background import logged
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import (
    ActiveSession,
    SensitiveSession,
    StoredSession,
    clear_session_cookies,
    rewrite_session_cookies,
)
from fastapi_betterauth.pipeline.operation import Provide, get, post
from fastapi_betterauth.pipeline.wire import StatusAnswer
from fastapi_betterauth.sessions.models import CurrentSession
from fastapi_betterauth.storage.compose import merged
from fastapi_betterauth.storage.fields import UserFields

from .errors import EMAIL_CAN_NOT_BE_UPDATED
from .options import DeleteAccountMail, UserOptions
from .schemas import DeleteUserBody, DeleteUserQuery, UpdateUser, UserDeleted
from .service import Deletions as DeletionService


def _deletions(context: RequestContext) -> DeletionService:
    return DeletionService(
        options=context.auth.options[UserOptions].delete_user,
        users=context.users,
        accounts=context.accounts,
        sessions=context.sessions,
        verifications=context.verifications,
        clock=context.auth.clock,
    )


Deletions = Annotated[DeletionService, Provide(_deletions)]


@post(
    "/update-user",
    open_api_id="updateUser",
    accepts="user_on_update",
    errors={
        400: [EMAIL_CAN_NOT_BE_UPDATED, FIELD_NOT_ALLOWED],
        401: [UNAUTHORIZED],
        422: [FAILED_TO_UPDATE_USER],
    },
)
async def update_user(body: UpdateUser, current: ActiveSession, context: RequestContext) -> StatusAnswer:
    """Change the caller's name, image and additional fields; what is not theirs to set is left out."""
    if body.further.get("email"):
        raise APIError(400, EMAIL_CAN_NOT_BE_UPDATED)
    changes = context.auth.user_input.on_update(body.further)
    if "name" in body.model_fields_set:
        if body.name is None:
            raise APIError(400, VALIDATION_ERROR, message="[body.name] Invalid input: expected string, received null")
        changes["name"] = body.name
    if "image" in body.model_fields_set:
        changes["image"] = body.image
    if not changes:
        raise APIError(400, message="No fields to update")
    try:
        changed = await context.users.update(current.user.id, changes)
    except UniqueViolation:
        raise APIError(422, FAILED_TO_UPDATE_USER) from None
    if changed is None and context.auth.stateless:
        changed = merged(context.auth.tables.user, current.user, changes)
    if changed is None:
        raise APIError(401, UNAUTHORIZED)
    rewrite_session_cookies(context, CurrentSession(changed, current.session))
    return StatusAnswer()


@post(
    "/delete-user",
    open_api_id="deleteUser",
    errors={
        400: [CREDENTIAL_ACCOUNT_NOT_FOUND, INVALID_PASSWORD, SESSION_EXPIRED],
        401: [UNAUTHORIZED],
        403: [INVALID_CALLBACK_URL],
        404: [INVALID_TOKEN],
    },
)
async def delete_user(
    body: DeleteUserBody,
    current: SensitiveSession,
    deletions: Deletions,
    passwords: Passwords,
    context: RequestContext,
) -> UserDeleted:
    """Delete the caller's account, or mail a link that does.

    A password, a token, or a recent sign-in proves that the caller means it.
    """
    options = context.auth.options[UserOptions].delete_user
    if not options.enabled:
        raise APIError(404)
    if body.password is not None:
        if await context.accounts.find_credential(current.user.id) is None:
            raise APIError(400, CREDENTIAL_ACCOUNT_NOT_FOUND)
        if not await passwords.matches(current.user, body.password):
            raise APIError(400, INVALID_PASSWORD)
    if body.token is not None:
        await deletions.confirm(current.user, body.token)
    elif (send := options.send_delete_account_verification) is not None:
        mail = await _deletion_mail(context, deletions, current.user, body.callback_url)
        context.mail_afterwards("send_delete_account_verification", current.user.email, lambda: send(mail))
        return UserDeleted(message="Verification email sent")
    elif body.password is None and not current.is_fresh(context.auth.clock(), context.auth.session_options.freshness):
        raise APIError(400, SESSION_EXPIRED)
    await _delete(context, deletions, current.user)
    return UserDeleted()


@get(
    "/delete-user/callback",
    checks_callback=True,
    redirects=True,
    errors={403: [INVALID_CALLBACK_URL], 404: [NOT_FOUND, FAILED_TO_GET_USER_INFO, INVALID_TOKEN]},
)
async def delete_user_callback(
    query: DeleteUserQuery, current: StoredSession, deletions: Deletions, context: RequestContext
) -> UserDeleted:
    """Delete the account with the token of a mailed link; needs the session of the same user."""
    if not context.auth.options[UserOptions].delete_user.enabled:
        raise APIError(404, NOT_FOUND)
    if current is None:
        raise APIError(404, FAILED_TO_GET_USER_INFO)
    await deletions.confirm(current.user, query.token)
    await _delete(context, deletions, current.user)
    if query.callback_url:
        raise RedirectTo(query.callback_url)
    return UserDeleted()


async def _deletion_mail(
    context: RequestContext, deletions: DeletionService, user: UserFields, callback: str | None
) -> DeleteAccountMail:
    token = await deletions.open(user)
    target = quote(callback or "/", safe="!'()*")
    return DeleteAccountMail(user, f"{context.base.url}/delete-user/callback?token={token}&callbackURL={target}", token)


async def _delete(context: RequestContext, deletions: DeletionService, user: UserFields) -> None:
    await deletions.delete(user)
    clear_session_cookies(context)
    after = context.auth.options[UserOptions].delete_user.after_delete
    if after is not None:
        context.unit.after_commit(lambda: logged(lambda: after(user), "after_delete"))


OPERATIONS = (update_user, delete_user, delete_user_callback)

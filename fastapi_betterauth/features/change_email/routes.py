"""Endpoint for changing one's address (e-mail sheet §8.2)."""

from __future__ import annotations

from typing import Annotated

from fastapi_betterauth.errors import INVALID_CALLBACK_URL, UNAUTHORIZED, APIError, UniqueViolation
from fastapi_betterauth.features.email_verification.mails import LinkPurpose, VerificationLinks, with_email
from fastapi_betterauth.features.user.options import UserOptions
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import SensitiveSession, rewrite_session_cookies
from fastapi_betterauth.pipeline.operation import Provide, post
from fastapi_betterauth.pipeline.wire import StatusAnswer
from fastapi_betterauth.sessions.models import CurrentSession
from fastapi_betterauth.storage.fields import UserFields
from fastapi_betterauth.storage.verifications import RESET_PREFIX

from .errors import CHANGE_EMAIL_DISABLED
from .options import ChangeEmail, ChangeEmailMail
from .schemas import ChangeEmailBody

Links = Annotated[VerificationLinks, Provide(VerificationLinks)]


@post(
    "/change-email",
    open_api_id="changeEmail",
    errors={400: [CHANGE_EMAIL_DISABLED], 401: [UNAUTHORIZED], 403: [INVALID_CALLBACK_URL]},
)
async def change_email(
    body: ChangeEmailBody, current: SensitiveSession, links: Links, context: RequestContext
) -> StatusAnswer:
    """Change the caller's address, by way of a mailed link.

    A taken address gets the same answer as a free one, and nothing happens.
    """
    options = context.auth.options[UserOptions].change_email
    if not options.enabled:
        raise APIError(400, CHANGE_EMAIL_DISABLED)
    user, new_email = current.user, body.new_email.lower()
    if new_email == user.email.lower():
        raise APIError(400, message="Email is the same")
    at_once = not user.email_verified and options.update_email_without_verification
    if not at_once and not links.can_send:
        # Asked before the look-up, so that a taken address cannot be told from a free one.
        raise APIError(400, message="Verification email isn't enabled")
    if await context.users.find_by_email(new_email) is not None:
        links.token(user.email, update_to=new_email, purpose=LinkPurpose.VERIFY_NEW)
        return StatusAnswer()
    if at_once:
        await _change_now(context, links, current, new_email, body.callback_url)
    elif user.email_verified and options.send_change_email_confirmation is not None:
        _ask_current_address(context, links, options, user, new_email, body.callback_url)
    else:
        token = links.token(user.email, update_to=new_email, purpose=LinkPurpose.VERIFY_NEW)
        links.send_later(links.mail(with_email(user, new_email), token, body.callback_url))
    return StatusAnswer()


async def _change_now(
    context: RequestContext,
    links: VerificationLinks,
    current: CurrentSession,
    new_email: str,
    callback: str | None,
) -> None:
    try:
        moved = await context.users.update(current.user.id, {"email": new_email})
    except UniqueViolation:
        # Taken a moment ago: the same silence as if it had been taken before.
        await context.unit.rollback()
        return
    if moved is None:
        raise APIError(401, UNAUTHORIZED)
    await context.verifications.void(RESET_PREFIX, moved.id)
    rewrite_session_cookies(context, CurrentSession(moved, current.session))
    links.send_later(links.mail(moved, links.token(new_email), callback))


def _ask_current_address(
    context: RequestContext,
    links: VerificationLinks,
    options: ChangeEmail,
    user: UserFields,
    new_email: str,
    callback: str | None,
) -> None:
    send = options.send_change_email_confirmation
    if send is not None:
        token = links.token(user.email, update_to=new_email, purpose=LinkPurpose.CONFIRM_FROM_OLD)
        mail = ChangeEmailMail(user, new_email, links.url(token, callback), token)
        context.mail_afterwards("send_change_email_confirmation", user.email, lambda: send(mail))


OPERATIONS = (change_email,)

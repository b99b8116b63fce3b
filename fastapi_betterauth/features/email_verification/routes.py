"""Verification endpoints."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi_betterauth.errors import (
    INVALID_CALLBACK_URL,
    INVALID_TOKEN,
    INVALID_USER,
    TOKEN_EXPIRED,
    USER_NOT_FOUND,
    APIError,
    RedirectTo,
)
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import (
    OptionalSession,
    StoredSession,
    issue_session_cookies,
    rewrite_session_cookies,
)
from fastapi_betterauth.pipeline.operation import Provide, get, post
from fastapi_betterauth.pipeline.redirects import add_query
from fastapi_betterauth.pipeline.schemas import UserOut
from fastapi_betterauth.pipeline.sign_in import complete_sign_in
from fastapi_betterauth.pipeline.wire import StatusAnswer
from fastapi_betterauth.sessions.models import CurrentSession
from fastapi_betterauth.storage.fields import UserFields

from .errors import EMAIL_ALREADY_VERIFIED, EMAIL_MISMATCH, VERIFICATION_EMAIL_NOT_ENABLED
from .mails import LinkPurpose, VerificationLinks, with_email
from .options import EmailVerification
from .schemas import EmailVerified, SendVerification, VerificationSent, VerifyEmailQuery
from .service import EmailProofs, LinkClaims

_FLOOR = 0.5
"""Seconds that an answer to a stranger takes at least, whatever it does (e-mail sheet §7.2)."""


Proofs = Annotated[EmailProofs, Provide(EmailProofs.of)]
Links = Annotated[VerificationLinks, Provide(VerificationLinks)]


@post(
    "/send-verification-email",
    open_api_id="sendVerificationEmail",
    sends_mail=True,
    errors={400: [VERIFICATION_EMAIL_NOT_ENABLED, EMAIL_MISMATCH, EMAIL_ALREADY_VERIFIED]},
)
async def send_verification_email(
    body: SendVerification, current: OptionalSession, links: Links, context: RequestContext
) -> StatusAnswer:
    """Mail a verification link.

    Who is signed in can ask for their own address only; everybody else gets the same answer for every address.
    """
    if not links.can_send:
        raise APIError(400, VERIFICATION_EMAIL_NOT_ENABLED)
    if current is not None:
        if current.user.email.lower() != body.email.lower():
            raise APIError(400, EMAIL_MISMATCH)
        if current.user.email_verified:
            raise APIError(400, EMAIL_ALREADY_VERIFIED)
        await links.deliver(current.user, body.callback_url)
        return StatusAnswer()
    floor = asyncio.create_task(asyncio.sleep(_FLOOR))
    try:
        user = await context.users.find_by_email(body.email)
        if user is None or user.email_verified:
            links.token(body.email)
        else:
            await links.deliver(user, body.callback_url)
    finally:
        await floor
    return StatusAnswer()


@get(
    "/verify-email",
    checks_callback=True,
    redirects=True,
    errors={401: [TOKEN_EXPIRED, INVALID_TOKEN, USER_NOT_FOUND, INVALID_USER], 403: [INVALID_CALLBACK_URL]},
)
async def verify_email(
    query: VerifyEmailQuery, current: StoredSession, proofs: Proofs, links: Links, context: RequestContext
) -> EmailVerified[UserOut]:
    """Verify an address, or carry out a change of address, with the token of a mailed link."""
    try:
        claims = proofs.read(query.token)
        user = await proofs.user_of(claims)
        if claims.update_to is not None:
            answer = await _change(context, proofs, links, user, claims, current, query.callback_url)
        else:
            await _verify(context, proofs, user, current)
            answer = EmailVerified()
    except APIError as error:
        if not query.callback_url or error.code is None:
            raise
        # The transaction rolls back with the error; the redirect must therefore be one, too.
        await context.unit.rollback()
        raise RedirectTo(add_query(query.callback_url, {"error": error.code})) from None
    if query.callback_url:
        raise RedirectTo(query.callback_url)
    return answer


async def _verify(
    context: RequestContext, proofs: EmailProofs, user: UserFields, current: CurrentSession | None
) -> None:
    if user.email_verified:
        return
    verified = await proofs.verify(user)
    if not context.auth.options[EmailVerification].auto_sign_in_after_verification:
        return
    if current is not None and current.user.id == verified.id:
        rewrite_session_cookies(context, current)
    else:
        await complete_sign_in(context, verified, method="email-verification")


async def _change(
    context: RequestContext,
    proofs: EmailProofs,
    links: VerificationLinks,
    user: UserFields,
    claims: LinkClaims,
    current: CurrentSession | None,
    callback: str | None,
) -> EmailVerified[UserOut]:
    """Take the step of a change of address that the link stands for."""
    new_email = claims.update_to or ""
    if current is not None and current.user.email != claims.email:
        raise APIError(401, INVALID_USER)
    if claims.purpose is LinkPurpose.CONFIRM_FROM_OLD:
        token = links.token(user.email, update_to=new_email, purpose=LinkPurpose.VERIFY_NEW)
        links.send_later(links.mail(with_email(user, new_email), token, callback))
        return VerificationSent()
    moved = await proofs.move(user, new_email, verified=claims.purpose is LinkPurpose.VERIFY_NEW)
    if current is None:
        await complete_sign_in(context, moved, method="email-verification")
    else:
        issue_session_cookies(context, current)
    if claims.purpose is None:
        links.send_later(links.mail(moved, links.token(moved.email), callback))
    return EmailVerified(user=context.auth.views.user(moved))


OPERATIONS = (send_verification_email, verify_email)

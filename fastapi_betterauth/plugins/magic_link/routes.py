"""Endpoints of the plugin (magic-link sheet §2)."""

from __future__ import annotations

from typing import Annotated

from fastapi_betterauth.errors import (
    CROSS_SITE_NAVIGATION_LOGIN_BLOCKED,
    FAILED_TO_CREATE_SESSION,
    INVALID_CALLBACK_URL,
    INVALID_ORIGIN,
    MISSING_OR_NULL_ORIGIN,
    APIError,
    RedirectTo,
)
from fastapi_betterauth.features.provisioning import claim_unproven, provision_user
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.operation import Provide, get, post
from fastapi_betterauth.pipeline.schemas import SessionOut, UserOut
from fastapi_betterauth.pipeline.sign_in import complete_sign_in, held_at
from fastapi_betterauth.pipeline.wire import StatusAnswer
from fastapi_betterauth.sessions.models import CurrentSession
from fastapi_betterauth.sessions.sign_in_checks import SignInHeld
from fastapi_betterauth.storage.fields import UserFields

from .errors import LinkError
from .links import Invitation, Links, Targets
from .options import MagicLinkMail, MagicLinkOptions
from .schemas import MagicLinkQuery, MagicLinkVerified, SignInMagicLink

OpenLinks = Annotated[Links, Provide(Links)]


@post(
    "/sign-in/magic-link",
    open_api_id="signInWithMagicLink",
    form_csrf=True,
    errors={
        403: [
            CROSS_SITE_NAVIGATION_LOGIN_BLOCKED,
            INVALID_ORIGIN,
            MISSING_OR_NULL_ORIGIN,
            INVALID_CALLBACK_URL,
        ]
    },
)
async def sign_in_magic_link(body: SignInMagicLink, links: OpenLinks, context: RequestContext) -> StatusAnswer:
    """Mail a link that signs its reader in, and up if need be.

    The answer is the same whoever has the address; several links may be open at a time.
    """
    options = context.auth.options[MagicLinkOptions]
    if not await context.may_mail("magic-link", body.email):
        return StatusAnswer()
    token = await links.issue(body)
    mail = MagicLinkMail(body.email, links.url(token, body), token, body.metadata)
    # The link works by the time it is sent, and no transaction waits for a mail server.
    context.unit.after_commit(lambda: options.send(mail))
    return StatusAnswer()


@get("/magic-link/verify", open_api_id="verifyMagicLink", redirects=True, errors={403: [INVALID_CALLBACK_URL]})
async def magic_link_verify(
    query: MagicLinkQuery, links: OpenLinks, context: RequestContext
) -> MagicLinkVerified[SessionOut, UserOut]:
    """Sign in with the token of a mailed link, which works once.

    Whoever reads the mailbox owns the address: it counts as verified, and what an unverified owner had left is gone.
    """
    targets = Targets.of(query, context)
    invitation = await links.take(query.token)
    if invitation is None:
        raise targets.refuse(LinkError.INVALID_TOKEN)
    try:
        user, is_new = await _user_of(invitation, targets, context)
        current = await _sign_in(user, targets, context)
    except APIError:
        await links.burn(query.token)
        raise
    except SignInHeld as held:
        if query.callback_url:
            raise RedirectTo(held_at(targets.done, held)) from None
        raise
    if query.callback_url:
        raise RedirectTo(targets.new_user if is_new else targets.done)
    views = context.auth.views
    return MagicLinkVerified(token=current.session.token, user=views.user(user), session=views.session(current.session))


async def _user_of(invitation: Invitation, targets: Targets, context: RequestContext) -> tuple[UserFields, bool]:
    """Returns: who is meant, and whether they are new."""
    user = await context.users.find_by_email(invitation.email)
    if user is None:
        return await _sign_up(invitation, targets, context), True
    if not user.email_verified:
        user = await claim_unproven(context, user)
        if user is None:
            raise targets.refuse(LinkError.NO_USER)
    return user, False


async def _sign_up(invitation: Invitation, targets: Targets, context: RequestContext) -> UserFields:
    if context.auth.options[MagicLinkOptions].disable_sign_up:
        raise targets.refuse(LinkError.SIGN_UP_DISABLED)
    values = {"email": invitation.email.lower(), "name": invitation.name or "", "email_verified": True}
    try:
        user = await provision_user(context, values, method="magic-link")
    except APIError as error:
        if error.code is None:
            raise
        raise targets.refuse(error.code, error.message) from None
    if user is None:
        raise targets.refuse(LinkError.NO_USER_MADE)
    return user


async def _sign_in(user: UserFields, targets: Targets, context: RequestContext) -> CurrentSession:
    try:
        return await complete_sign_in(context, user, method="magic-link", remember=None)
    except APIError as error:
        if error.code == FAILED_TO_CREATE_SESSION.code:
            raise targets.refuse(LinkError.NO_SESSION) from None
        raise

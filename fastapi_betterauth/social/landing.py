"""What a callback ends in: a session, or a linked account (OAuth sheet §4.6, §4.7)."""

from __future__ import annotations

from fastapi_betterauth.errors import FAILED_TO_CREATE_SESSION, APIError, RedirectTo, StorageUnavailable
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import resolve_session
from fastapi_betterauth.pipeline.sign_in import complete_sign_in, held_at
from fastapi_betterauth.sessions.sign_in_checks import SignInHeld

from .account_cookie import AccountCookies
from .arrivals import Arrivals
from .callback import Callback, Landed
from .errors import CallbackError, Refused, SignInRefused
from .linking import Linked, Owner, link_account
from .state import Flows, LinkTarget

_LINK_ERRORS = {
    Linked.NOT_ALLOWED: CallbackError.UNABLE_TO_LINK_ACCOUNT,
    Linked.OTHER_ADDRESS: CallbackError.EMAIL_DOES_NOT_MATCH,
    Linked.SOMEBODY_ELSES: CallbackError.LINKED_TO_SOMEBODY_ELSE,
    Linked.FAILED: CallbackError.UNABLE_TO_LINK_ACCOUNT,
}


async def finish_flow(context: RequestContext, callback: Callback, landed: Landed) -> RedirectTo:
    """Do what the flow was begun for.

    Returns: where the browser goes.
    Raises: RedirectTo: to a page for errors.
    """
    context.flow_context.update(landed.flow.server_context or {})
    # Once more: when the request starts again, its cookies do, too.
    Flows(context).forget()
    try:
        if landed.flow.link is not None:
            return await _link(context, callback, landed, landed.flow.link)
        return await _sign_in(context, callback, landed)
    except APIError as error:
        if error.code_in_redirects is None:
            raise
        await context.unit.rollback()
        callback.fail(error.code_in_redirects, error.message, at=landed.flow.error_url)
    except StorageUnavailable:
        callback.fail("internal_server_error", at=landed.flow.error_url)


async def _sign_in(context: RequestContext, callback: Callback, landed: Landed) -> RedirectTo:
    flow = landed.flow
    if landed.arrival.person.email is None:
        callback.fail(CallbackError.EMAIL_NOT_FOUND, at=flow.error_url)
    try:
        known = await Arrivals(context).receive(landed.arrival)
        await complete_sign_in(context, known.user, method="oauth")
        context.auth.options[AccountCookies].write(context, known.account)
    except SignInHeld as held:
        return RedirectTo(held_at(flow.callback_url, held))
    except SignInRefused as refused:
        await _undo(context, refused)
        callback.fail(refused.reason.replace(" ", "_"), at=flow.error_url)
    except APIError as error:
        if error.code != FAILED_TO_CREATE_SESSION.code:
            raise
        await context.unit.rollback()
        callback.fail(Refused.UNABLE_TO_CREATE_SESSION.replace(" ", "_"), at=flow.error_url)
    return RedirectTo(flow.new_user_url or flow.callback_url if known.is_new else flow.callback_url)


async def _undo(context: RequestContext, refused: SignInRefused) -> None:
    """Leave nothing behind; but who only has to verify the address has an account by now (OAuth sheet §5.6)."""
    if refused.reason is not Refused.EMAIL_NOT_VERIFIED:
        await context.unit.rollback()


async def _link(context: RequestContext, callback: Callback, landed: Landed, target: LinkTarget) -> RedirectTo:
    """The state and its cookie say whose account it is; nobody else may be signed in here meanwhile (SC-OAUTH-19)."""
    current = (await resolve_session(context, may_refresh=False, read_only=True, from_store=True)).current
    user = await context.users.find(target.user_id)
    if user is None or (current is not None and current.user.id != user.id):
        callback.fail(CallbackError.UNABLE_TO_LINK_ACCOUNT, at=landed.flow.error_url)
    outcome = await link_account(context, landed.arrival, Owner(user, target.email))
    if outcome is not Linked.DONE:
        callback.fail(_LINK_ERRORS[outcome], at=landed.flow.error_url)
    return RedirectTo(landed.flow.callback_url)

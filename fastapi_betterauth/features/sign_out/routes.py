"""Sign-out endpoint."""

from __future__ import annotations

import logging

from fastapi_betterauth.errors import StorageError, TransientConflict
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import clear_session_cookies, resolve_session, token_of
from fastapi_betterauth.pipeline.operation import post
from fastapi_betterauth.pipeline.redirects import header_safe
from fastapi_betterauth.pipeline.runtime import ProviderSignOutCall

from .schemas import SignedOut, SignOut

logger = logging.getLogger("fastapi_betterauth")


@post("/sign-out", open_api_id="signOut", body_optional=True)
async def sign_out(body: SignOut, context: RequestContext) -> SignedOut:
    """End the session of this device, and tell where the browser can sign out at the provider, too.

    Works without a session, too; the cookies are cleared whatever happens, be it in the database or in a hook.
    """
    token = token_of(context)
    user_id = await _user_of(context) if context.auth.provider_sign_out is not None else None
    clear_session_cookies(context)
    if token is not None:
        try:
            async with context.unit.surviving() as unit:
                await context.sessions.within(unit).end(token)
        except TransientConflict:
            # The next attempt may end the session after all.
            raise
        except Exception:
            logger.exception("a session could not be deleted at sign-out")
    return await _answer(body, context, user_id)


async def _user_of(context: RequestContext) -> str | None:
    try:
        current = (await resolve_session(context, read_only=True, may_refresh=False)).current
    except StorageError:
        return None
    return current.user.id if current is not None else None


async def _answer(body: SignOut, context: RequestContext, user_id: str | None) -> SignedOut:
    ask, url = context.auth.provider_sign_out, None
    if ask is not None and user_id is not None:
        url = await ask(context, user_id, ProviderSignOutCall(body.callback_url, body.state))
    if url is None:
        return SignedOut()
    redirect = not body.disable_redirect
    if redirect:
        context.response_headers.append(("location", header_safe(url)))
    return SignedOut(url=url, redirect=redirect)


OPERATIONS = (sign_out,)

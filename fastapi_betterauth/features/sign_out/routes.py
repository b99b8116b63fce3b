"""Sign-out endpoint."""

from __future__ import annotations

import logging

from fastapi_betterauth.errors import TransientConflict
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import clear_session_cookies, token_of
from fastapi_betterauth.pipeline.operation import post

from .schemas import SignedOut, SignOut

logger = logging.getLogger("fastapi_betterauth")


@post("/sign-out", open_api_id="signOut", body_optional=True)
async def sign_out(body: SignOut, context: RequestContext) -> SignedOut:  # noqa: ARG001 - documented, for providers
    """End the session of this device.

    Works without a session, too; the cookies are cleared whatever happens, be it in the database or in a hook.
    """
    clear_session_cookies(context)
    token = token_of(context)
    if token is not None:
        try:
            async with context.unit.surviving() as unit:
                await context.sessions.within(unit).end(token)
        except TransientConflict:
            # The next attempt may end the session after all.
            raise
        except Exception:
            logger.exception("a session could not be deleted at sign-out")
    return SignedOut()


OPERATIONS = (sign_out,)

"""What happens when somebody anonymous signs in for real (anonymous sheet §4)."""

from __future__ import annotations

import logging

from fastapi_betterauth.errors import APIError, StorageError
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import token_of
from fastapi_betterauth.pipeline.hooks import HookCall
from fastapi_betterauth.sessions.models import CurrentSession

from .columns import is_anonymous
from .options import AnonymousOptions, LinkedAccount

logger = logging.getLogger("fastapi_betterauth")

_IN_FLOW = "anonymousUserId"

_WAYS_IN = (
    "/sign-in",
    "/sign-up",
    "/callback",
    "/magic-link/verify",
    "/email-otp/verify-email",
    "/one-tap/callback",
    "/passkey/verify-authentication",
    "/phone-number/verify",
    "/verify-email",
    # A sign-in that waits for its second factor is complete only there.
    "/two-factor/verify",
)


class Linking:
    """Lets real users take over from anonymous ones."""

    def __init__(self, options: AnonymousOptions) -> None:
        self._options = options

    async def after(self, call: HookCall) -> None:
        """Look for an anonymous user behind a sign-in; the take-over waits until the sign-in is durable.

        The host's own transaction then sees the new user, and is not kept waiting by ours.
        """
        new = call.context.new_session
        if new is None or isinstance(call.returned, APIError) or not call.operation.path.startswith(_WAYS_IN):
            return
        anonymous = await _anonymous_session(call.context)
        if anonymous is None:
            return
        linked = LinkedAccount(anonymous, new)

        async def take_over() -> None:
            if self._options.on_link_account is not None:
                await self._options.on_link_account(linked)
            if self._is_left_behind(linked):
                await _delete(call.context, anonymous.user.id)

        call.context.unit.after_commit(take_over)

    def _is_left_behind(self, linked: LinkedAccount) -> bool:
        new, old = linked.new_user.user, linked.anonymous_user.user
        return not (self._options.disable_delete_anonymous_user or new.id == old.id or is_anonymous(new))


async def remember(call: HookCall) -> None:
    """Have the flow through a provider carry who is anonymous, for its callback may come without the cookie."""
    anonymous = await _session_of_cookie(call.context)
    if anonymous is not None:
        call.context.flow_context[_IN_FLOW] = anonymous.user.id


async def _anonymous_session(context: RequestContext) -> CurrentSession | None:
    """Returns: the session the request came with, or its flow began with, if its user is anonymous (SC-PLUG-04)."""
    return await _session_of_cookie(context) or await _session_of_flow(context)


async def _session_of_flow(context: RequestContext) -> CurrentSession | None:
    user_id = context.flow_context.get(_IN_FLOW)
    user = await context.users.find(user_id) if isinstance(user_id, str) else None
    if user is None or not is_anonymous(user):
        return None
    active = await context.sessions.list_active(user.id)
    return CurrentSession(session=active[0], user=user) if active else None


async def _session_of_cookie(context: RequestContext) -> CurrentSession | None:
    token = token_of(context)
    if token is None:
        return None
    current = (await context.sessions.resolve(token, may_refresh=False, read_only=True)).current
    return current if current is not None and is_anonymous(current.user) else None


async def _delete(context: RequestContext, user_id: str) -> None:
    """Delete who was left behind. That this fails is nothing to bother the real user with."""
    try:
        await context.sessions.end_all(user_id)
        await context.accounts.delete_of_user(user_id)
        await context.users.delete(user_id)
        await context.unit.commit()
    except StorageError:
        await context.unit.rollback()
        logger.exception("an anonymous user could not be deleted after linking")

"""Making users for those who come in by something else than a password."""

from __future__ import annotations

from sqlalchemy import and_

from fastapi_betterauth.clock import Clock, to_milliseconds
from fastapi_betterauth.errors import FAILED_TO_CREATE_USER, APIError, TransientConflict, UniqueViolation
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.storage.fields import UserFields
from fastapi_betterauth.storage.hooks import Changes
from fastapi_betterauth.storage.users import Users

from .user.options import UserOptions
from .user_info import ProvisioningSource, check_user_info


def draft_user(users: Users, values: Changes, clock: Clock) -> UserFields:
    """Returns: a user as one of these values would be stored; nothing is."""
    entity = users.rows.entity
    now = to_milliseconds(clock())
    drafted: dict[str, object] = {
        spec.name: spec.default() if spec.default is not None else None for spec in entity.fields
    }
    fresh: dict[str, object] = {"id": entity.ids.plausible_id(entity.key), "created_at": now, "updated_at": now}
    return entity.build({**drafted, **values, **fresh})


async def provision_user(context: RequestContext, values: Changes, *, method: str) -> UserFields | None:
    """Make a user, if the host lets them in. Nothing is written before it is asked.

    Args: values: by field name, the address in lower case. method: how they came, such as ``magic-link``.
    Returns: the user, or None when a database hook refused.
    Raises: APIError: 403 when the host refuses, 422 FAILED_TO_CREATE_USER: another unique value is taken;
        TransientConflict: somebody took the address a moment ago, so the request starts again.
    """
    users = context.users
    source = ProvisioningSource(action="create-user", method=method)
    draft = draft_user(users, values, context.auth.clock)
    await check_user_info(context.auth.options[UserOptions].validate_user_info, draft, source)
    try:
        return await users.create(values)
    except UniqueViolation:
        await context.unit.rollback()
        if await users.find_by_email(draft.email) is not None:
            raise TransientConflict("the address was taken a moment ago") from None
        raise APIError(422, FAILED_TO_CREATE_USER) from None


async def claim_unproven(context: RequestContext, user: UserFields) -> UserFields | None:
    """Give an address that nobody had proven to who has just done so.

    Whoever signed up with it may have been somebody else: passwords, other accounts and sessions go, and what plugins
    keep for them, such as a second factor (SC-PW-32).

    Returns: the user, now verified; None when a database hook refused.
    Source: e-mail sheet, unproven access; SC-MAGIC-07, SC-OTP-10.
    """
    rows = context.users.rows
    mine = rows.columns.id == user.id
    # The first of several who prove it at the same moment; the others must not end that one's session.
    first = await rows.update(and_(mine, rows.columns.email_verified.is_(False)), {"email_verified": True})
    if first is not None:
        for listen in context.auth.claim_listeners:
            await listen(context, user.id)
        await context.accounts.delete_of_user(user.id)
        await context.sessions.end_all(user.id)
    claimed = await rows.find_many(mine, limit=1, locking=True)
    return claimed[0] if claimed and claimed[0].email_verified else None

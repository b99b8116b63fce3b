"""Account endpoints."""

from __future__ import annotations

from typing import Annotated

from fastapi_betterauth.errors import (
    ACCOUNT_NOT_FOUND,
    SESSION_NOT_FRESH,
    UNAUTHORIZED,
)
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import ActiveSession, FreshSession
from fastapi_betterauth.pipeline.operation import Provide, get, post
from fastapi_betterauth.pipeline.wire import StatusAnswer
from fastapi_betterauth.storage.fields import AccountFields

from .errors import FAILED_TO_UNLINK_LAST_ACCOUNT
from .options import AccountOptions
from .schemas import AccountId, AccountOut
from .service import OwnAccounts as AccountService


def _own_accounts(context: RequestContext) -> AccountService:
    return AccountService(context.accounts, context.auth.options[AccountOptions])


OwnAccounts = Annotated[AccountService, Provide(_own_accounts)]


@get("/list-accounts", open_api_id="listUserAccounts", errors={401: [UNAUTHORIZED]})
async def list_user_accounts(current: ActiveSession, context: RequestContext) -> list[AccountOut]:
    """List the caller's accounts, without tokens and hashes."""
    return [_shown(account) for account in await context.accounts.of_user(current.user.id)]


@post(
    "/unlink-account",
    errors={
        400: [FAILED_TO_UNLINK_LAST_ACCOUNT, ACCOUNT_NOT_FOUND],
        401: [UNAUTHORIZED],
        403: [SESSION_NOT_FRESH],
    },
)
async def unlink_account(body: AccountId, current: FreshSession, own: OwnAccounts) -> StatusAnswer:
    """Remove one of the caller's accounts, but not the last one. Needs a recent sign-in."""
    await own.unlink(current.user, body.account_id)
    return StatusAnswer()


def _shown(account: AccountFields) -> AccountOut:
    return AccountOut(
        id=account.id,
        provider_id=account.provider_id,
        account_id=account.account_id,
        user_id=account.user_id,
        created_at=account.created_at,
        updated_at=account.updated_at,
        scopes=[scope for scope in (account.scope or "").split(",") if scope],
    )


OPERATIONS = (list_user_accounts, unlink_account)

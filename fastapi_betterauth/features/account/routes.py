"""Account endpoints."""

from __future__ import annotations

from typing import Annotated

from fastapi_betterauth.errors import (
    ACCOUNT_NOT_FOUND,
    PROVIDER_NOT_FOUND,
    SESSION_NOT_FRESH,
    UNAUTHORIZED,
    APIError,
)
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import ActiveSession, FreshSession, resolve_session
from fastapi_betterauth.pipeline.operation import Provide, get, post
from fastapi_betterauth.pipeline.wire import StatusAnswer
from fastapi_betterauth.sessions.models import CurrentSession
from fastapi_betterauth.storage.fields import AccountFields

from .errors import FAILED_TO_UNLINK_LAST_ACCOUNT, PROVIDER_NOT_CONFIGURED, PROVIDER_NOT_SUPPORTED
from .options import AccountOptions
from .schemas import AccountChoice, AccountId, AccountOut, ProviderTokens, SocialRedirect, SocialStart
from .service import OwnAccounts as AccountService


def _own_accounts(context: RequestContext) -> AccountService:
    return AccountService(context.accounts, context.auth.options[AccountOptions])


async def _bare_session(context: RequestContext) -> CurrentSession:
    """A session, or a 401 without a body, as these endpoints have it."""
    current = (await resolve_session(context, from_store=True)).current
    if current is None:
        raise APIError(401)
    return current


OwnAccounts = Annotated[AccountService, Provide(_own_accounts)]
BareSession = Annotated[CurrentSession, Provide(_bare_session, guard=True)]


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


@post(
    "/get-access-token",
    no_store=False,
    errors={400: [ACCOUNT_NOT_FOUND, PROVIDER_NOT_SUPPORTED], 401: [UNAUTHORIZED]},
)
async def get_access_token(body: AccountChoice, current: BareSession, own: OwnAccounts) -> ProviderTokens:
    """Hand out the provider's access token of one of the caller's accounts."""
    raise _not_supported(await own.get(current.user, body.account_id))


@post("/refresh-token", errors={400: [ACCOUNT_NOT_FOUND, PROVIDER_NOT_SUPPORTED], 401: [UNAUTHORIZED]})
async def refresh_token(body: AccountChoice, current: BareSession, own: OwnAccounts) -> ProviderTokens:
    """Renew the provider's tokens of one of the caller's accounts."""
    raise _not_supported(await own.get(current.user, body.account_id))


@get("/account-info", errors={400: [ACCOUNT_NOT_FOUND, PROVIDER_NOT_CONFIGURED], 401: [UNAUTHORIZED]})
async def account_info(query: AccountChoice, current: BareSession, own: OwnAccounts) -> ProviderTokens:
    """Ask the provider about one of the caller's accounts."""
    await own.get(current.user, query.account_id)
    raise APIError(400, PROVIDER_NOT_CONFIGURED)


@post("/sign-in/social", open_api_id="socialSignIn", errors={404: [PROVIDER_NOT_FOUND]})
async def sign_in_social(body: SocialStart) -> SocialRedirect:  # noqa: ARG001 - no provider is configured
    """Start signing in through a provider."""
    raise APIError(404, PROVIDER_NOT_FOUND)


@post("/link-social", open_api_id="linkSocialAccount", errors={401: [UNAUTHORIZED], 404: [PROVIDER_NOT_FOUND]})
async def link_social_account(body: SocialStart, current: ActiveSession) -> SocialRedirect:  # noqa: ARG001
    """Start linking an account at a provider to the caller."""
    raise APIError(404, PROVIDER_NOT_FOUND)


def _not_supported(account: AccountFields) -> APIError:
    return APIError(400, PROVIDER_NOT_SUPPORTED, message=f"Provider {account.provider_id} is not supported.")


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


OPERATIONS = (
    list_user_accounts,
    unlink_account,
    get_access_token,
    refresh_token,
    account_info,
    sign_in_social,
    link_social_account,
)

"""Endpoints of social sign-in (OAuth sheet §2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi_betterauth.errors import (
    ACCOUNT_NOT_FOUND,
    EMAIL_NOT_VERIFIED,
    FAILED_TO_CREATE_SESSION,
    INVALID_TOKEN,
    PROVIDER_NOT_FOUND,
    UNAUTHORIZED,
    APIError,
    RedirectTo,
)
from fastapi_betterauth.outbound.client import OutboundError
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.current import ActiveSession, resolve_session
from fastapi_betterauth.pipeline.operation import Provide, get, post
from fastapi_betterauth.pipeline.redirects import header_safe
from fastapi_betterauth.pipeline.schemas import UserOut
from fastapi_betterauth.storage.fields import AccountFields

from .access import ProviderTokens
from .account_cookie import AccountCookies
from .callback import Callback
from .errors import (
    ACCESS_TOKEN_NOT_FOUND,
    FAILED_TO_GET_ACCESS_TOKEN,
    FAILED_TO_GET_USER_INFO,
    FAILED_TO_REFRESH_ACCESS_TOKEN,
    ID_TOKEN_NOT_SUPPORTED,
    LINKING_DIFFERENT_EMAILS_NOT_ALLOWED,
    LINKING_FAILED,
    LINKING_NOT_ALLOWED,
    OAUTH_LINK_ERROR,
    PROVIDER_NOT_CONFIGURED,
    PROVIDER_NOT_SUPPORTED,
    REFRESH_TOKEN_NOT_FOUND,
    SOCIAL_ACCOUNT_ALREADY_LINKED,
    TOKEN_REFRESH_NOT_SUPPORTED,
    USER_EMAIL_NOT_FOUND,
    USER_ID_OR_SESSION_REQUIRED,
    CallbackError,
)
from .id_token_sign_in import link_with, sign_in_with
from .landing import finish_flow
from .registry import Providers
from .schemas import (
    AccessToken,
    AccountChoice,
    AccountInfo,
    CallbackParameters,
    LinkSocial,
    ProviderAccount,
    ProviderUser,
    RefreshedTokens,
    SignInSocial,
    SocialLink,
    SocialSignIn,
)
from .start import begin_flow
from .tokens import stored_scopes

if TYPE_CHECKING:
    from .provider import Provider

_ID_TOKEN_ERRORS = (INVALID_TOKEN, FAILED_TO_GET_USER_INFO, USER_EMAIL_NOT_FOUND)


async def _caller(context: RequestContext) -> str:
    """Tell whose accounts a request is about: the session's user, or whom the server itself names.

    Raises: APIError: 401 without a body; 400 USER_ID_OR_SESSION_REQUIRED.
    """
    current = (await resolve_session(context, from_store=True)).current
    if current is not None:
        return current.user.id
    if not context.unattended:
        raise APIError(401)
    return ""


Caller = Annotated[str, Provide(_caller, guard=True)]
"""The id of the user; empty for the server itself."""

Tokens = Annotated[ProviderTokens, Provide(ProviderTokens)]


@post(
    "/sign-in/social",
    open_api_id="socialSignIn",
    errors={
        401: [*_ID_TOKEN_ERRORS, OAUTH_LINK_ERROR, FAILED_TO_CREATE_SESSION],
        403: [EMAIL_NOT_VERIFIED],
        404: [PROVIDER_NOT_FOUND, ID_TOKEN_NOT_SUPPORTED],
    },
)
async def sign_in_social(body: SignInSocial, context: RequestContext) -> SocialSignIn[UserOut]:
    """Start signing in through a provider, or sign in with an id token that an app got from it."""
    provider = await _provider(context, body.provider)
    if body.id_token is None:
        url = await begin_flow(context, provider, body)
        return SocialSignIn(url=url, redirect=_redirects(context, url, body))
    current = await sign_in_with(context, provider, body)
    user = context.auth.views.user(current.user)
    return SocialSignIn(redirect=False, token=current.session.token, user=user)


@get("/callback/{id}", open_api_id="handleOAuthCallback", redirects=True)
async def callback_oauth(id: str, query: CallbackParameters, context: RequestContext) -> None:
    """Take back somebody whom a provider sends; ends on a page of yours, whatever happens."""
    try:
        said = query.texts
    except TypeError:
        Callback(context, id, {}).fail(CallbackError.INVALID_CALLBACK_REQUEST)
    callback = Callback(context, id, said)
    landed = await context.once("landed", callback.land)
    raise await finish_flow(context, callback, landed)


@post("/callback/{id}", open_api_id="handleOAuthCallbackForm", forms=True, body_optional=True, redirects=True)
async def callback_oauth_form(
    id: str, body: CallbackParameters, query: CallbackParameters, context: RequestContext
) -> None:
    """Take a provider's form, and have the browser come again with its cookies, which a foreign form cannot carry."""
    try:
        said = {**body.texts, **query.texts}
    except TypeError:
        Callback(context, id, {}).fail(CallbackError.INVALID_CALLBACK_REQUEST)
    raise RedirectTo(f"{context.base.url}/callback/{id}?{urlencode(said)}")


@post(
    "/link-social",
    open_api_id="linkSocialAccount",
    errors={
        401: [UNAUTHORIZED, *_ID_TOKEN_ERRORS, LINKING_NOT_ALLOWED, LINKING_DIFFERENT_EMAILS_NOT_ALLOWED],
        404: [PROVIDER_NOT_FOUND, ID_TOKEN_NOT_SUPPORTED],
        409: [SOCIAL_ACCOUNT_ALREADY_LINKED],
        417: [LINKING_FAILED],
    },
)
async def link_social_account(body: LinkSocial, current: ActiveSession, context: RequestContext) -> SocialLink:
    """Start linking an account at a provider to the caller, or link it with an id token."""
    provider = await _provider(context, body.provider)
    if body.id_token is None:
        url = await begin_flow(context, provider, body, link=current)
        return SocialLink(url=url, redirect=_redirects(context, url, body))
    await link_with(context, provider, body, current)
    return SocialLink(url="", redirect=False, status=True)


@post(
    "/get-access-token",
    errors={
        400: [ACCOUNT_NOT_FOUND, PROVIDER_NOT_SUPPORTED, FAILED_TO_GET_ACCESS_TOKEN, USER_ID_OR_SESSION_REQUIRED],
        401: [],
    },
)
async def get_access_token(body: AccountChoice, caller: Caller, tokens: Tokens, context: RequestContext) -> AccessToken:
    """Hand out an access token of one of the caller's accounts; one that has run out is renewed first."""
    account = await _account(context, caller, body)
    valid = await tokens.valid(account, await tokens.provider_of(account))
    return AccessToken(
        access_token=valid.access_token or "",
        access_token_expires_at=valid.access_token_expires_at,
        scopes=stored_scopes(account.scope),
        id_token=valid.id_token,
    )


@post(
    "/refresh-token",
    errors={
        400: [
            ACCOUNT_NOT_FOUND,
            PROVIDER_NOT_SUPPORTED,
            TOKEN_REFRESH_NOT_SUPPORTED,
            REFRESH_TOKEN_NOT_FOUND,
            FAILED_TO_REFRESH_ACCESS_TOKEN,
            USER_ID_OR_SESSION_REQUIRED,
        ],
        401: [],
    },
)
async def refresh_token(
    body: AccountChoice, caller: Caller, tokens: Tokens, context: RequestContext
) -> RefreshedTokens:
    """Renew the provider's tokens of one of the caller's accounts."""
    account = await _account(context, caller, body)
    fresh = await tokens.renewed(account, await tokens.provider_of(account))
    return RefreshedTokens(
        access_token=str(fresh.access_token),
        refresh_token=str(fresh.refresh_token),
        access_token_expires_at=fresh.access_token_expires_at,
        refresh_token_expires_at=fresh.refresh_token_expires_at,
        scope=account.scope,
        id_token=fresh.id_token,
        provider_id=account.provider_id,
        account_id=account.id,
    )


@get(
    "/account-info",
    errors={
        400: [
            ACCOUNT_NOT_FOUND,
            PROVIDER_NOT_CONFIGURED,
            FAILED_TO_GET_ACCESS_TOKEN,
            ACCESS_TOKEN_NOT_FOUND,
            USER_ID_OR_SESSION_REQUIRED,
        ],
        401: [FAILED_TO_GET_USER_INFO],
    },
)
async def account_info(query: AccountChoice, caller: Caller, tokens: Tokens, context: RequestContext) -> AccountInfo:
    """Ask the provider who one of the caller's accounts belongs to."""
    from .provider import Vouched  # noqa: PLC0415 - the JOSE library takes long to load

    account = await _account(context, caller, query)
    provider = await tokens.provider_of(account, PROVIDER_NOT_CONFIGURED)
    valid = await tokens.valid(account, provider)
    if valid.access_token is None:
        raise APIError(400, ACCESS_TOKEN_NOT_FOUND)
    call = context.auth.options[Providers].call(provider)
    try:
        person = await provider.person(Vouched(tokens=valid), call)
    except OutboundError:
        person = None
    if person is None:
        raise APIError(401, FAILED_TO_GET_USER_INFO)
    user = ProviderUser(
        name=person.name,
        email=person.email,
        image=person.image,
        email_verified=person.email_verified,
        **context.auth.user_input.shown(person.further),
    )
    shown = ProviderAccount(id=account.id, provider_id=account.provider_id, account_id=account.account_id)
    return AccountInfo(user=user, data=dict(person.profile), account=shown)


async def _provider(context: RequestContext, name: str) -> Provider[Any]:
    provider = await context.auth.options[Providers].find(name)
    if provider is None:
        raise APIError(404, PROVIDER_NOT_FOUND)
    return provider


async def _account(context: RequestContext, caller: str, choice: AccountChoice) -> AccountFields:
    """Returns: the account that was chosen, if it is the caller's own (SC-ACCT-06)."""
    owner = caller or choice.user_id
    if not owner:
        raise APIError(400, USER_ID_OR_SESSION_REQUIRED)
    if choice.use_account_cookie:
        account = context.auth.options[AccountCookies].read(context)
        if account is None or (account.user_id != owner and not context.auth.stateless):
            raise APIError(400, ACCOUNT_NOT_FOUND)
        return account
    for account in await context.accounts.of_user(owner):
        if account.id == choice.account_id:
            return account
    raise APIError(400, ACCOUNT_NOT_FOUND)


def _redirects(context: RequestContext, url: str, body: LinkSocial) -> bool:
    if body.disable_redirect:
        return False
    context.response_headers.append(("location", header_safe(url)))
    return True


OPERATIONS = (
    sign_in_social,
    callback_oauth,
    callback_oauth_form,
    link_social_account,
    get_access_token,
    refresh_token,
    account_info,
)

"""Signing in and linking with an id token that an app got itself (OAuth sheet §6)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fastapi_betterauth.errors import EMAIL_NOT_VERIFIED, INVALID_TOKEN, APIError
from fastapi_betterauth.outbound.client import OutboundError
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.sign_in import complete_sign_in
from fastapi_betterauth.sessions.models import CurrentSession

from .account_cookie import AccountCookies
from .arrivals import Arrival, Arrivals
from .errors import (
    FAILED_TO_GET_USER_INFO,
    ID_TOKEN_NOT_SUPPORTED,
    LINKING_DIFFERENT_EMAILS_NOT_ALLOWED,
    LINKING_FAILED,
    LINKING_NOT_ALLOWED,
    OAUTH_LINK_ERROR,
    SOCIAL_ACCOUNT_ALREADY_LINKED,
    USER_EMAIL_NOT_FOUND,
    Refused,
    SignInRefused,
)
from .linking import Linked, Owner, link_account
from .registry import Providers
from .schemas import LinkIdToken, LinkSocial, SignInIdToken
from .tokens import Tokens

if TYPE_CHECKING:
    from .provider import Provider

_LINK_ERRORS = {
    Linked.NOT_ALLOWED: (401, LINKING_NOT_ALLOWED),
    Linked.OTHER_ADDRESS: (401, LINKING_DIFFERENT_EMAILS_NOT_ALLOWED),
    Linked.SOMEBODY_ELSES: (409, SOCIAL_ACCOUNT_ALREADY_LINKED),
    Linked.FAILED: (417, LINKING_FAILED),
}


async def sign_in_with(context: RequestContext, provider: Provider[Any], form: LinkSocial) -> CurrentSession:
    """Sign somebody in by the id token in a body.

    Raises: APIError: 404 ID_TOKEN_NOT_SUPPORTED; 401 INVALID_TOKEN, FAILED_TO_GET_USER_INFO, USER_EMAIL_NOT_FOUND,
        OAUTH_LINK_ERROR; 403 EMAIL_NOT_VERIFIED.
    """
    arrival = await context.once("arrival", lambda: _arrival(context, provider, form))
    try:
        known = await Arrivals(context).receive(arrival)
    except SignInRefused as refused:
        if refused.reason is Refused.EMAIL_NOT_VERIFIED:
            # The account is made all the same; it opens once the address is verified.
            await context.unit.commit()
            raise APIError(403, EMAIL_NOT_VERIFIED) from None
        raise APIError(401, OAUTH_LINK_ERROR, message=refused.reason.value) from None
    current = await complete_sign_in(context, known.user, method="oauth")
    context.auth.options[AccountCookies].write(context, known.account)
    return current


async def link_with(
    context: RequestContext, provider: Provider[Any], form: LinkSocial, current: CurrentSession
) -> None:
    """Link an account by the id token in a body.

    Raises: APIError: as at sign-in; 401 LINKING_NOT_ALLOWED, LINKING_DIFFERENT_EMAILS_NOT_ALLOWED;
        409 SOCIAL_ACCOUNT_ALREADY_LINKED; 417 LINKING_FAILED.
    """
    arrival = await context.once("arrival", lambda: _arrival(context, provider, form))
    outcome = await link_account(context, arrival, Owner(current.user, current.user.email))
    if outcome is not Linked.DONE:
        status, code = _LINK_ERRORS[outcome]
        raise APIError(status, code)


async def _arrival(context: RequestContext, provider: Provider[Any], form: LinkSocial) -> Arrival:
    from .id_tokens import GivenIdToken  # noqa: PLC0415 - the JOSE library takes long to load
    from .provider import Vouched  # noqa: PLC0415

    given = form.id_token
    if given is None or not provider.accepts_id_tokens:
        raise APIError(404, ID_TOKEN_NOT_SUPPORTED)
    call = context.auth.options[Providers].call(provider)
    brought = GivenIdToken(token=given.token, nonce=given.nonce, access_token=given.access_token)
    if not await provider.verify(brought, call):
        raise APIError(401, INVALID_TOKEN)
    tokens = _tokens(given)
    try:
        person = await provider.person(Vouched(tokens=tokens, nonce=given.nonce, given_name=_given_name(given)), call)
    except OutboundError:
        person = None
    if person is None:
        raise APIError(401, FAILED_TO_GET_USER_INFO)
    if person.email is None:
        raise APIError(401, USER_EMAIL_NOT_FOUND)
    return Arrival(
        provider=provider,
        person=person,
        tokens=tokens,
        callback_url=form.callback_url,
        request_sign_up=form.request_sign_up is True,
        from_id_token=True,
    )


def _tokens(given: LinkIdToken) -> Tokens:
    """Read what the app brought; at sign-in its refresh token stays with it."""
    if isinstance(given, SignInIdToken):
        return Tokens(access_token=given.access_token, id_token=given.token, access_token_expires_at=_end(given))
    return Tokens(access_token=given.access_token, refresh_token=given.refresh_token, id_token=given.token)


def _end(given: SignInIdToken) -> datetime | None:
    try:
        return datetime.fromtimestamp(given.expires_at, UTC) if given.expires_at else None
    except (OverflowError, OSError, ValueError):
        return None


def _given_name(given: LinkIdToken) -> str | None:
    return given.user.full_name if isinstance(given, SignInIdToken) and given.user is not None else None

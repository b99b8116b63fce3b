"""Signing in and linking accounts through other providers."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from example_app.pages.frame import SignedIn, calls, go, limited
from fastapi_betterauth import APIError

router = APIRouter()


@router.post("/sign-in/with/{provider}", dependencies=limited("sign-in-with", "30/minute"))
async def sign_in_with(request: Request, provider: str) -> Response:
    """Go to the provider; the flow ends on the account page."""
    response = RedirectResponse("/sign-in", 303)
    try:
        begun = await calls(request, response).sign_in_social(
            provider=provider, callback_url="/account", error_callback_url="/sign-in"
        )
    except APIError:
        return response
    response.headers["location"] = begun.url or "/sign-in"
    return response


@router.post("/account/link/{provider}")
async def link(request: Request, _current: SignedIn, provider: str) -> Response:
    """Go to the provider to link an account there."""
    response = RedirectResponse("/account", 303)
    try:
        begun = await calls(request, response).link_social_account(
            provider=provider, callback_url="/account?notice=linked", error_callback_url="/account"
        )
    except APIError:
        return response
    response.headers["location"] = begun.url
    return response


@router.post("/account/unlink/{account_id}")
async def unlink(request: Request, _current: SignedIn, account_id: str) -> Response:
    """Remove an account, but not the last way to sign in."""
    try:
        await calls(request).unlink_account(account_id=account_id)
    except APIError as error:
        return go("/account", "sign-in-again" if error.code == "SESSION_NOT_FRESH" else "last-account")
    return go("/account", "unlinked")

"""The accounts of this browser: change to another one, sign one out, add one."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from example_app.accounts import auth
from example_app.pages.frame import SignedIn, go, page
from fastapi_betterauth import APIError
from fastapi_betterauth.plugins import MultiSession

router = APIRouter(prefix="/accounts")


@router.get("")
async def accounts(request: Request, current: SignedIn) -> Response:
    """List them."""
    return await _page(request, current)


@router.post("/{session_id}/switch")
async def switch(request: Request, current: SignedIn, session_id: str) -> Response:
    """Go on as another account."""
    response = go("/account", "switched")
    browser = auth.plugin(MultiSession).api.bind(request=request, response=response)
    try:
        await browser.set_active_session(session_token=await _token(request, session_id))
    except APIError as error:
        return await _page(request, current, error)
    return response


@router.post("/{session_id}/sign-out")
async def sign_out(request: Request, current: SignedIn, session_id: str) -> Response:
    """Sign one of them out; another one is active then, if there is one."""
    response = go("/accounts")
    browser = auth.plugin(MultiSession).api.bind(request=request, response=response)
    try:
        await browser.revoke_device_session(session_token=await _token(request, session_id))
    except APIError as error:
        return await _page(request, current, error)
    return response


async def _page(request: Request, current: SignedIn, error: APIError | None = None) -> Response:
    found = await auth.plugin(MultiSession).api.bind(request=request).list_device_sessions()
    return page(request, "accounts.html", current, error=error, accounts=found)


async def _token(request: Request, session_id: str) -> str:
    """Returns: the token of a session of this browser; the page knows ids only."""
    found = await auth.plugin(MultiSession).api.bind(request=request).list_device_sessions()
    return next((one.session.token for one in found if one.session.id == session_id), "")

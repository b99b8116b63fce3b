"""The account: profile, address, password, devices, deletion. Each form comes back to the one page."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from example_app.accounts import AppUser
from example_app.pages.frame import SignedIn, Text, calls, failure_of, go, page
from example_app.terms import accept_terms, read_terms
from fastapi_betterauth import APIError, CurrentSession

router = APIRouter(prefix="/account")

_BROWSERS: Final = ("Edg", "OPR", "Firefox", "Chrome", "Safari", "curl")
_NAMES: Final = {"Edg": "Edge", "OPR": "Opera"}
_SYSTEMS: Final = ("Windows", "Android", "iPhone", "iPad", "Mac OS X", "Linux")


@router.get("")
async def account(request: Request, current: SignedIn) -> Response:
    """Show the account."""
    return await _page(request, current)


@router.post("/profile")
async def profile(
    request: Request, current: SignedIn, name: Text = "", locale: Text = "en", username: Text = ""
) -> Response:
    """Change the names and the language."""
    response = go("/account", "profile")
    fields = {"locale": locale} | ({"username": username, "displayUsername": username} if username else {})
    try:
        await calls(request, response).update_user(name=name, fields=fields)
    except APIError as error:
        return await _page(request, current, "profile", error)
    return response


@router.post("/terms")
async def terms(request: Request, _current: SignedIn) -> Response:
    """Accept the terms; by the app's own plugin."""
    response = go("/account", "terms")
    await calls(request, response).call(accept_terms)
    return response


@router.post("/email")
async def email(request: Request, current: SignedIn, email: Text = "") -> Response:
    """Ask for another address; a mailed link decides."""
    try:
        await calls(request).change_email(new_email=email, callback_url="/account?notice=verified")
    except APIError as error:
        return await _page(request, current, "email", error)
    return go("/account", "address-mail")


@router.post("/password")
async def password(
    request: Request,
    current: SignedIn,
    current_password: Text = "",
    new_password: Text = "",
    *,
    revoke: Annotated[bool, Form()] = False,
) -> Response:
    """Change the password, and sign the other devices out if asked to."""
    response = go("/account", "password")
    try:
        await calls(request, response).change_password(
            current_password=current_password, new_password=new_password, revoke_other_sessions=revoke
        )
    except APIError as error:
        return await _page(request, current, "password", error)
    return response


@router.post("/devices/{session_id}/sign-out")
async def sign_device_out(request: Request, current: SignedIn, session_id: str) -> Response:
    """End the session of one device. The page knows ids; tokens stay on the server."""
    try:
        devices = await calls(request).list_sessions()
        for device in devices:
            if device.id == session_id:
                await calls(request).revoke_session(token=device.token)
    except APIError as error:
        return await _page(request, current, "devices", error)
    return go("/account", "device")


@router.post("/devices/sign-out-others")
async def sign_others_out(request: Request, current: SignedIn) -> Response:
    """End all other sessions."""
    try:
        await calls(request).revoke_other_sessions()
    except APIError as error:
        return await _page(request, current, "devices", error)
    return go("/account", "devices")


@router.post("/delete")
async def delete(request: Request, current: SignedIn, password: Text = "") -> Response:
    """Check the password, if there is one, and mail a link that deletes the account."""
    own = await calls(request).list_user_accounts()
    needed = any(account.provider_id == "credential" for account in own)
    try:
        await calls(request).delete_user(password=password if needed else None, callback_url="/?notice=deleted")
    except APIError as error:
        return await _page(request, current, "delete", error)
    return go("/account", "deletion-mail")


async def _page(
    request: Request, current: CurrentSession[AppUser], section: str = "", error: APIError | None = None
) -> Response:
    devices: Sequence[object] | None = None
    with suppress(APIError):  # the sign-in was too long ago to show them
        devices = await calls(request).list_sessions()
    terms = await calls(request).call(read_terms)
    shown = {
        "section": section,
        "devices": devices,
        "device_name": device_name,
        "terms": terms,
        "accounts": {account.provider_id: account for account in await calls(request).list_user_accounts()},
    }
    return page(request, "account.html", current, error=error or failure_of(request), **shown)


def device_name(user_agent: str | None) -> str:
    """Say in two words what a User-Agent header says in twenty."""
    text = user_agent or ""
    browser = next((_NAMES.get(name, name) for name in _BROWSERS if name in text), "A device")
    system = next((name for name in _SYSTEMS if name in text), None)
    return f"{browser} on {system}" if system else browser

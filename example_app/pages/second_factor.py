"""The second factor of an account: turn it on with a QR code, renew backup codes, turn it off."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from markupsafe import Markup

from example_app.accounts import auth
from example_app.pages.frame import SignedIn, Text, calls, go, page
from fastapi_betterauth import APIError
from fastapi_betterauth.plugins import TwoFactor
from fastapi_betterauth.plugins.two_factor import qr_code_svg

router = APIRouter(prefix="/account/second-factor")


@router.get("")
async def second_factor(request: Request, current: SignedIn) -> Response:
    """Show whether it is on, and what can be done."""
    return page(request, "second-factor.html", current)


@router.post("/begin")
async def begin(request: Request, current: SignedIn, password: Text = "") -> Response:
    """Show the QR code and the backup codes, once."""
    try:
        begun = await auth.plugin(TwoFactor).api.bind(request=request).enable_two_factor(password=password)
    except APIError as error:
        return page(request, "second-factor.html", current, error=error)
    uri = begun.totp_uri or ""
    # The drawing is ours, made of the URI: nothing in it is markup of a user's.
    drawn = Markup(qr_code_svg(uri))  # noqa: S704
    return page(request, "second-factor-begin.html", current, uri=uri, qr=drawn, backup_codes=begun.backup_codes)


@router.post("/confirm")
async def confirm(request: Request, current: SignedIn, code: Text = "") -> Response:
    """Turn it on with the app's first code."""
    response = go("/account/second-factor", "factor-on")
    try:
        await auth.plugin(TwoFactor).api.bind(request=request, response=response).verify_totp(code=code.strip())
    except APIError as error:
        return page(request, "second-factor-begin.html", current, error=error)
    return response


@router.post("/backup-codes")
async def backup_codes(request: Request, current: SignedIn, password: Text = "") -> Response:
    """Make new backup codes, and show them once."""
    try:
        made = await auth.plugin(TwoFactor).api.bind(request=request).generate_backup_codes(password=password)
    except APIError as error:
        return page(request, "second-factor.html", current, error=error)
    return page(request, "second-factor.html", current, backup_codes=made.backup_codes)


@router.post("/off")
async def turn_off(request: Request, current: SignedIn, password: Text = "") -> Response:
    """Turn it off."""
    response = go("/account/second-factor", "factor-off")
    try:
        await auth.plugin(TwoFactor).api.bind(request=request, response=response).disable_two_factor(password=password)
    except APIError as error:
        return page(request, "second-factor.html", current, error=error)
    return response


@router.post("/forget-devices")
async def forget_devices(request: Request, _current: SignedIn) -> Response:
    """Sign out everywhere; trusted devices are forgotten with it."""
    response = go("/sign-in", "forgotten")
    await calls(request, response).revoke_sessions()
    await calls(request, response).sign_out()
    return response

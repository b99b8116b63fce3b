"""Signing in by what comes by mail: a link, or a code."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from example_app.accounts import auth
from example_app.pages.frame import Text, go, limited, page
from fastapi_betterauth import APIError
from fastapi_betterauth.plugins import EmailOtp, MagicLink

router = APIRouter(prefix="/sign-in")


@router.post("/link", dependencies=limited("mail", "5/minute"))
async def mail_link(request: Request, email: Text = "") -> Response:
    """Mail a link; the answer is the same for every address."""
    links = auth.plugin(MagicLink).api.bind(request=request)
    try:
        await links.sign_in_magic_link(email=email, callback_url="/account", error_callback_url="/sign-in")
    except APIError as error:
        return page(request, "sign-in.html", error=error, email=email)
    return go("/", "link-sent")


@router.post("/code", dependencies=limited("mail", "5/minute"))
async def mail_code(request: Request, email: Text = "") -> Response:
    """Mail a code, and ask for it."""
    try:
        await auth.plugin(EmailOtp).api.bind(request=request).send_verification_otp(email=email, type="sign-in")
    except APIError as error:
        return page(request, "sign-in.html", error=error, email=email)
    return page(request, "code.html", email=email)


@router.post("/code/use", dependencies=limited("sign-in", "10/minute"))
async def use_code(request: Request, email: Text = "", code: Text = "") -> Response:
    """Sign in with the code."""
    response = go("/account")
    try:
        codes = auth.plugin(EmailOtp).api.bind(request=request, response=response)
        await codes.sign_in_email_otp(email=email, otp=code, name=email.partition("@")[0])
    except APIError as error:
        return page(request, "code.html", error=error, email=email)
    return response

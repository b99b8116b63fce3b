"""Pages around mailed links: verify an address, forget and choose a password."""

from typing import Annotated

from fastapi import APIRouter, Cookie, Request
from fastapi.responses import Response

from example_app.pages.frame import LINK_EXPIRED, SignedIn, Text, Visitor, calls, go, limited, page
from fastapi_betterauth import APIError

router = APIRouter()

_HOUR = 3600
_PATH = "/new-password"


@router.post("/verify", dependencies=limited("mail", "5/minute"))
async def verify(request: Request, current: SignedIn) -> Response:
    """Mail the verification link again."""
    await calls(request).send_verification_email(email=current.user.email, callback_url="/?notice=verified")
    return go("/account", "mail-sent")


@router.get("/forgot-password")
async def forgot_form(request: Request, visitor: Visitor) -> Response:
    """Ask which account it is."""
    return page(request, "forgot-password.html", visitor)


@router.post("/forgot-password", dependencies=limited("mail", "5/minute"))
async def forgot(request: Request, email: Text = "") -> Response:
    """Mail a link; the answer is the same whether the address has an account or not."""
    try:
        await calls(request).request_password_reset(email=email, redirect_to=_PATH)
    except APIError as error:
        return page(request, "forgot-password.html", error=error, email=email)
    return go("/", "reset-sent")


@router.get(_PATH)
async def new_password_form(
    request: Request, token: str | None = None, reset_token: Annotated[str | None, Cookie()] = None
) -> Response:
    """Ask for the new password. The token moves into a cookie: it has no business in the address bar."""
    if token is not None:
        response = go(_PATH)
        secure = request.url.scheme == "https"
        response.set_cookie("reset_token", token, _HOUR, path=_PATH, secure=secure, httponly=True, samesite="lax")
        return response
    if reset_token is None or "error" in request.query_params:
        return page(request, "forgot-password.html", error=LINK_EXPIRED)
    return page(request, "new-password.html")


@router.post(_PATH)
async def new_password(
    request: Request, password: Text = "", reset_token: Annotated[str | None, Cookie()] = None
) -> Response:
    """Set the password."""
    try:
        await calls(request).reset_password(new_password=password, token=reset_token or "")
    except APIError as error:
        if error.code == "INVALID_TOKEN":
            return page(request, "forgot-password.html", error=LINK_EXPIRED)
        return page(request, "new-password.html", error=error)
    response = go("/sign-in", "password-reset")
    response.delete_cookie("reset_token", path=_PATH)
    return response

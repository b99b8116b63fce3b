"""Home, and the ways in and out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from example_app.pages.frame import LINK_EXPIRED, Text, Visitor, calls, go, page
from fastapi_betterauth import APIError

router = APIRouter()


@router.get("/")
async def home(request: Request, visitor: Visitor) -> Response:
    """Say what there is."""
    failed = "error" in request.query_params
    return page(request, "home.html", visitor, error=LINK_EXPIRED if failed else None)


@router.get("/sign-up")
async def sign_up_form(request: Request, visitor: Visitor) -> Response:
    """Ask for name, address and password."""
    return go("/account") if visitor else page(request, "sign-up.html")


@router.post("/sign-up")
async def sign_up(request: Request, name: Text = "", email: Text = "", password: Text = "") -> Response:
    """Make an account; its owner is signed in."""
    response = go("/account", "welcome")
    try:
        await calls(request, response).sign_up_email(
            name=name, email=email, password=password, callback_url="/?notice=verified"
        )
    except APIError as error:
        return page(request, "sign-up.html", error=error, name=name, email=email)
    return response


@router.get("/sign-in")
async def sign_in_form(request: Request, visitor: Visitor) -> Response:
    """Ask for address and password."""
    return go("/account") if visitor else page(request, "sign-in.html")


@router.post("/sign-in")
async def sign_in(
    request: Request, email: Text = "", password: Text = "", *, remember: Annotated[bool, Form()] = False
) -> Response:
    """Sign in; without "remember" the session ends with the browser."""
    response = go("/account")
    try:
        await calls(request, response).sign_in_email(email=email, password=password, remember_me=remember)
    except APIError as error:
        return page(request, "sign-in.html", error=error, email=email)
    return response


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End this device's session."""
    response = go("/", "signed-out")
    await calls(request, response).sign_out()
    return response

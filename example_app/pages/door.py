"""Home, and the ways in and out."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from example_app.accounts import auth
from example_app.pages.frame import Text, Visitor, calls, failure_of, go, limited, page
from fastapi_betterauth import APIError, SignInWaits
from fastapi_betterauth.plugins import Username

router = APIRouter()


@router.get("/")
async def home(request: Request, visitor: Visitor) -> Response:
    """Say what there is."""
    return page(request, "home.html", visitor, error=failure_of(request))


@router.get("/sign-up")
async def sign_up_form(request: Request, visitor: Visitor) -> Response:
    """Ask for name, address and password."""
    return go("/account") if visitor else page(request, "sign-up.html")


@router.post("/sign-up", dependencies=limited("sign-up", "10/hour"))
async def sign_up(
    request: Request, name: Text = "", email: Text = "", password: Text = "", username: Text = ""
) -> Response:
    """Make an account; its owner is signed in."""
    response = go("/account", "welcome")
    try:
        await calls(request, response).sign_up_email(
            name=name,
            email=email,
            password=password,
            callback_url="/?notice=verified",
            fields={"username": username} if username else None,
        )
    except APIError as error:
        return page(request, "sign-up.html", error=error, name=name, email=email, username=username)
    return response


@router.get("/sign-in")
async def sign_in_form(request: Request, visitor: Visitor) -> Response:
    """Ask who it is; with ``?add`` also those who are signed in, for a further account."""
    if visitor and "add" not in request.query_params:
        return go("/account")
    return page(request, "sign-in.html", visitor, error=failure_of(request))


@router.post("/sign-in", dependencies=limited("sign-in", "10/minute"))
async def sign_in(
    request: Request, login: Text = "", password: Text = "", *, remember: Annotated[bool, Form()] = False
) -> Response:
    """Sign in by address or username; without "remember" the session ends with the browser."""
    response = go("/account")
    try:
        if "@" in login:
            await calls(request, response).sign_in_email(email=login, password=password, remember_me=remember)
        else:
            names = auth.plugin(Username).api.bind(request=request, response=response)
            await names.sign_in_username(username=login, password=password, remember_me=remember)
    except SignInWaits as waits:
        methods = ",".join(waits.answer["twoFactorMethods"])
        response.headers["location"] = f"/second-factor?methods={methods}"
    except APIError as error:
        return page(request, "sign-in.html", error=error, login=login)
    return response


@router.post("/sign-out")
async def sign_out(request: Request) -> Response:
    """End this device's session."""
    response = go("/", "signed-out")
    await calls(request, response).sign_out()
    return response

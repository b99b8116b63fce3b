"""The second factor at a sign-in: of the app, by mail, or a backup code."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from example_app.accounts import auth
from example_app.pages.frame import Text, go, limited, page
from fastapi_betterauth import APIError
from fastapi_betterauth.plugins import TwoFactor

router = APIRouter(prefix="/second-factor")

Factor = Literal["totp", "otp", "backup"]


@router.get("")
async def challenge(request: Request, methods: str = "totp") -> Response:
    """Ask for a code."""
    return _page(request, methods)


@router.post("/mail", dependencies=limited("mail", "5/minute"))
async def mail_code(request: Request, methods: Text = "totp") -> Response:
    """Mail a code."""
    try:
        await auth.plugin(TwoFactor).api.bind(request=request).send_two_factor_otp()
    except APIError as error:
        return _page(request, methods, error=error)
    return _page(request, methods, factor="otp")


@router.post("/{factor}", dependencies=limited("sign-in", "10/minute"))
async def verify(
    request: Request,
    factor: Factor,
    code: Text = "",
    methods: Text = "totp",
    *,
    trust: Annotated[bool, Form()] = False,
) -> Response:
    """Complete the sign-in."""
    response = go("/account")
    factors = auth.plugin(TwoFactor).api.bind(request=request, response=response)
    given = code.strip()
    try:
        if factor == "totp":
            await factors.verify_totp(code=given, trust_device=trust)
        elif factor == "otp":
            await factors.verify_two_factor_otp(code=given, trust_device=trust)
        else:
            await factors.verify_backup_code(code=given, trust_device=trust)
    except APIError as error:
        return _page(request, methods, factor=factor, error=error)
    return response


def _page(request: Request, methods: str, *, factor: Factor | None = None, error: APIError | None = None) -> Response:
    offered = [method for method in ("totp", "otp") if method in methods.split(",")]
    shown: dict[str, Any] = {"offered": offered, "methods": ",".join(offered), "factor": factor}
    return page(request, "challenge.html", error=error, **shown)

"""What all pages share: who visits, how a page is rendered, and how a form leads on."""

from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.templating import Jinja2Templates

from example_app.accounts import AppUser, auth
from example_app.providers import BUTTONS
from example_app.settings import DEMO
from fastapi_betterauth import APIError, CurrentSession
from fastapi_betterauth.in_process import ServerCalls
from fastapi_betterauth.plugins import Admin

NOTICES: Final = {
    "welcome": "Welcome. We have mailed you a link to verify your address.",
    "verified": "Thank you, your address is verified.",
    "mail-sent": "A mail is on its way.",
    "reset-sent": "If this address has an account, a mail with a link is on its way.",
    "password": "Your password is changed.",
    "password-reset": "Your password is changed. Sign in with it now.",
    "profile": "Saved.",
    "address-mail": "Follow the link in your mail to change the address.",
    "device": "That device is signed out.",
    "devices": "All other devices are signed out.",
    "deletion-mail": "Follow the link in your mail to delete the account. It holds for a day.",
    "deleted": "Your account is deleted.",
    "signed-out": "You are signed out.",
    "sign-in-first": "Sign in first.",
    "link-sent": "If you may sign in with this address, a mail with a link is on its way.",
    "factor-on": "The second factor is on. From now on we ask for a code after your password.",
    "factor-off": "The second factor is off.",
    "forgotten": "You are signed out everywhere, and no device is trusted any more.",
    "switched": "You have changed the account.",
    "linked": "The account is linked.",
    "unlinked": "The account is not linked any more.",
    "last-account": "This is the only way for you to sign in.",
    "sign-in-again": "Sign in again for that: this sign-in was too long ago.",
    "terms": "Thank you for accepting the terms.",
    "saved": "Saved.",
    "created": "The user is created.",
    "removed": "The user is deleted.",
    "impersonating": "You are somebody else now.",
    "yourself": "You are yourself again.",
}
"""What a page may say after a redirect, by the value of ``?notice=``: links cannot put other words there."""

FLOW_ERRORS: Final = {
    "access_denied": "You did not want to sign in there, or may not.",
    "account_not_linked": "This address has an account already. Sign in to it, then link the other one there.",
    "account_already_linked_to_different_user": "That account belongs to somebody else here.",
    "banned": "You have been banned.",
    "email_does_not_match": "That account has another address than this one.",
    "unable_to_link_account": "That account cannot be linked: its address is not verified there.",
    "state_mismatch": "That took too long, or began in another browser. Try again.",
}
"""What a page says about the ``?error=`` that a flow through a provider ended with."""

LINK_EXPIRED: Final = "This link is not valid any more. Ask for another one."

_templates = Jinja2Templates(Path(__file__).parent.parent / "templates")

Text = Annotated[str, Form()]
Visitor = Annotated[CurrentSession[AppUser] | None, Depends(auth.optional_session)]


def signed_in(current: Visitor) -> CurrentSession[AppUser]:
    """Lead who is not signed in to the page where they can."""
    if current is None:
        raise HTTPException(303, headers={"Location": "/sign-in?notice=sign-in-first"})
    return current


SignedIn = Annotated[CurrentSession[AppUser], Depends(signed_in)]


async def admin(request: Request, current: SignedIn) -> CurrentSession[AppUser]:
    """Lead who may not see the admin area home."""
    asked = auth.plugin(Admin).api.bind(request=request)
    if not (await asked.user_has_permission(permissions={"user": ["list"]})).success:
        raise HTTPException(303, headers={"Location": "/"})
    return current


AdminVisitor = Annotated[CurrentSession[AppUser], Depends(admin)]


def page(
    request: Request,
    template: str,
    current: CurrentSession[AppUser] | None = None,
    *,
    error: APIError | str | None = None,
    **context: object,
) -> Response:
    """Render a page, with what there is to tell about the last step."""
    shown = {
        "current": current,
        "demo": DEMO,
        "providers": BUTTONS,
        "notice": NOTICES.get(request.query_params.get("notice", "")),
        "error": error.message if isinstance(error, APIError) else error,
    }
    status = error.status if isinstance(error, APIError) else 200
    return _templates.TemplateResponse(request, template, {**shown, **context}, status_code=status)


def failure_of(request: Request) -> str | None:
    """Returns: what to say about the ``?error=`` that a link or a flow brought here."""
    failed = request.query_params.get("error")
    return FLOW_ERRORS.get(failed, LINK_EXPIRED) if failed is not None else None


def go(path: str, notice: str | None = None) -> RedirectResponse:
    """Lead on after a form."""
    return RedirectResponse(f"{path}?notice={notice}" if notice else path, status_code=303)


def limited(name: str, limit: str) -> list[Any]:
    """Limit a form by the address it comes from: its calls are the server's own, which nothing else counts.

    Args: name: forms of one name share one count.
    """
    return [Depends(auth.rate_limit(limit, by="ip", name=name))]


async def wait(request: Request, refusal: Exception) -> Response:
    """Say when it is worth trying again."""
    headers = refusal.headers if isinstance(refusal, HTTPException) and refusal.headers else {}
    answer = page(request, "wait.html", error="Too many attempts.", seconds=headers.get("Retry-After"))
    answer.status_code = 429
    answer.headers.update(headers)
    return answer


def calls(request: Request, response: Response | None = None) -> ServerCalls:
    """Act for whoever sent a form; cookies go onto the response."""
    return auth.api.bind(request=request, response=response)

"""The few pages of the demo, without a template engine."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from example_app.settings import DEMO

router = APIRouter(include_in_schema=False)

_FOLDER = Path(__file__).parent / "static"
_FRAME = (_FOLDER / "frame.html").read_text()
_MAIL = '<a href="/dev/mail">Mail</a>' if DEMO else ""


def page(title: str, body: str) -> HTMLResponse:
    """Put a body, which is HTML, into the frame that all pages share."""
    return HTMLResponse(_FRAME.replace("{title}", title).replace("{mail}", _MAIL).replace("{body}", body))


@router.get("/")
def home() -> HTMLResponse:
    """Sign up, sign in, see who you are, sign out."""
    return page("Welcome", (_FOLDER / "home.html").read_text())


@router.get("/new-password")
def new_password() -> HTMLResponse:
    """Where reset links lead."""
    return page("New password", (_FOLDER / "new-password.html").read_text())

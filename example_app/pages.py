"""The few pages of the demo, without a template engine."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

_FOLDER = Path(__file__).parent / "static"


def page(title: str, body: str) -> HTMLResponse:
    """Put a body into the frame all pages share."""
    frame = (_FOLDER / "frame.html").read_text()
    return HTMLResponse(frame.replace("{title}", title).replace("{body}", body))


@router.get("/")
async def home() -> HTMLResponse:
    """Sign up, sign in, see who you are, sign out."""
    return page("Welcome", (_FOLDER / "home.html").read_text())


@router.get("/new-password")
async def new_password() -> HTMLResponse:
    """Where reset links lead."""
    return page("New password", (_FOLDER / "new-password.html").read_text())

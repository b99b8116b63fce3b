"""The mails of the demo at ``/dev/mail``."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from example_app import mail
from example_app.pages.frame import Visitor, page

router = APIRouter()


@router.get("/dev/mail")
async def mailbox(request: Request, visitor: Visitor) -> Response:
    """Show the messages, newest first."""
    return page(request, "mail.html", visitor, mails=list(mail.sent))

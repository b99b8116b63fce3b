"""The mails of the demo at ``/dev/mail``."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from example_app.mail import mailbox
from example_app.pages.frame import Visitor, page

router = APIRouter()


@router.get("/dev/mail")
async def mails(request: Request, visitor: Visitor) -> Response:
    """Show the messages, newest first."""
    return page(request, "mail.html", visitor, mails=list(mailbox.mails))

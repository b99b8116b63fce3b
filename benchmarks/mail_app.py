"""The app under measurement with mails: by SMTP where SMTP_URL says so, else thrown away."""

import os

from fastapi import FastAPI

from fastapi_betterauth import BetterAuth, EmailAndPassword, EmailVerification, LoggerOptions, RateLimit
from fastapi_betterauth.mail import Mailer, Mails, Message, SMTPMailer
from fastapi_betterauth.plugins import MagicLink


class Nowhere:
    """Throws mails away."""

    async def send(self, message: Message, /) -> None:
        """Do nothing."""


_URL = os.environ.get("SMTP_URL")
_MAILER: Mailer = SMTPMailer(_URL, sender="Bench <bench@bench.test>", encryption="none") if _URL else Nowhere()

mails = Mails(_MAILER, app_name="Benchmark")
auth = BetterAuth(
    app_name="Benchmark",
    base_url=os.environ["BASE_URL"],
    database=os.environ["DATABASE_URL"],
    email_and_password=EmailAndPassword(enabled=True, send_reset_password=mails.reset_password),
    email_verification=EmailVerification(send_verification_email=mails.verification, send_on_sign_up=True),
    plugins=[MagicLink(send_magic_link=mails.magic_link)],
    logger=LoggerOptions(disabled=True),  # the mails that are not sent
    auto_migrate=True,
    rate_limit=RateLimit(enabled=False),  # one client asks all the time
)

app = FastAPI()
app.include_router(auth.router)


@app.get("/public")
async def public() -> dict[str, bool]:
    """Say that the app is there."""
    return {"public": True}

"""The app's authentication: one object."""

from example_app import mail
from example_app.settings import DATABASE_URL, DEMO, base_url, secret
from example_app.terms import Terms
from fastapi_betterauth import (
    BetterAuth,
    ChangeEmail,
    DeleteUser,
    EmailAndPassword,
    EmailVerification,
    UserFields,
    UserOptions,
)


class AppUser(UserFields):
    """What this app knows of a person besides the usual."""

    locale: str = "en"


auth = BetterAuth(
    app_name="Example",
    base_url=base_url(),
    secret=secret(),
    database=DATABASE_URL,
    email_and_password=EmailAndPassword(enabled=True, send_reset_password=mail.reset),
    email_verification=EmailVerification(send_verification_email=mail.verification, send_on_sign_up=True),
    user=UserOptions(
        fields=AppUser,
        change_email=ChangeEmail(enabled=True, send_change_email_confirmation=mail.change),
        delete_user=DeleteUser(enabled=True, send_delete_account_verification=mail.deletion),
    ),
    plugins=[Terms(version="2026-11")],
    auto_migrate=True,
    environment="development" if DEMO else None,
)

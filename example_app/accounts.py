"""The app's authentication: one object."""

from example_app import mail
from example_app.settings import BASE_URL, DATABASE_URL, DEMO, PORT, secret
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
    base_url=BASE_URL,
    secret=secret(),
    database=DATABASE_URL,
    trusted_origins=[f"http://localhost:{PORT}"],
    email_and_password=EmailAndPassword(enabled=True, send_reset_password=mail.reset),
    email_verification=EmailVerification(send_verification_email=mail.verification, send_on_sign_up=True),
    user=UserOptions(
        fields=AppUser,
        change_email=ChangeEmail(enabled=True, send_change_email_confirmation=mail.change),
        delete_user=DeleteUser(enabled=True),
    ),
    auto_migrate=True,
    environment="development" if DEMO else None,
)

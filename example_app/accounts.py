"""The app's authentication: one object."""

from example_app.mail import mails
from example_app.providers import SERVERS, SOCIAL
from example_app.settings import ADMIN_EMAILS, DATABASE_URL, DEMO, base_url, secret
from example_app.terms import Terms
from fastapi_betterauth import (
    BetterAuth,
    Caller,
    ChangeEmail,
    DatabaseHooks,
    DeleteUser,
    EmailAndPassword,
    EmailVerification,
    RateLimit,
    TableHooks,
    UserFields,
    UserOptions,
)
from fastapi_betterauth.plugins import Admin, EmailOtp, GenericOAuth, MagicLink, MultiSession, TwoFactor, Username
from fastapi_betterauth.plugins.two_factor import OtpOptions


class AppUser(UserFields):
    """What this app knows of a person besides the usual."""

    locale: str = "en"


async def promote(user: UserFields, _caller: Caller | None) -> dict[str, object] | None:
    """Make an admin of who is meant to be one."""
    return {"role": "admin"} if user.email in ADMIN_EMAILS else None


auth = BetterAuth(
    app_name="Example",
    base_url=base_url(),
    secret=secret(),
    database=DATABASE_URL,
    email_and_password=EmailAndPassword(
        enabled=True,
        send_reset_password=mails.reset_password,
        on_password_reset=mails.password_was_reset,
    ),
    email_verification=EmailVerification(send_verification_email=mails.verification, send_on_sign_up=True),
    user=UserOptions(
        fields=AppUser,
        change_email=ChangeEmail(enabled=True, send_change_email_confirmation=mails.change_email),
        delete_user=DeleteUser(enabled=True, send_delete_account_verification=mails.delete_account),
    ),
    database_hooks=DatabaseHooks(user=TableHooks(before_create=promote)),
    social_providers=SOCIAL,
    plugins=[
        Username(),
        MagicLink(send_magic_link=mails.magic_link, store_token="hashed"),
        EmailOtp(send_verification_otp=mails.email_otp, store_otp="encrypted"),
        TwoFactor(otp=OtpOptions(send_otp=mails.second_factor, store_otp="encrypted")),
        MultiSession(),
        Admin(),
        GenericOAuth(SERVERS),
        Terms(version="2026-11"),
    ],
    rate_limit=RateLimit(enabled=False) if DEMO else None,
    auto_migrate=True,
    environment="development" if DEMO else None,
)

"""The configurations under test, feature by feature what ``reference/profiles.mjs`` gives the reference."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

from fastapi_betterauth import (
    AccountLinking,
    AccountOptions,
    Argon2Hasher,
    Caller,
    ChangeEmail,
    ChangeEmailMail,
    DatabaseHooks,
    DeleteAccountMail,
    DeleteUser,
    EmailAndPassword,
    EmailVerification,
    PasswordHashing,
    Private,
    ResetPasswordMail,
    ScryptHasher,
    ServerOnly,
    SessionFields,
    SessionOptions,
    TableHooks,
    UserFields,
    UserOptions,
    VerificationMail,
)
from fastapi_betterauth.plugins.admin import Admin
from fastapi_betterauth.plugins.anonymous import Anonymous, LinkedAccount
from fastapi_betterauth.plugins.anonymous.columns import is_anonymous
from fastapi_betterauth.plugins.bearer import Bearer
from fastapi_betterauth.plugins.email_otp import ChangeEmailOtp, EmailOtp, EmailOtpMail
from fastapi_betterauth.plugins.generic_oauth import GenericOAuth, OAuthServer
from fastapi_betterauth.plugins.magic_link import MagicLink, MagicLinkMail
from fastapi_betterauth.plugins.multi_session import MultiSession
from fastapi_betterauth.plugins.open_api import OpenApi
from fastapi_betterauth.plugins.two_factor import OtpOptions, TwoFactor, TwoFactorCodeMail
from fastapi_betterauth.plugins.username import Username
from fastapi_betterauth.social import Discord, GitHub, GitLab, Google, Microsoft, Spotify
from fastapi_betterauth.social.provider import Provider
from fastapi_betterauth.storage.hooks import Changes
from tests.conformance.mailbox import Mailbox

SECRET = "conformance-secret-conformance-secret-1234"
BUILT = ("core", "core-strict", "first", "social")


class StrictUser(UserFields):
    """The additional fields of the strict profile."""

    locale: str | None = "en"
    score: Annotated[int | None, ServerOnly] = 0
    note: Annotated[str | None, Private] = None
    newsletter: bool | None = None


class StrictSession(SessionFields):
    """The additional field of the strict profile."""

    theme: str | None = None


class Mails:
    """Puts every kind of mail into the mailbox."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def reset_password(self, mail: ResetPasswordMail) -> None:
        self._mailbox.push("reset-password", mail.user.email, url=mail.url, token=mail.token)

    async def password_was_reset(self, user: UserFields) -> None:
        self._mailbox.push("password-was-reset", user.email)

    async def verify_email(self, mail: VerificationMail) -> None:
        self._mailbox.push("verify-email", mail.user.email, url=mail.url, token=mail.token)

    async def change_email(self, mail: ChangeEmailMail) -> None:
        self._mailbox.push(
            "change-email-confirmation",
            mail.user.email,
            newEmail=mail.new_email,
            url=mail.url,
            token=mail.token,
        )

    async def delete_account(self, mail: DeleteAccountMail) -> None:
        self._mailbox.push("delete-account", mail.user.email, url=mail.url, token=mail.token)

    async def two_factor_code(self, mail: TwoFactorCodeMail) -> None:
        self._mailbox.push("two-factor-otp", mail.user.email, otp=mail.otp)

    async def magic_link(self, mail: MagicLinkMail) -> None:
        self._mailbox.push("magic-link", mail.email, url=mail.url, token=mail.token)

    async def email_otp(self, mail: EmailOtpMail) -> None:
        self._mailbox.push("email-otp", mail.email, otp=mail.otp, type=mail.type)

    async def anonymous_linked(self, linked: LinkedAccount) -> None:
        was = is_anonymous(linked.anonymous_user.user)
        self._mailbox.push("anonymous-linked", linked.new_user.user.email, wasAnonymous=was)

    async def existing_sign_up(self, user: UserFields) -> None:
        self._mailbox.push("existing-sign-up", user.email)


def options_of(profile: str, *, port: int, mailbox: Mailbox, hasher: str, idp: str) -> dict[str, Any]:
    """Returns: the arguments of BetterAuth for a profile, but for the database."""
    mails = Mails(mailbox)
    options = _core(mails, port, PasswordHashing(hasher=ScryptHasher() if hasher == "scrypt" else Argon2Hasher()))
    if profile == "core-strict":
        return _strict(mails, options)
    if profile == "social":
        return _social(options, idp)
    return _first(mails, options) if profile == "first" else options


def _core(mails: Mails, port: int, hashing: PasswordHashing) -> dict[str, Any]:
    base = f"http://127.0.0.1:{port}"
    return {
        "app_name": "Conformance",
        "base_url": base,
        "secret": SECRET,
        "trusted_origins": [base, "http://localhost:3000", "myapp://"],
        "email_and_password": EmailAndPassword(
            enabled=True,
            send_reset_password=mails.reset_password,
            on_password_reset=mails.password_was_reset,
            password=hashing,
        ),
        "email_verification": EmailVerification(send_verification_email=mails.verify_email),
        "user": UserOptions(
            change_email=ChangeEmail(enabled=True, send_change_email_confirmation=mails.change_email),
            delete_user=DeleteUser(enabled=True),
        ),
    }


def _first(mails: Mails, core: dict[str, Any]) -> dict[str, Any]:
    """The plugins that are built first."""
    hooks = DatabaseHooks(user=TableHooks(before_create=_promote))
    plugins = [
        Username(),
        MagicLink(send_magic_link=mails.magic_link),
        EmailOtp(send_verification_otp=mails.email_otp, change_email=ChangeEmailOtp(enabled=True)),
        Anonymous(on_link_account=mails.anonymous_linked),
        TwoFactor(issuer="Conformance", otp=OtpOptions(send_otp=mails.two_factor_code)),
        Admin(),
        Bearer(),
        MultiSession(),
        OpenApi(),
    ]
    return core | {"plugins": plugins, "database_hooks": hooks}


def _social(core: dict[str, Any], idp: str) -> dict[str, Any]:
    """Providers of the reference's, and the driver's own."""
    server = OAuthServer(
        provider_id="conformance-idp",
        discovery_url=idp,
        client_id="conformance-client",
        client_secret="conformance-client-secret",
        scopes=["openid", "email", "profile"],
    )
    kinds: list[type[Provider[Any]]] = [Google, GitHub, Discord, GitLab, Microsoft, Spotify]
    providers = [kind(client_id=f"{kind.id}-client", client_secret=f"{kind.id}-secret") for kind in kinds]
    return core | {"social_providers": providers, "plugins": [GenericOAuth([server])]}


async def _promote(user: UserFields, _caller: Caller | None) -> Changes | None:
    return {"role": "admin"} if user.email.endswith("@admin.test") else None


def _strict(mails: Mails, core: dict[str, Any]) -> dict[str, Any]:
    password, verification, user = core["email_and_password"], core["email_verification"], core["user"]
    return core | {
        "email_and_password": replace(
            password,
            require_email_verification=True,
            revoke_sessions_on_password_reset=True,
            min_password_length=10,
            max_password_length=32,
            reset_password_token_expires_in=600,
            on_existing_user_sign_up=mails.existing_sign_up,
        ),
        "email_verification": replace(
            verification,
            send_on_sign_up=True,
            send_on_sign_in=True,
            auto_sign_in_after_verification=True,
            expires_in=900,
        ),
        "user": replace(
            user,
            fields=StrictUser,
            delete_user=DeleteUser(enabled=True, send_delete_account_verification=mails.delete_account),
        ),
        "session": SessionOptions(fields=StrictSession, expires_in=60 * 60 * 24, update_age=60 * 60, fresh_age=60 * 5),
        "account": AccountOptions(account_linking=AccountLinking(allow_unlinking_all=True)),
    }

"""Every mail an instance may want to send, written and sent in the background."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING

from fastapi_betterauth.errors import ConfigurationError
from fastapi_betterauth.options import Environment, resolve_environment

from .console import ConsoleMailer
from .layout import Letter
from .message import Mailer, Message, masked

if TYPE_CHECKING:
    from fastapi_betterauth.features.change_email.options import ChangeEmailMail
    from fastapi_betterauth.features.email_verification.options import VerificationMail
    from fastapi_betterauth.features.password.options import ResetPasswordMail
    from fastapi_betterauth.features.user.options import DeleteAccountMail
    from fastapi_betterauth.plugins.email_otp import EmailOtpMail
    from fastapi_betterauth.plugins.magic_link import MagicLinkMail
    from fastapi_betterauth.plugins.two_factor import TwoFactorCodeMail
    from fastapi_betterauth.storage.fields import UserFields

logger = logging.getLogger("fastapi_betterauth.mail")

_IGNORE = "If this was not you, there is nothing to do."
_BEWARE = "If this was not you, somebody may know your password: change it."


class Mails:
    """Callbacks for all options that send mail. None of them waits for a mail server.

    Args:
        mailer: delivers the mails. None prints them, in development and tests only.
        app_name: what people know the app as.
        environment: as for BetterAuth.

    Raises: ConfigurationError: in production mails must go somewhere.
    """

    def __init__(
        self, mailer: Mailer | None = None, *, app_name: str = "Better Auth", environment: Environment | None = None
    ) -> None:
        if mailer is None and resolve_environment(os.environ, environment) == "production":
            raise ConfigurationError("Mails(mailer)", "in production mails must go somewhere.", "Pass SMTPMailer(...).")
        if any(mark in app_name for mark in "\r\n"):
            raise ConfigurationError("Mails(app_name)", "it has several lines.", "Write one.")
        self._mailer: Mailer = mailer or ConsoleMailer()
        self._app = app_name
        self._under_way: set[asyncio.Task[None]] = set()

    async def verification(self, mail: VerificationMail) -> None:
        """For ``EmailVerification(send_verification_email=…)``."""
        line = "please confirm that this address is yours."
        self._post(mail.user.email, "Confirm your e-mail address", _hello(mail.user, line), "Confirm", mail.url)

    async def reset_password(self, mail: ResetPasswordMail) -> None:
        """For ``EmailAndPassword(send_reset_password=…)``."""
        line = "somebody, we hope you, wants to choose a new password for your account."
        self._post(mail.user.email, "Choose a new password", _hello(mail.user, line), "Choose a password", mail.url)

    async def password_was_reset(self, user: UserFields) -> None:
        """For ``EmailAndPassword(on_password_reset=…)``."""
        self._post(
            user.email,
            "Your password has changed",
            _hello(user, "your password has just been changed."),
            ending=_BEWARE,
        )

    async def sign_up_with_taken_address(self, user: UserFields) -> None:
        """For ``EmailAndPassword(on_existing_user_sign_up=…)``."""
        line = "somebody tried to sign up with your address, which has an account already."
        self._post(user.email, "You have an account already", _hello(user, line))

    async def change_email(self, mail: ChangeEmailMail) -> None:
        """For ``ChangeEmail(send_change_email_confirmation=…)``."""
        line = f"do you want to move your account to {mail.new_email}?"
        self._post(
            mail.user.email, "Change your e-mail address?", _hello(mail.user, line), "Change it", mail.url, _BEWARE
        )

    async def delete_account(self, mail: DeleteAccountMail) -> None:
        """For ``DeleteUser(send_delete_account_verification=…)``."""
        line = "do you want to delete your account, and everything in it?"
        self._post(mail.user.email, "Delete your account?", _hello(mail.user, line), "Delete it", mail.url, _BEWARE)

    async def magic_link(self, mail: MagicLinkMail) -> None:
        """For ``MagicLink(send_magic_link=…)``."""
        line = "Open this link on the device on which you want to sign in. It works once."
        self._post(mail.email, f"Sign in to {self._app}", (line,), "Sign in", mail.url)

    async def email_otp(self, mail: EmailOtpMail) -> None:
        """For ``EmailOtp(send_verification_otp=…)``."""
        purposes = {
            "sign-in": "Sign in with this code",
            "email-verification": "Confirm your address with this code",
            "forget-password": "Choose a new password with this code",
            "change-email": "Confirm your new address with this code",
        }
        line = f"{purposes[mail.type]}. Give it to nobody, whoever asks."
        self._post(mail.email, f"Your code for {self._app}", (line,), code=mail.otp)

    async def second_factor(self, mail: TwoFactorCodeMail) -> None:
        """For ``OtpOptions(send_otp=…)`` of TwoFactor."""
        lines = _hello(mail.user, "complete your sign-in with this code. Give it to nobody, whoever asks.")
        self._post(mail.user.email, f"Your code for {self._app}", lines, code=mail.otp, ending=_BEWARE)

    async def close(self, patience: float = 10.0) -> None:
        """Wait for what is under way, at most this many seconds."""
        if self._under_way:
            await asyncio.wait(set(self._under_way), timeout=patience)

    def _post(
        self,
        to: str,
        subject: str,
        lines: tuple[str, ...],
        button: str | None = None,
        url: str | None = None,
        ending: str = _IGNORE,
        *,
        code: str | None = None,
    ) -> None:
        letter = Letter(app=self._app, title=subject, lines=lines, button=button, url=url, code=code, ending=ending)
        message = Message(to=to, subject=subject, text=letter.text(), html=letter.html())
        task = asyncio.create_task(self._deliver(message))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _deliver(self, message: Message) -> None:
        try:
            await self._mailer.send(message)
        except Exception as error:  # noqa: BLE001 - a mailer may raise anything
            # What a server says may hold the address; its kind is enough to go on.
            logger.error(  # noqa: TRY400
                "mail %r to %s was not sent: %s", message.subject, masked(message.to), type(error).__name__
            )


def _hello(user: UserFields, line: str) -> tuple[str, ...]:
    name = " ".join(user.name.split())[:80]
    return (f"Hello {name}," if name else "Hello,", line)

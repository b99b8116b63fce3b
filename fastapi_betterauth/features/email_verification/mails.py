"""Links in mails about addresses: what they claim, and how they are signed (formats: mail-link tokens)."""

from __future__ import annotations

from enum import StrEnum
from urllib.parse import quote

from fastapi_betterauth.clock import to_timedelta
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.storage.fields import UserFields

from .options import EmailVerification, VerificationMail


class LinkPurpose(StrEnum):
    """What a link about a change of address is for."""

    CONFIRM_FROM_OLD = "change-email-confirmation"
    VERIFY_NEW = "change-email-verification"


class VerificationLinks:
    """Makes verification links of one request."""

    def __init__(self, context: RequestContext) -> None:
        self._context = context
        self._options = context.auth.options[EmailVerification]

    @property
    def can_send(self) -> bool:
        """Returns: whether there is somebody to deliver mails."""
        return self._options.send_verification_email is not None or self._context.auth.verification_sender is not None

    def token(self, email: str, *, update_to: str | None = None, purpose: LinkPurpose | None = None) -> str:
        """Sign what a link claims; nothing is stored."""
        claims = {"email": email.lower()}
        if update_to is not None:
            claims["updateTo"] = update_to.lower()
        if purpose is not None:
            claims["requestType"] = purpose.value
        return self._context.auth.tokens.issue(claims, expires_in=to_timedelta(self._options.expires_in))

    def url(self, token: str, callback: str | None) -> str:
        """Returns: the link that carries a token."""
        target = quote(callback or "/", safe="!'()*")
        return f"{self._context.base.url}/verify-email?token={token}&callbackURL={target}"

    def mail(self, user: UserFields, token: str, callback: str | None) -> VerificationMail:
        """Returns: the mail to this user."""
        return VerificationMail(user, self.url(token, callback), token)

    async def deliver(self, user: UserFields, callback: str | None) -> None:
        """Have the user prove the address, and await it: who asked for exactly this mail shall learn if it fails."""
        send, other = self._options.send_verification_email, self._context.auth.verification_sender
        if send is None and other is not None:
            await other(self._context, user)
        elif send is not None and await self._context.may_mail("send_verification_email", user.email):
            await send(self.mail(user, self.token(user.email), callback))

    def send_later(self, mail: VerificationMail, *, even_if_refused: bool = False) -> None:
        """Have a mail delivered once the outcome stands."""
        send, other = self._options.send_verification_email, self._context.auth.verification_sender
        if send is None and other is not None:
            self._context.afterwards(
                "verification_sender", lambda: other(self._context, mail.user), even_if_refused=even_if_refused
            )
        elif send is not None:
            self._context.mail_afterwards(
                "send_verification_email", mail.user.email, lambda: send(mail), even_if_refused=even_if_refused
            )


def with_email(user: UserFields, email: str) -> UserFields:
    """Returns: the user as a mail to another address shall see it."""
    return user.model_copy(update={"email": email})

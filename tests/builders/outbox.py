"""Everything an app under test would have sent by mail."""

from dataclasses import dataclass
from typing import Any

from fastapi_betterauth import ChangeEmailMail, DeleteAccountMail, ResetPasswordMail, UserFields, VerificationMail


@dataclass(frozen=True)
class Sent:
    """One message: its kind, to whom, and the mail object (or user) that the host was given."""

    kind: str
    to: str
    mail: Any

    @property
    def token(self) -> str:
        """The token of the link in it."""
        return str(self.mail.token)

    @property
    def url(self) -> str:
        """The link in it."""
        return str(self.mail.url)


class Outbox:
    """Takes mail instead of delivering it; its methods are the callbacks."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []

    def to(self, address: str, kind: str | None = None) -> list[Sent]:
        """Messages to an address, oldest first."""
        return [m for m in self.sent if m.to == address and kind in (None, m.kind)]

    def last(self, address: str, kind: str | None = None) -> Sent:
        """The newest message to an address."""
        return self.to(address, kind)[-1]

    async def reset(self, mail: ResetPasswordMail) -> None:
        self.sent.append(Sent("reset", mail.user.email, mail))

    async def verify(self, mail: VerificationMail) -> None:
        self.sent.append(Sent("verify", mail.user.email, mail))

    async def confirm_change(self, mail: ChangeEmailMail) -> None:
        self.sent.append(Sent("confirm-change", mail.user.email, mail))

    async def delete(self, mail: DeleteAccountMail) -> None:
        self.sent.append(Sent("delete", mail.user.email, mail))

    async def existing_sign_up(self, user: UserFields) -> None:
        self.sent.append(Sent("existing-sign-up", user.email, user))

    async def password_reset(self, user: UserFields) -> None:
        self.sent.append(Sent("password-reset", user.email, user))

    async def password_changed(self, user: UserFields) -> None:
        self.sent.append(Sent("password-changed", user.email, user))

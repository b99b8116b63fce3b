"""The mails that an app under test would have sent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from inspect import ismethod
from typing import Any, Generic, TypeVar, cast

from fastapi_betterauth.mail import Mails
from fastapi_betterauth.storage.fields import UserFields

M = TypeVar("M")

Send = Callable[[Any], Awaitable[None]]

_ANY: type[Any] = object


@dataclass(frozen=True, slots=True)
class Sent(Generic[M]):
    """One mail."""

    option: str
    """Which callback of the host was to send it, such as ``send_reset_password``."""
    to: str
    """The address."""
    mail: M
    """What the callback was given."""

    @property
    def url(self) -> str:
        """Returns: the link in it. Raises: AttributeError: there is none."""
        return str(cast("Any", self.mail).url)

    @property
    def token(self) -> str:
        """Returns: the token of that link. Raises: AttributeError: there is none."""
        return str(cast("Any", self.mail).token)

    @property
    def code(self) -> str:
        """Returns: the code in it. Raises: AttributeError: there is none."""
        return str(cast("Any", self.mail).otp)


class Outbox:
    """All mails, oldest first. They are there when the answer is: clients of the kit wait for background work."""

    def __init__(self) -> None:
        self.sent: list[Sent[Any]] = []

    def to(self, address: str, kind: type[M] = _ANY) -> list[Sent[M]]:
        """Returns: the mails to an address. Args: kind: only of this class, such as ``ResetPasswordMail``."""
        return [sent for sent in self.sent if sent.to == address and isinstance(sent.mail, kind)]

    def last(self, address: str, kind: type[M] = _ANY) -> Sent[M]:
        """Returns: the newest mail to an address. Args: kind: of this class. Raises: LookupError: there is none."""
        found = self.to(address, kind)
        if not found:
            others = ", ".join(f"{sent.option} to {sent.to}" for sent in self.sent) or "nothing"
            raise LookupError(f"no {kind.__name__} to {address}; sent: {others}")
        return found[-1]

    def captures(self, options: object, *, deliver: bool) -> object:
        """Put the outbox in the place of what sends mail.

        That is every callback named ``send`` or ``send_…``, and every method of ``Mails``.

        Args: options: an option object of a feature or plugin. deliver: have the mails sent as well.
        Returns: the same options, or a copy that writes to this outbox.
        """
        if not is_dataclass(options) or isinstance(options, type):
            return options
        changes: dict[str, object] = {}
        for field in fields(options):
            value = getattr(options, field.name)
            if callable(value) and _sends(field.name, value):
                changes[field.name] = self._instead_of(field.name, cast("Send", value), deliver=deliver)
            elif field.init and (changed := self.captures(value, deliver=deliver)) is not value:
                changes[field.name] = changed
        return replace(options, **changes) if changes else options

    def _instead_of(self, option: str, send: Send, *, deliver: bool) -> Send:
        async def capture(mail: Any, /) -> None:
            self.sent.append(Sent(option, _recipient(mail), mail))
            if deliver:
                await send(mail)

        return capture


def _sends(name: str, callback: object) -> bool:
    return name == "send" or name.startswith("send_") or (ismethod(callback) and isinstance(callback.__self__, Mails))


def _recipient(mail: Any) -> str:
    if isinstance(mail, UserFields):
        return mail.email
    return str(mail.email if hasattr(mail, "email") else mail.user.email)

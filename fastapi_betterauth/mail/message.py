"""A mail, and who can deliver one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One mail, as text and as HTML that says the same."""

    to: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)


class Mailer(Protocol):
    """Delivers mails: SMTPMailer, ConsoleMailer, or a client of your provider's."""

    async def send(self, message: Message, /) -> None:
        """Deliver one mail. Raises: whatever goes wrong; it is logged, and the request is long over."""


def masked(address: str) -> str:
    """Returns: an address that can be recognised, and not read, in a log: ``a***@example.com``."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}***{at}{domain}"

"""Mails that are written and sent for you: by SMTP, or onto the console while you develop."""

from .console import ConsoleMailer
from .letters import Mails
from .message import Mailer, Message
from .smtp import SMTPMailer

__all__ = ["ConsoleMailer", "Mailer", "Mails", "Message", "SMTPMailer"]

"""Mails on the console: what development uses."""

from __future__ import annotations

import sys
from typing import TextIO

from .message import Message


class ConsoleMailer:
    """Prints mails instead of sending them. Args: stream: where to; by default standard error."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream

    async def send(self, message: Message) -> None:
        """Print a mail."""
        line = "─" * 64
        text = f"{line}\nTo: {message.to}\nSubject: {message.subject}\n\n{message.text.rstrip()}\n{line}"
        print(text, file=self._stream or sys.stderr, flush=True)

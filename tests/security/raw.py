"""Requests byte by byte: what no well-behaved client sends."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from starlette.types import Message, Scope

Header = tuple[bytes, bytes]

JSON_HEADERS: tuple[Header, ...] = ((b"host", b"app.test"), (b"content-type", b"application/json"))


@dataclass
class RawAnswer:
    """What came back."""

    status: int = 0
    headers: list[Header] = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str) -> list[str]:
        """All values of a header."""
        return [value.decode("latin-1") for key, value in self.headers if key.decode() == name]

    @property
    def code(self) -> str | None:
        """The error code."""
        found: str | None = json.loads(self.body).get("code") if self.body else None
        return found


async def raw_request(
    app: Any,
    method: str,
    target: str,
    *,
    headers: Sequence[Header] = JSON_HEADERS,
    body: bytes | Iterable[bytes] = b"",
    peer: tuple[str, int] | None = ("192.0.2.1", 50000),
    scheme: str = "http",
) -> RawAnswer:
    """Call an app with exactly this request target and these headers, as a server would after parsing.

    Args:
        target: raw path and query, percent-encoded.
        body: in one piece, or in several.
    """
    path, _, query = target.partition("?")
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": scheme,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": list(headers),
        "client": peer,
        "server": ("app.test", 80),
    }
    pieces = iter([body] if isinstance(body, bytes) else body)
    answer = RawAnswer()

    async def receive() -> Message:
        await asyncio.sleep(0)
        piece = next(pieces, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status, answer.headers = message["status"], list(message["headers"])
        else:
            answer.body += message.get("body", b"")

    await app(scope, receive, send)
    return answer

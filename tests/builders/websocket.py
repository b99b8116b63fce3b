"""A WebSocket handshake, spoken to an ASGI app directly."""

from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI


@dataclass
class Handshake:
    """What an app answered to a connection attempt, and what it then sent."""

    accepted: bool = False
    close_code: int | None = None
    close_reason: str = ""
    headers: list[tuple[str, str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def cookies_set(self) -> list[str]:
        """The Set-Cookie lines."""
        return [value for name, value in self.headers if name == "set-cookie"]


async def connect(app: FastAPI, path: str, cookie: str = "", origin: str = "") -> Handshake:
    """Connect, and read until the app is done."""
    shake, asked = Handshake(), iter([{"type": "websocket.connect"}])

    async def receive() -> dict[str, Any]:
        return next(asked, {"type": "websocket.disconnect", "code": 1000})

    async def send(message: Any) -> None:
        if message["type"] == "websocket.accept":
            shake.accepted = True
            shake.headers = [(name.decode(), value.decode()) for name, value in message.get("headers", [])]
        elif message["type"] == "websocket.close":
            shake.close_code, shake.close_reason = message.get("code", 1000), message.get("reason") or ""
        elif message["type"] == "websocket.send":
            shake.texts.append(message["text"])

    given = {"host": "app.test", "cookie": cookie, "origin": origin}
    headers = [(name.encode(), value.encode()) for name, value in given.items() if value]
    scope = {
        "type": "websocket",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": headers,
        "subprotocols": [],
    }
    await app(scope, receive, send)
    return shake

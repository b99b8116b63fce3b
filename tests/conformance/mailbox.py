"""Everything the server would have sent, oldest first."""

from __future__ import annotations

from typing import Any


class Mailbox:
    """Takes mail instead of delivering it."""

    def __init__(self) -> None:
        self._items: list[dict[str, Any]] = []

    def push(self, kind: str, to: str, **rest: object) -> None:
        """Take a message."""
        self._items.append({"kind": kind, "to": to, **rest})

    def list(self, to: str | None = None) -> list[dict[str, Any]]:
        """Returns: all messages, or those to one address."""
        return [item for item in self._items if to is None or item["to"] == to]

    def clear(self) -> None:
        """Forget everything."""
        self._items.clear()

"""What an HTTP answer means, without a socket: shared by the blocking and the asynchronous transport."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter

from .results import AuthError, RateLimited, Redirected
from .transport import Call

T = TypeVar("T")

_REDIRECT = range(300, 400)
_TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and text of a response."""

    status: int
    headers: Mapping[str, str]
    text: str

    def read(self, call: Call[T]) -> T:
        """Turn the answer into what the call returns.

        Raises: RateLimited: 429. AuthError: any other refusal.
        """
        if self.status in _REDIRECT:
            return cast("T", Redirected(self.headers.get("location", "")))
        if self.status >= 400:  # noqa: PLR2004
            raise self._error()
        if call.returns is str:
            return cast("T", self.text)
        return cast("T", TypeAdapter(call.returns).validate_json(self.text or "null"))

    def _error(self) -> AuthError:
        body = self._body()
        code, message = body.get("code"), body.get("message")
        if self.status == _TOO_MANY:
            wait = self.headers.get("x-retry-after")
            return RateLimited(float(wait) if wait else None, code, message)
        return AuthError(self.status, code, message)

    def _body(self) -> dict[str, Any]:
        """Read an error's body; it may be empty, or something of a proxy's."""
        try:
            body = json.loads(self.text)
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}


def path_of(call: Call[Any]) -> str:
    """Returns: the path of a call, parameters filled in."""
    return call.path.format_map(call.path_params)


def headers_of(method: str, origin: str) -> dict[str, str]:
    """Returns: the headers a call needs: who keeps cookies must say where a change comes from."""
    return {} if method == "GET" else {"origin": origin}

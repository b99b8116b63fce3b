"""What an HTTP answer means, without a socket: shared by the blocking and the asynchronous transport."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar, cast
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from .results import AuthError, RateLimited, Redirected, SignInWaits
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

        Raises: RateLimited: 429. SignInWaits: a second factor is wanted. AuthError: any other refusal, and whatever
            else the endpoint would not say.
        """
        if self.status in _REDIRECT:
            return self._redirected(call)
        if self.status >= 400:  # noqa: PLR2004
            raise self._error()
        if call.returns is str:
            return cast("T", self.text)
        try:
            return cast("T", _adapter(call.returns).validate_json(self.text or "null"))
        except ValidationError:
            body = self._body()
            if body.get("twoFactorRedirect") is True:
                raise SignInWaits(body) from None
            # Some other server: what it says may be long, and is not for a log.
            raise AuthError(self.status, None, f"{call.path} answered something else. Is the URL right?") from None

    def _redirected(self, call: Call[T]) -> T:
        location = self.headers.get("location", "")
        if not call.redirects:
            # Such as from http to https: whoever follows it with a POST loses the body.
            raise AuthError(self.status, None, f"{call.path} is redirected to {location}. Is the URL right?")
        return cast("T", Redirected(location))

    def _error(self) -> AuthError:
        body = self._body()
        code, message = body.get("code"), body.get("message")
        if self.status == _TOO_MANY:
            return RateLimited(_seconds(self.headers.get("x-retry-after")), code, message)
        return AuthError(self.status, code, message)

    def _body(self) -> dict[str, Any]:
        """Read a body that is no usual answer; it may be empty, or something of a proxy's."""
        try:
            body = json.loads(self.text)
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}


def path_of(call: Call[Any]) -> str:
    """Returns: the path of a call, parameters filled in and unable to lead elsewhere."""
    if not call.path_params:
        return call.path
    return call.path.format_map({name: quote(value, safe="") for name, value in call.path_params.items()})


def headers_of(method: str, origin: str) -> dict[str, str]:
    """Returns: the headers a call needs: who keeps cookies must say where a change comes from."""
    return {} if method == "GET" else {"origin": origin}


@lru_cache(maxsize=256)
def _adapter(returns: Any) -> TypeAdapter[Any]:
    return TypeAdapter(returns)


def _seconds(header: str | None) -> float | None:
    try:
        return float(header or "")
    except ValueError:
        return None

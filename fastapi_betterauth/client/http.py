"""The client over HTTP, blocking and asynchronous; needs the extra ``client``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from fastapi_betterauth.errors import ConfigurationError

from .answers import Answer, headers_of, path_of
from .calls import AsyncCalls, Session
from .sync_calls import Calls
from .transport import Call

try:
    import httpx
except ModuleNotFoundError as error:  # pragma: no cover - the suite has it
    raise ConfigurationError("AuthClient", "httpx is not installed.", "Install fastapi-better-auth[client].") from error

T = TypeVar("T")


def _base_of(url: str | None, base_path: str) -> str:
    """Returns: where the endpoints are; a path in the URL wins over the base path."""
    given = (url or os.environ.get("BETTER_AUTH_URL") or "").rstrip("/")
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ConfigurationError("AuthClient", "no URL is given.", "Write AuthClient('https://app.example').")
    return given if parts.path else f"{given}/{base_path.strip('/')}"


def _origin_of(base: str) -> str:
    parts = urlsplit(base)
    return f"{parts.scheme}://{parts.netloc}"


class _HttpTransport:
    def __init__(self, http: httpx.Client, base: str, origin: str) -> None:
        self.http, self.base, self.origin = http, base, origin

    def send(self, call: Call[T]) -> T:
        response = self.http.request(
            call.method,
            self.base + path_of(call),
            params=call.query or None,
            json=call.body if call.method != "GET" else None,
            headers=headers_of(call.method, self.origin),
            follow_redirects=False,
        )
        return Answer(response.status_code, response.headers, response.text).read(call)


class _AsyncHttpTransport:
    def __init__(self, http: httpx.AsyncClient, base: str, origin: str) -> None:
        self.http, self.base, self.origin = http, base, origin

    async def send(self, call: Call[T]) -> T:
        response = await self.http.request(
            call.method,
            self.base + path_of(call),
            params=call.query or None,
            json=call.body if call.method != "GET" else None,
            headers=headers_of(call.method, self.origin),
            follow_redirects=False,
        )
        return Answer(response.status_code, response.headers, response.text).read(call)


class _KeepsCookies:
    """What both clients do with their cookie jar."""

    _http: httpx.Client | httpx.AsyncClient

    def cookies_header(self) -> str:
        """Returns: the Cookie header that this client would send."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._http.cookies.jar)

    def export_session(self) -> dict[str, str]:
        """Returns: the cookies, to be kept in a safe place and given to ``import_session`` later."""
        return {cookie.name: cookie.value or "" for cookie in self._http.cookies.jar}

    def import_session(self, cookies: Mapping[str, str]) -> None:
        """Take up a session that was exported."""
        for name, value in cookies.items():
            self._http.cookies.set(name, value)


class AuthClient(_KeepsCookies, Calls):
    """A client that blocks. Keeps the session in a cookie jar.

    Args:
        url: where the app is, by default BETTER_AUTH_URL.
        base_path: where the endpoints are below it.
        origin: what the client says it is; by default the app's own origin. Apps name their scheme.
        http: an httpx client of yours, such as one with another transport; it is not closed here.

    Raises: ConfigurationError: no usable URL is given.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        base_path: str = "/api/auth",
        origin: str | None = None,
        http: httpx.Client | None = None,
    ) -> None:
        base = _base_of(url, base_path)
        self._owned = http is None
        client = self._http = http or httpx.Client(timeout=30)
        transport = _HttpTransport(client, base, origin or _origin_of(base))
        self._base = base
        super().__init__(transport)

    def get_session(self, *, disable_refresh: bool = False) -> Session | None:
        """Tell who is signed in; a renewal that the server has left to us is done at once."""
        found = super().get_session(disable_refresh=disable_refresh)
        return self.refresh_session() if found is not None and found.needs_refresh else found

    def request(self, method: str, path: str, *, json: Any = None, params: Mapping[str, str] | None = None) -> Any:
        """Call an endpoint that has no method here, such as a plugin's of your own. Returns: its JSON."""
        return self._transport.send(Call(method.upper(), path, Any, body=json, query=params or {}))

    def close(self) -> None:
        """Close the connections, if they are ours."""
        if self._owned and isinstance(self._http, httpx.Client):
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"AuthClient({self._base!r})"


class AsyncAuthClient(_KeepsCookies, AsyncCalls):
    """A client for asynchronous code; otherwise as AuthClient."""

    def __init__(
        self,
        url: str | None = None,
        *,
        base_path: str = "/api/auth",
        origin: str | None = None,
        http: httpx.AsyncClient | None = None,
    ) -> None:
        base = _base_of(url, base_path)
        self._owned = http is None
        client = self._http = http or httpx.AsyncClient(timeout=30)
        transport = _AsyncHttpTransport(client, base, origin or _origin_of(base))
        self._base = base
        super().__init__(transport)

    async def get_session(self, *, disable_refresh: bool = False) -> Session | None:
        """Tell who is signed in; a renewal that the server has left to us is done at once."""
        found = await super().get_session(disable_refresh=disable_refresh)
        return await self.refresh_session() if found is not None and found.needs_refresh else found

    async def request(
        self, method: str, path: str, *, json: Any = None, params: Mapping[str, str] | None = None
    ) -> Any:
        """Call an endpoint that has no method here, such as a plugin's of your own. Returns: its JSON."""
        return await self._transport.send(Call(method.upper(), path, Any, body=json, query=params or {}))

    async def close(self) -> None:
        """Close the connections, if they are ours."""
        if self._owned and isinstance(self._http, httpx.AsyncClient):
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"AsyncAuthClient({self._base!r})"

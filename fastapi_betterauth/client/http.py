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
from .cookie_jar import cookies_for, header_for, take_up
from .http_library import AsyncHTTPClient, HTTPClient, new_async_client, new_client
from .slices import AsyncSlice, Slice
from .sync_calls import Calls
from .transport import Call

T = TypeVar("T")
C = TypeVar("C", bound=Slice)
AC = TypeVar("AC", bound=AsyncSlice)


def _base_of(url: str | None, base_path: str) -> str:
    """Returns: where the endpoints are; a path in the URL wins over the base path."""
    given = (url or os.environ.get("BETTER_AUTH_URL") or "").rstrip("/")
    parts = urlsplit(given)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ConfigurationError("AuthClient", "no URL is given.", "Write AuthClient('https://app.example').")
    return given if parts.path else f"{given}/{base_path.strip('/')}".rstrip("/")


def _origin_of(base: str) -> str:
    parts = urlsplit(base)
    return f"{parts.scheme}://{parts.netloc}"


def _dynamic(method: str, path: str, json: Any, params: Mapping[str, str] | None) -> Call[Any]:
    return Call(method.upper(), f"/{path.lstrip('/')}", Any, body=json, query=params or {}, redirects=True)


class _HTTPTransport:
    def __init__(self, http: HTTPClient, base: str, origin: str) -> None:
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


class _AsyncHTTPTransport:
    def __init__(self, http: AsyncHTTPClient, base: str, origin: str) -> None:
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

    _base: str
    _owned: Any
    """The HTTP client, if it is not the caller's."""
    _http: HTTPClient | AsyncHTTPClient

    def cookies_header(self) -> str:
        """Returns: the Cookie header that this client sends to the server."""
        return header_for(self._http.cookies.jar, self._base)

    def export_session(self) -> dict[str, str]:
        """Returns: the server's cookies, to be kept in a safe place and given to ``import_session`` later."""
        return cookies_for(self._http.cookies.jar, self._base)

    def import_session(self, cookies: Mapping[str, str]) -> None:
        """Take up a session that was exported; the server alone gets to see it."""
        take_up(self._http.cookies.jar, self._base, cookies)


class AuthClient(_KeepsCookies, Calls):
    """A client that blocks. Keeps the session in a cookie jar.

    Args:
        url: where the app is, by default BETTER_AUTH_URL.
        base_path: where the endpoints are below it.
        origin: what the client says it is; by default the app's own origin. Apps name their scheme.
        http: a client of httpx or httpx2, such as one with another transport; it is not closed here.

    Raises: ConfigurationError: no usable URL is given.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        base_path: str = "/api/auth",
        origin: str | None = None,
        http: HTTPClient | None = None,
    ) -> None:
        self._base = _base_of(url, base_path)
        self._owned = None
        if http is None:
            http = self._owned = new_client()
        self._http = http
        super().__init__(_HTTPTransport(http, self._base, origin or _origin_of(self._base)))

    def get_session(self, *, disable_refresh: bool = False) -> Session | None:
        """Tell who is signed in; a renewal that the server has left to us is done at once."""
        found = super().get_session(disable_refresh=disable_refresh)
        return self.refresh_session() if found is not None and found.needs_refresh else found

    def plugin(self, kind: type[C]) -> C:
        """Returns: the endpoints of a plugin, such as ``client.plugin(TwoFactorCalls)``."""
        return kind(self._transport)

    def request(self, method: str, path: str, *, json: Any = None, params: Mapping[str, str] | None = None) -> Any:
        """Call an endpoint that has no method here, such as a plugin's of your own. Returns: its JSON."""
        return self._transport.send(_dynamic(method, path, json, params))

    def close(self) -> None:
        """Close the connections, if they are ours."""
        if self._owned is not None:
            self._owned.close()

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
        http: AsyncHTTPClient | None = None,
    ) -> None:
        self._base = _base_of(url, base_path)
        self._owned = None
        if http is None:
            http = self._owned = new_async_client()
        self._http = http
        super().__init__(_AsyncHTTPTransport(http, self._base, origin or _origin_of(self._base)))

    async def get_session(self, *, disable_refresh: bool = False) -> Session | None:
        """Tell who is signed in; a renewal that the server has left to us is done at once."""
        found = await super().get_session(disable_refresh=disable_refresh)
        return await self.refresh_session() if found is not None and found.needs_refresh else found

    def plugin(self, kind: type[AC]) -> AC:
        """Returns: the endpoints of a plugin, such as ``client.plugin(AsyncTwoFactorCalls)``."""
        return kind(self._transport)

    async def request(
        self, method: str, path: str, *, json: Any = None, params: Mapping[str, str] | None = None
    ) -> Any:
        """Call an endpoint that has no method here, such as a plugin's of your own. Returns: its JSON."""
        return await self._transport.send(_dynamic(method, path, json, params))

    async def close(self) -> None:
        """Close the connections, if they are ours."""
        if self._owned is not None:
            await self._owned.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"AsyncAuthClient({self._base!r})"

"""The HTTP library behind the client: httpx, or httpx2 where only that is installed. Nothing else names it."""

from __future__ import annotations

from collections.abc import Mapping
from http.cookiejar import CookieJar
from typing import TYPE_CHECKING, Any, Protocol

from fastapi_betterauth.errors import ConfigurationError

if TYPE_CHECKING:
    import httpx as library
else:
    try:
        import httpx as library
    except ModuleNotFoundError:
        try:
            import httpx2 as library
        except ModuleNotFoundError as error:
            raise ConfigurationError(
                "AuthClient", "httpx is not installed.", "Install fastapi-better-auth[client]."
            ) from error

_TIMEOUT = 30.0


class HTTPResponse(Protocol):
    """What is read of a response."""

    @property
    def status_code(self) -> int:
        """The status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, whatever their case."""
        ...

    @property
    def text(self) -> str:
        """The body."""
        ...


class HasJar(Protocol):
    """A library's cookies around the standard library's jar."""

    jar: CookieJar


class HTTPClient(Protocol):
    """What is asked of a blocking client, such as ``httpx.Client`` or ``httpx2.Client``."""

    @property
    def cookies(self) -> HasJar:
        """The cookies it keeps."""
        ...

    def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str | list[str]] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        follow_redirects: bool = False,
    ) -> HTTPResponse:
        """Send a request."""
        ...


class AsyncHTTPClient(Protocol):
    """What is asked of an asynchronous client, such as ``httpx.AsyncClient`` or ``httpx2.AsyncClient``."""

    @property
    def cookies(self) -> HasJar:
        """The cookies it keeps."""
        ...

    async def request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str | list[str]] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        follow_redirects: bool = False,
    ) -> HTTPResponse:
        """Send a request."""
        ...


def new_client() -> library.Client:
    """Returns: a blocking client of the library at hand."""
    return library.Client(timeout=_TIMEOUT)


def new_async_client() -> library.AsyncClient:
    """Returns: an asynchronous client of the library at hand."""
    return library.AsyncClient(timeout=_TIMEOUT)

"""Carries requests to where they may go, and bounded answers back."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import httpx2

from .addresses import is_public
from .options import OutboundOptions
from .urls import UnsafeURL, check_url, origin_of

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Looks the addresses of a host up."""


class AnswerRefused(httpx2.TransportError):
    """The answer is a redirect, compressed, or too large."""


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Resolves a host, looks at every address, and connects to what it looked at (SC-SSRF-04).

    Connections are not kept: one that was opened for a host must not serve another one behind the same address.
    """

    def __init__(
        self, options: OutboundOptions, trusted: frozenset[str], context: ssl.SSLContext, resolve: Resolve
    ) -> None:
        self._options = options
        self._trusted = trusted
        self._resolve = resolve
        self._inner = httpx2.AsyncHTTPTransport(
            verify=context,
            trust_env=False,
            proxy=options.proxy,
            limits=httpx2.Limits(max_keepalive_connections=0),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request and begin to read its answer.

        Raises: UnsafeURL; httpx2.TransportError.
        """
        url = str(request.url)
        trusted = origin_of(url) in self._trusted
        check_url(url, trusted=trusted)
        # What is not compressed cannot unfold (SC-SSRF-09).
        request.headers["accept-encoding"] = "identity"
        response = await self._send(request, trusted=trusted)
        if response.is_redirect or response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise AnswerRefused("the answer is a redirect or compressed")
        if not isinstance(response.stream, httpx2.AsyncByteStream):
            raise AnswerRefused("the answer cannot be read")
        response.stream = _Limited(response.stream, self._options.max_size)
        return response

    async def _send(self, request: httpx2.Request, *, trusted: bool) -> httpx2.Response:
        if self._options.proxy is not None:
            return await self._inner.handle_async_request(request)
        host = request.url.host
        port = request.url.port or (443 if request.url.scheme == "https" else 80)
        addresses = await self._resolve(host, port)
        if not trusted and not all(is_public(address) for address in addresses):
            raise UnsafeURL("its host has a private address")
        request.extensions = {**request.extensions, "sni_hostname": host}
        failure: httpx2.TransportError = httpx2.ConnectError("the host has no address")
        for address in addresses:
            request.url = request.url.copy_with(host=address)
            try:
                return await self._inner.handle_async_request(request)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failure = error
        raise failure

    async def aclose(self) -> None:
        """Close what is open."""
        await self._inner.aclose()


class _Limited(httpx2.AsyncByteStream):
    """A body that ends with an error when it grows too large."""

    def __init__(self, stream: httpx2.AsyncByteStream, limit: int) -> None:
        self._stream = stream
        self._left = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._left -= len(chunk)
            if self._left < 0:
                raise AnswerRefused("the answer is too large")
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


async def resolve_host(host: str, port: int) -> Sequence[str]:
    """Returns: the addresses of a host, in the order in which to try them.

    Raises: httpx2.ConnectError: it has none.
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise httpx2.ConnectError("the host is unknown") from None
    return list(dict.fromkeys(str(address[0]) for *_, address in found))

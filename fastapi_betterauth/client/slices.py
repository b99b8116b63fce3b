"""What the clients of plugins stand on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from .transport import AsyncTransport, Call, QueryFields, Transport

T = TypeVar("T")


class AsyncSlice:
    """The endpoints of one plugin."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def _get(self, path: str, returns: Any, query: QueryFields | None = None, *, redirects: bool = False) -> Any:
        call: Call[Any] = Call("GET", path, returns, query=query or {}, redirects=redirects)
        return await self._transport.send(call)

    async def _post(self, path: str, returns: type[T], body: Mapping[str, Any]) -> T:
        return await self._transport.send(Call("POST", path, returns, body=body))


class Slice:
    """The endpoints of one plugin, for blocking code."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def _get(self, path: str, returns: Any, query: QueryFields | None = None, *, redirects: bool = False) -> Any:
        call: Call[Any] = Call("GET", path, returns, query=query or {}, redirects=redirects)
        return self._transport.send(call)

    def _post(self, path: str, returns: type[T], body: Mapping[str, Any]) -> T:
        return self._transport.send(Call("POST", path, returns, body=body))

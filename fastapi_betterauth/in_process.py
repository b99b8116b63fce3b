"""``auth.api``: every endpoint without network, origin check and rate limit, hooks included (security sheet §8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self, TypeVar, cast

from pydantic import BaseModel
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import Response

from .client.calls import AsyncCalls
from .client.results import Redirected, SignInWaits
from .client.slices import AsyncSlice
from .client.transport import Call
from .errors import RedirectTo
from .features.password.schemas import SetPassword
from .pipeline.operation import Operation
from .pipeline.road import Road
from .pipeline.runtime import Runtime
from .pipeline.wire import StatusAnswer
from .sessions.models import CurrentSession

T = TypeVar("T")


class InProcessTransport:
    """Enters the road by the server's door, which no HTTP request can find."""

    def __init__(
        self,
        roads: Mapping[tuple[str, str], Road],
        *,
        headers: Mapping[str, str] | None = None,
        session: CurrentSession | None = None,
        request: HTTPConnection | None = None,
        response: Response | None = None,
    ) -> None:
        self._roads = roads
        self._headers = _headers_of(headers, request)
        self._request = request
        self._session = session
        self._response = response

    @classmethod
    def of(cls, auth: Runtime, operations: tuple[Operation[Any], ...]) -> InProcessTransport:
        """Build the door of an instance."""
        return cls({(method, o.path): Road(auth, o) for o in operations for method in o.methods})

    def bound(
        self,
        headers: Mapping[str, str] | None,
        session: CurrentSession | None,
        request: HTTPConnection | None,
        response: Response | None,
    ) -> InProcessTransport:
        """Returns: the same door for one caller."""
        return InProcessTransport(self._roads, headers=headers, session=session, request=request, response=response)

    async def send(self, call: Call[T]) -> T:
        """Run an operation. Raises: APIError: as the operation does; SignInWaits: a second factor is wanted."""
        road = self._roads[call.method, call.path]
        try:
            result, context = await road.in_process(
                body=dict(call.body) if call.body is not None else {},
                query=call.query,
                path_params=call.path_params,
                headers=self._headers,
                session=self._session,
                origin=self._request,
            )
        except RedirectTo as target:
            return cast("T", Redirected(target.location))
        if self._response is not None:
            for name, value in context.response_headers:
                self._response.headers[name] = value
            for line in context.cookies.lines():
                self._response.raw_headers.append((b"set-cookie", line.encode("latin-1")))
        if context.sign_in_held and isinstance(result, BaseModel):
            raise SignInWaits(result.model_dump(mode="json", by_alias=True))
        if isinstance(result, Response):
            location = result.headers.get("location")
            return cast("T", Redirected(location) if location else bytes(result.body).decode())
        return cast("T", result)


def _headers_of(given: Mapping[str, str] | None, request: HTTPConnection | None) -> Headers:
    if given is None:
        return Headers() if request is None else request.headers
    return given if isinstance(given, Headers) else Headers(dict(given))


class ServerCalls(AsyncCalls):
    """Every endpoint, those that only the server may call included."""

    def __init__(self, transport: InProcessTransport) -> None:
        super().__init__(transport)
        self._in_process = transport

    def bind(
        self,
        *,
        request: HTTPConnection | None = None,
        headers: Mapping[str, str] | None = None,
        session: CurrentSession[Any, Any] | None = None,
        response: Response | None = None,
    ) -> ServerCalls:
        """Call on behalf of somebody.

        Args: request: the incoming one: its cookies say who it is, its connection where from. headers: when there
            are only these. session: or the session itself, as a guard handed it over. response: gets the cookies
            and headers that calls set.
        """
        return ServerCalls(self._in_process.bound(headers, session, request, response))

    async def call(
        self,
        operation: Operation[T],
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str | list[str]] | None = None,
        path_params: Mapping[str, str] | None = None,
    ) -> T:
        """Call an endpoint that has no method here, such as one of a plugin of yours.

        Args: operation: the endpoint. body, query: by wire name.
        Raises: APIError: as the endpoint does.
        """
        call: Call[T] = Call(
            operation.methods[0], operation.path, None, body=body, query=query or {}, path_params=path_params or {}
        )
        return await self._transport.send(call)

    async def set_password(self, *, new_password: str) -> StatusAnswer:
        """Give the caller a first password. Not reachable over HTTP."""
        form = SetPassword(new_password=new_password)
        call: Call[StatusAnswer] = Call(
            "POST", "/set-password", StatusAnswer, body=form.model_dump(by_alias=True, mode="json")
        )
        return await self._transport.send(call)


class ServerSlice(AsyncSlice):
    """A plugin's endpoints in-process, those that only the server may call included."""

    def __init__(self, transport: InProcessTransport) -> None:
        super().__init__(transport)
        self._in_process = transport

    def bind(
        self,
        *,
        request: HTTPConnection | None = None,
        headers: Mapping[str, str] | None = None,
        session: CurrentSession[Any, Any] | None = None,
        response: Response | None = None,
    ) -> Self:
        """Call on behalf of somebody; as ``auth.api.bind``."""
        return type(self)(self._in_process.bound(headers, session, request, response))

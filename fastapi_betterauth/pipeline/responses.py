"""Turns results and errors into HTTP responses."""

from __future__ import annotations

import json
from typing import Any

from pydantic import TypeAdapter
from starlette.responses import Response

from fastapi_betterauth.errors import TOO_MANY_REQUESTS, APIError, RedirectTo

from .context import RequestContext
from .redirects import header_safe

_ANY: TypeAdapter[Any] = TypeAdapter(Any)
_NO_STORE = (("cache-control", "no-store"), ("pragma", "no-cache"))


class WireResponse(Response):
    """JSON, or nothing, always under ``application/json``."""

    def __init__(self, body: bytes, status: int = 200) -> None:
        super().__init__(body, status)
        self.headers["content-type"] = "application/json"


def success(result: object) -> Response:
    """Returns: the response of a result; a Response is taken as it is."""
    if isinstance(result, Response):
        return result
    return WireResponse(_ANY.dump_json(result, by_alias=True))


def failure(error: APIError) -> Response:
    """Returns: the response of an error."""
    body = error.body()
    response = WireResponse(b"" if body is None else json.dumps(body).encode(), error.status)
    for name, value in error.headers:
        response.headers[name] = value
    return response


def too_many_requests(retry_after: int) -> Response:
    """Returns: a 429 as the reference sends it (security sheet §4.8), and the header that everybody else knows.

    Args: retry_after: in seconds.
    """
    response = Response(json.dumps({"message": TOO_MANY_REQUESTS.message}, separators=(",", ":")), 429)
    response.headers["content-type"] = "text/plain;charset=UTF-8"
    response.headers["x-retry-after"] = response.headers["retry-after"] = str(retry_after)
    response.headers["x-content-type-options"] = "nosniff"
    return response


def redirect(target: RedirectTo) -> Response:
    """Returns: a 302 that tells the next page nothing about this one (SC-RESET-12)."""
    response = WireResponse(b"", 302)
    response.headers.update({"location": header_safe(target.location), "referrer-policy": "no-referrer"})
    return response


def finish(response: Response, context: RequestContext, *, failed: bool) -> Response:
    """Put the headers and cookies of the request on its response."""
    if failed:
        context.cookies.drop_values()
    for name, value in context.response_headers:
        response.headers[name] = value
    for line in context.cookies.lines():
        response.raw_headers.append((b"set-cookie", line.encode("latin-1")))
    if context.operation.no_store:
        response.headers.update(dict(_NO_STORE))
    else:
        # Nothing about a person may come out of a cache; the reference sends no Cache-Control here (SC-HTTP-30).
        response.headers["expires"] = "0"
        response.headers["vary"] = "Cookie, Authorization"
    response.headers["x-content-type-options"] = "nosniff"
    return response

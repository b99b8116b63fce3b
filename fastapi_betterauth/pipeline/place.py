"""Where a request arrived: the base URL it is served under, and the origins trusted there (core-config §3, §4)."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection, Request

from fastapi_betterauth.errors import UNKNOWN_HOST, APIError

from .base_url import BaseURL, UnknownHost, scheme_for
from .origin import TrustedOrigins
from .runtime import Runtime


def base_of_request(auth: Runtime, connection: HTTPConnection) -> BaseURL:
    """Returns: the base URL for a request. Raises: APIError: 400 UNKNOWN_HOST."""
    try:
        return _base_of(auth, connection.headers, connection.url.scheme)
    except UnknownHost:
        raise APIError(400, UNKNOWN_HOST) from None


def base_of_call(auth: Runtime, headers: Headers, origin: HTTPConnection | None) -> BaseURL:
    """Tell the base URL for a call by the server itself.

    Args: origin: the request on whose behalf it calls, if there is one.
    Raises: APIError: 500, saying what to configure.
    """
    try:
        return _base_of(auth, headers, origin.url.scheme if origin else scheme_for(headers.get("host")))
    except UnknownHost:
        message = "The base URL is not known: set base_url, give it a fallback, or pass the request's headers."
        raise APIError(500, message=message) from None


def peer_of(connection: HTTPConnection | None) -> str | None:
    """Returns: the address at the other end of the connection."""
    return connection.client.host if connection is not None and connection.client is not None else None


async def trusted_origins_at(auth: Runtime, base: BaseURL, connection: HTTPConnection) -> TrustedOrigins:
    """Returns: the origins a request may come from: configured ones, its base URL, and what the host names for it."""
    trusted = auth.trusted
    if auth.base_url.static is None:
        trusted = trusted.with_(auth.base_url.trusted_patterns(base))
    if auth.trusted_of_request is not None:
        trusted = trusted.with_(await auth.trusted_of_request(_as_request(connection)) or ())
    return trusted


def _base_of(auth: Runtime, headers: Headers, scheme: str) -> BaseURL:
    if auth.base_url.static is not None:
        return auth.base_url.static
    return auth.base_url.resolve(
        host=headers.get("host"),
        forwarded_host=headers.get("x-forwarded-host"),
        forwarded_proto=headers.get("x-forwarded-proto"),
        scheme={"ws": "http", "wss": "https"}.get(scheme, scheme),
    )


def _as_request(connection: HTTPConnection) -> Request:
    """Returns: a WebSocket's handshake as the GET request that it is."""
    if isinstance(connection, Request):
        return connection
    return Request({**connection.scope, "type": "http", "method": "GET"})

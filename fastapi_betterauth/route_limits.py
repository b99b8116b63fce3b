"""Rate limits for the host's own routes: ``Depends(auth.rate_limit("5/minute"))``."""

from __future__ import annotations

from typing import Literal, Protocol

from starlette.requests import HTTPConnection

from .errors import ConfigurationError, StorageUnavailable
from .guards import NotAvailable, TooManyRequests, session_of, spoken_to
from .pipeline.client_ip import resolve_client_ip
from .pipeline.rate_limit.limiter import RateLimiter
from .pipeline.rate_limit.rules import RateLimitRule, parse_limit
from .pipeline.runtime import Runtime


class KeyOfConnection(Protocol):
    """Names whom a request is counted for, such as a tenant."""

    async def __call__(self, connection: HTTPConnection, /) -> str:
        """Returns: a name; requests of one name are counted together."""
        ...


class RouteLimit:
    """A dependency that counts requests to a route, and refuses one too many."""

    def __init__(
        self,
        auth: Runtime,
        limit: str | RateLimitRule,
        *,
        by: Literal["user", "ip"] | KeyOfConnection = "user",
        name: str | None = None,
    ) -> None:
        if not callable(by) and by not in ("user", "ip"):
            raise ConfigurationError("rate_limit: by", f"{by!r} is not known.", "Use 'user', 'ip' or a function.")
        self._auth = auth
        self._rule = parse_limit(limit) if isinstance(limit, str) else limit
        self._by = by
        self._name = name
        if auth.rate_limiter is not None:
            auth.rate_limiter.expect(self._rule)

    async def __call__(self, connection: HTTPConnection) -> None:
        """Count a request.

        Raises: HTTPException: 429, or 503 when nothing can be counted; WebSockets are closed with 1008 instead.
        """
        limiter = self._auth.rate_limiter
        if limiter is None:
            return
        try:
            who = await self._who(limiter, connection)
            if who is None:
                return
            route = self._name or _route_of(connection)
            decision = await limiter.consume(f"route|{route}|{self._rule.seconds}|{who}", self._rule)
        except StorageUnavailable:
            raise spoken_to(connection, NotAvailable()) from None
        if not decision.allowed:
            raise spoken_to(connection, TooManyRequests(decision.retry_after))

    async def _who(self, limiter: RateLimiter, connection: HTTPConnection) -> str | None:
        """Returns: whom to count for; None when the host wants no addresses looked at."""
        if callable(self._by):
            return f"own:{await self._by(connection)}"
        if self._by == "user" and (current := await session_of(self._auth, connection)) is not None:
            return f"user:{current.user.id}"
        peer = connection.client.host if connection.client else None
        address = resolve_client_ip(connection.headers.getlist, peer, self._auth.client_ip)
        return limiter.name_of(address)


def _route_of(connection: HTTPConnection) -> str:
    """Returns: a name of the route that is the same in every worker."""
    endpoint = connection.scope["endpoint"]
    return f"{endpoint.__module__}.{endpoint.__qualname__}"

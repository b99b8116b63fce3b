"""For hosts that limit their routes with slowapi (extra ``slowapi``): whom to count, and our kind of refusal.

    limiter = Limiter(key_func=key_of(auth))
    app.state.limiter = limiter
    app.add_exception_handler(RateLimitExceeded, too_many_requests)

slowapi calls its storage synchronously: a Redis that hangs stops every request of the process for that long. Where you
are free to choose, ``auth.rate_limit("5/minute")`` waits without stopping others.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from .guards import TooManyRequests, known_session
from .pipeline.client_ip import resolve_client_ip
from .pipeline.rate_limit.limiter import NO_IP

if TYPE_CHECKING:
    from .auth import BetterAuth

_FALLBACK = 60


def key_of(auth: BetterAuth[Any, Any]) -> Callable[[Request], str]:
    """Make a key function for slowapi.

    A key function cannot wait for the database. It knows a user where a guard of ours has run before it: as a
    dependency of the route, for slowapi's decorators run after those; not in slowapi's middleware, which runs before.

    Returns: a function: the signed-in user, else the client's address as we tell it, never an empty text (slowapi would
        not count at all).
    """
    runtime = auth.runtime

    def key(request: Request) -> str:
        if (current := known_session(runtime, request)) is not None:
            return f"user:{current.user.id}"
        peer = request.client.host if request.client else None
        return resolve_client_ip(request.headers.getlist, peer, runtime.client_ip) or NO_IP

    return key


def too_many_requests(request: Request, error: Exception) -> Response:  # noqa: ARG001 - slowapi and Starlette pass it
    """Answer slowapi's RateLimitExceeded as our own guards refuse: 429 TOO_MANY_REQUESTS, with the seconds to wait."""
    refusal = TooManyRequests(_seconds_left(request))
    return JSONResponse({"detail": refusal.detail}, refusal.status_code, refusal.headers)


def _seconds_left(request: Request) -> int:
    """Returns: when the window ends that refused a request, as far as slowapi knows."""
    limit, arguments = getattr(request.state, "view_rate_limit", None) or (None, ())
    if limit is None:
        return _FALLBACK
    ends_at, _left = request.app.state.limiter.limiter.get_window_stats(limit, *arguments)
    return int(max(1, min(math.ceil(ends_at - time.time()), limit.get_expiry())))

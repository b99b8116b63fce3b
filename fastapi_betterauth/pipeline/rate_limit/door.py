"""Counts requests at the door of every endpoint."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import Response

from fastapi_betterauth.errors import SERVICE_UNAVAILABLE, APIError, StorageUnavailable
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.responses import failure, too_many_requests

from .limiter import RateLimiter

logger = logging.getLogger("fastapi_betterauth")


async def count(limiter: RateLimiter, context: RequestContext, request: Request) -> Response | None:
    """Count a request before any plugin sees it (SC-IP-13). Returns: the refusal of one that is one too many."""
    try:
        decision = await limiter.admit(request, counted_path(context), context.ip_address)
    except StorageUnavailable as error:
        logger.error("%s: %s", context.operation.name, error)  # noqa: TRY400 - the trace says nothing more
        return failure(APIError(503, SERVICE_UNAVAILABLE, headers=(("retry-after", "1"),)))
    if decision is None or decision.allowed:
        return None
    return too_many_requests(decision.retry_after)


def counted_path(context: RequestContext) -> str:
    """Returns: the path under which a request is counted, below the base path.

    A token in it is left out: it is a secret, and guesses of many tokens are to be counted together.
    """
    path = context.operation.path
    for name, value in context.path_params.items():
        path = path.replace(f"{{{name}}}", ":token" if name == "token" else value)
    return path

"""Finds routes that nobody guards, for a test of the host (SC-CONF-04)."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts

from .guards import Guard
from .pipeline.route import AuthRoute


def unguarded_routes(app: FastAPI) -> list[str]:
    """List the app's own routes that demand no session, so that a test can hold them against those meant to be open.

    Guards count wherever they stand: on the route, its router, the app, or within another dependency. Endpoints of
    ours look after themselves.

    Returns: ``GET /path`` and ``WEBSOCKET /path``, sorted.
    """
    return sorted(set(_unguarded(app)))


def _unguarded(app: FastAPI) -> Iterator[str]:
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, AuthRoute) or not isinstance(route, (APIRoute, APIWebSocketRoute)):
            continue
        if _demands_session(context.dependant):
            continue
        methods = context.methods if isinstance(route, APIRoute) else {"WEBSOCKET"}
        for method in methods or ():
            yield f"{method} {context.path}"


def _demands_session(dependant: Dependant) -> bool:
    if isinstance(dependant.call, Guard) and dependant.call.demands_session:
        return True
    return any(_demands_session(part) for part in dependant.dependencies)

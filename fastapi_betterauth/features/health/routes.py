"""Whether the server is up, and where failed browser flows end."""

from __future__ import annotations

from starlette.responses import Response

from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.operation import get
from fastapi_betterauth.pipeline.redirects import add_query

from .error_page import ErrorPageQuery, render, shown_code
from .options import ErrorPage
from .schemas import Health


@get("/ok")
async def ok() -> Health:
    """Tell that the server is up."""
    return Health()


@get("/error", redirects=True)
async def error(query: ErrorPageQuery, context: RequestContext) -> Response:
    """Show what went wrong in a browser flow; in production the app's own page at ``/`` does, unless configured."""
    code = shown_code(query.error)
    page = context.auth.options[ErrorPage]
    if (elsewhere := context.auth.errors.error_url) is not None:
        described = {"error_description": query.error_description} if query.error_description else {}
        return _leads_to(add_query(elsewhere, {"error": code, **described}))
    if context.auth.production and not page.customised:
        return _leads_to(add_query("/", {"error": code}))
    return render(code, query.error_description, context.auth.app_name, page)


def _leads_to(target: str) -> Response:
    return Response(status_code=302, headers={"location": target, "referrer-policy": "no-referrer"})


OPERATIONS = (ok, error)

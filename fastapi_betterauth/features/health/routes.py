"""Whether the server is up, and where failed browser flows end."""

from __future__ import annotations

from starlette.responses import HTMLResponse, Response

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
async def error(query: ErrorPageQuery, context: RequestContext) -> HTMLResponse:
    """Show what went wrong in a browser flow; in production the app's own page at ``/`` does, unless configured."""
    code = shown_code(query.error)
    page = context.auth.options[ErrorPage]
    if context.auth.production and not page.customised:
        response = Response(status_code=302, headers={"location": add_query("/", {"error": code})})
        response.headers["referrer-policy"] = "no-referrer"
        return response  # type: ignore[return-value]  # both are responses; the page is the documented one
    return render(code, query.error_description, context.auth.app_name, page)


OPERATIONS = (ok, error)

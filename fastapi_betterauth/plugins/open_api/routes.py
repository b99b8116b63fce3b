"""Endpoints of the plugin (open-api sheet §2)."""

from __future__ import annotations

from typing import Annotated, Any

from starlette.responses import Response

from fastapi_betterauth.errors import APIError
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.operation import Provide, get
from fastapi_betterauth.pipeline.runtime import Runtime

from .document import build_document
from .options import OpenApiOptions
from .page import render

PLUGIN_ID = "open-api"


class Documents:
    """Describes instances, each of them once: an instance does not change, and anybody may ask for this work."""

    def __init__(self, options: OpenApiOptions) -> None:
        self.options = options
        self._made: tuple[Runtime, dict[str, Any]] | None = None

    def of(self, context: RequestContext) -> dict[str, Any]:
        """Returns: the document, with the server that the request came to."""
        if self._made is None or self._made[0] is not context.auth:
            self._made = (context.auth, build_document(context.auth, self.options, own_id=PLUGIN_ID))
        return {**self._made[1], "servers": [{"url": context.base.url}]}


Described = Annotated[Documents, Provide(lambda context: context.auth.options[Documents])]


@get("/open-api/generate-schema")
async def generate_open_api_schema(documents: Described, context: RequestContext) -> dict[str, Any]:
    """Describe all endpoints as OpenAPI 3.1.1."""
    return documents.of(context)


@get("/reference")
async def open_api_reference(documents: Described, context: RequestContext) -> Response:
    """Show all endpoints on a page, whose viewer comes from a public CDN."""
    if documents.options.disable_default_reference:
        raise APIError(404)
    return render(documents.of(context), documents.options)

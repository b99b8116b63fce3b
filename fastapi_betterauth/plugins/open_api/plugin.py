"""The open-api plugin (open-api sheet)."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from fastapi_betterauth.errors import ConfigurationError
from fastapi_betterauth.plugin import Api, Plugin

from .client import OpenApiServerCalls
from .options import OpenApiOptions
from .routes import PLUGIN_ID, Documents, generate_open_api_schema, open_api_reference


class OpenApi(Plugin):
    """Describes all endpoints for Better Auth's generators; FastAPI's own ``/docs`` does not need it.

    Anybody may read it: name the paths in ``disabled_paths`` where your endpoints are nobody's business.

    Args:
        path: of the page, below the base path.
        disable_default_reference: no page, only the document.
        theme: of the page, by Scalar's names.
        nonce: of the page's script tags, for a Content-Security-Policy.
        title: of the document.
        version: of the document.

    Raises: ConfigurationError: the path is none.
    """

    id: ClassVar[str] = PLUGIN_ID
    operations = (generate_open_api_schema, open_api_reference)
    api = Api(OpenApiServerCalls)

    def __init__(
        self,
        *,
        path: str = "/reference",
        disable_default_reference: bool = False,
        theme: str = "default",
        nonce: str | None = None,
        title: str = "Better Auth",
        version: str = "1.1.0",
    ) -> None:
        if not path.startswith("/") or path == "/" or "{" in path:
            raise ConfigurationError("OpenApi(path)", f"{path!r} is no path.", "Write it like '/reference'.")
        self._documents = Documents(
            OpenApiOptions(
                title=title,
                version=version,
                disable_default_reference=disable_default_reference,
                theme=theme,
                nonce=nonce,
            )
        )
        self.operations = (generate_open_api_schema, replace(open_api_reference, path=path))

    @property
    def options(self) -> Documents:
        """Returns: what describes instances."""
        return self._documents

"""Answer of the health check."""

from __future__ import annotations

from fastapi_betterauth.pipeline.wire import WireModel


class Health(WireModel):
    """The server is up."""

    ok: bool = True

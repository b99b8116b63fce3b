"""Body of the plugin's endpoints (multi-session sheet §3)."""

from __future__ import annotations

from pydantic import Field

from fastapi_betterauth.pipeline.wire import WireModel


class OfThisBrowser(WireModel):
    """Which of the browser's sessions is meant; the token opens nothing without its cookie."""

    session_token: str = Field(repr=False)

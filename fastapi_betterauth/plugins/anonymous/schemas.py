"""Answers of the plugin's endpoints (anonymous sheet §3)."""

from __future__ import annotations

from typing import Generic

from pydantic import Field, SerializeAsAny

from fastapi_betterauth.pipeline.schemas import U
from fastapi_betterauth.pipeline.wire import WireModel


class SignedInAnonymously(WireModel, Generic[U]):
    """The user that was made, and the session's token."""

    token: str = Field(repr=False)
    user: SerializeAsAny[U]


class AnonymousUserDeleted(WireModel):
    """It is gone."""

    success: bool = True

"""Body of changing one's address."""

from __future__ import annotations

from pydantic import Field

from fastapi_betterauth.features.email_address import EmailAddress
from fastapi_betterauth.pipeline.wire import WireModel


class ChangeEmailBody(WireModel):
    """The new address."""

    new_email: EmailAddress
    callback_url: str | None = Field(default=None, alias="callbackURL")
    """Where the link leads afterwards."""

"""Options of the plugin (open-api sheet §1)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenApiOptions:
    """All options of the plugin."""

    title: str
    version: str
    disable_default_reference: bool
    theme: str
    nonce: str | None

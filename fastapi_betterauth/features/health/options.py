"""Looks of the built-in error page (core-config sheet §5)."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

from fastapi_betterauth.errors import ConfigurationError

_CSS_VALUE = re.compile(r"[#\w\s.,%()'\"/-]*", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorPage:
    """The page on which failed browser flows end. Setting any of it also shows the page in production.

    Raises: ConfigurationError: a value is no plain CSS value.
    """

    background: str = "#fafafa"
    foreground: str = "#18181b"
    muted: str = "#52525b"
    border: str = "#d4d4d8"
    card: str = "#ffffff"
    accent: str = "#b91c1c"
    font: str = "system-ui, sans-serif"
    mono_font: str = "ui-monospace, monospace"
    radius: str = "0.75rem"
    width: str = "28rem"
    disable_card: bool = False
    """No frame around the text."""
    disable_description: bool = False
    """Only the code."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, str) and not _CSS_VALUE.fullmatch(value):
                raise ConfigurationError(
                    f"on_api_error.error_page.{field.name}",
                    "it is no plain CSS value.",
                    "Leave out ; { } and <.",
                )

    @property
    def customised(self) -> bool:
        """Returns: whether anything differs from the default looks."""
        return self != ErrorPage()

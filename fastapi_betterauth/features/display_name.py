"""What people may call themselves: any text, but not any amount of it (SC-DOS-06)."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

_LONGEST = 1024


def _checked(text: str) -> str:
    if len(text) > _LONGEST:
        raise ValueError(f"Too big: expected string to have <={_LONGEST} characters")
    return text


DisplayName = Annotated[str, AfterValidator(_checked)]
"""A field that holds a person's name."""

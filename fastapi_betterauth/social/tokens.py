"""Tokens of a provider."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

_LONGEST_LIFE = 100 * 365 * 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """What a token endpoint handed out."""

    access_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    id_token: str | None = field(default=None, repr=False)
    token_type: str | None = None
    scopes: tuple[str, ...] = ()
    access_token_expires_at: datetime | None = None
    refresh_token_expires_at: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The whole answer."""

    @classmethod
    def of(cls, answer: Mapping[str, Any], now: datetime, *, scope_separator: str | None = None) -> Tokens:
        """Read an answer (RFC 6749 §5.1). Args: scope_separator: of its scopes; None is white space."""
        return cls(
            access_token=_text(answer.get("access_token")),
            refresh_token=_text(answer.get("refresh_token")),
            id_token=_text(answer.get("id_token")),
            token_type=_text(answer.get("token_type")),
            scopes=_scopes(answer.get("scope"), scope_separator),
            access_token_expires_at=_end(answer.get("expires_in"), now),
            refresh_token_expires_at=_end(answer.get("refresh_token_expires_in"), now),
            raw=answer,
        )


def merged_scopes(stored: str | None, granted: tuple[str, ...]) -> str | None:
    """Returns: both grants together as they are stored, old ones first; None without any."""
    return ",".join(dict.fromkeys([*stored_scopes(stored), *granted])) or None


def stored_scopes(stored: str | None) -> list[str]:
    """Returns: the scopes of an account."""
    return [scope.strip() for scope in (stored or "").split(",") if scope.strip()]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _scopes(value: object, separator: str | None) -> tuple[str, ...]:
    parts = value.split(separator) if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(part.strip() for part in parts if isinstance(part, str) and part.strip())


def _end(seconds: object, now: datetime) -> datetime | None:
    """Some providers write the seconds as text."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float | str):
        return None
    try:
        number = float(seconds)
    except ValueError:
        return None
    if not math.isfinite(number) or not 0 < number < _LONGEST_LIFE:
        return None
    return now + timedelta(seconds=number)

"""Options of outbound requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fastapi_betterauth.errors import ConfigurationError

from .urls import origin_of


@dataclass(frozen=True, kw_only=True, slots=True)
class OutboundOptions:
    """Requests the server makes to identity providers and the like.

    Raises: ConfigurationError: a limit is not positive, or an origin is none.
    """

    timeout: float = 10.0
    """Seconds that one request may take, all of it."""
    max_size: int = 1024 * 1024
    """Bytes that an answer may have."""
    proxy: str | None = field(default=None, repr=False)
    """URL of a proxy that all requests go through; it then decides which addresses may be reached."""
    trusted_origins: Sequence[str] = ()
    """Origins that may be reached although they are in a private network or not https."""

    def __post_init__(self) -> None:
        for name, value in (("timeout", self.timeout), ("max_size", self.max_size)):
            if value <= 0:
                raise ConfigurationError(f"advanced.outbound.{name}", "it is not positive.", "Leave it out.")
        for origin in self.trusted_origins:
            if origin_of(origin) != origin.rstrip("/"):
                raise ConfigurationError(
                    "advanced.outbound.trusted_origins",
                    f"{origin!r} is no origin.",
                    "Write 'https://idp.internal:8443'.",
                )

"""Options of the core that belong to no feature (core-config sheet)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from .clock import Duration, to_timedelta
from .errors import ConfigurationError

Environment = Literal["production", "development", "test"]
"""Where the app runs. ``production`` is the default, so that forgetting to say it is safe."""

LogSink = Callable[[int, str], None]
"""Takes a level of the logging module and a message."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LoggerOptions:
    """What becomes of log records of this package (``logging.getLogger("fastapi_betterauth")``)."""

    disabled: bool = False
    """Log nothing."""
    level: Literal["debug", "info", "warning", "error"] | None = None
    """Least level; None leaves it to the app's own logging set-up."""
    log: LogSink | None = None
    """Receives each record instead of the app's handlers."""

    def __post_init__(self) -> None:
        if self.level not in (None, "debug", "info", "warning", "error"):
            raise ConfigurationError("logger.level", f"{self.level!r} is not known.", "Use a level of logging.")

    def apply(self) -> None:
        """Set the package's logger up."""
        logger = logging.getLogger("fastapi_betterauth")
        if self.disabled:
            # Not ``logger.disabled``: that would let records of the loggers below it pass.
            logger.setLevel(logging.CRITICAL + 1)
        elif self.level is not None:
            logger.setLevel(self.level.upper())
        if self.log is not None:
            logger.handlers = [_SinkHandler(self.log)]
            logger.propagate = False


class _SinkHandler(logging.Handler):
    def __init__(self, sink: LogSink) -> None:
        super().__init__()
        self._sink = sink

    def emit(self, record: logging.LogRecord) -> None:
        self._sink(record.levelno, record.getMessage())


@dataclass(frozen=True, kw_only=True, slots=True)
class IPAddressOptions:
    """How the address of a client is told (security sheet §3)."""

    ip_address_headers: Sequence[str] = ()
    """Headers that a proxy of yours sets, asked in order; none: the peer of the connection."""
    disable_ip_tracking: bool = False
    """Keep no addresses."""
    ipv6_subnet: int = 64
    """Prefix length to which IPv6 addresses are cut."""
    trusted_proxies: Sequence[str] = ()
    """Addresses and networks of your proxies."""

    def __post_init__(self) -> None:
        if not 1 <= self.ipv6_subnet <= 128:  # noqa: PLR2004
            raise ConfigurationError("advanced.ip_address.ipv6_subnet", "it is not within 1 and 128.", "Use 64.")


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseOptions:
    """How tables are made and read."""

    default_find_many_limit: int = 100
    """How many rows a list holds at most when nothing else says."""
    validate_schema: bool = True
    """Compare tables and columns with the live database at start-up."""
    clean_up_every: Duration | None = timedelta(hours=1)
    """How often each process removes what has expired, beside requests that hand sessions out; None: never."""

    def __post_init__(self) -> None:
        pause = self.pause_between_clean_ups
        if pause is not None and pause < timedelta(0):
            raise ConfigurationError(
                "advanced.database.clean_up_every", "it is negative.", "Use 3600 seconds, or None."
            )
        if self.default_find_many_limit < 1:
            raise ConfigurationError(
                "advanced.database.default_find_many_limit", "it is below 1.", "Use 1 or more rows."
            )

    @property
    def pause_between_clean_ups(self) -> timedelta | None:
        """Returns: ``clean_up_every`` as a timedelta."""
        return None if self.clean_up_every is None else to_timedelta(self.clean_up_every)


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenTelemetryOptions:
    """Spans."""

    enabled: bool = True
    """Without an OpenTelemetry SDK they cost next to nothing."""


def resolve_environment(environ: Mapping[str, str], environment: Environment | None) -> Environment:
    """Returns: the environment from the option, else from BETTER_AUTH_ENV, else production.

    Raises: ConfigurationError: the value is none of the three.
    """
    chosen = environment or environ.get("BETTER_AUTH_ENV") or "production"
    for known in _ENVIRONMENTS:
        if chosen == known:
            return known
    raise ConfigurationError("environment", f"{chosen!r} is not known.", "Use production, development or test.")


_ENVIRONMENTS: tuple[Environment, ...] = ("production", "development", "test")

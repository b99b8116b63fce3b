"""What happens to errors on their way out (core-config sheet §5)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from .features.health.options import ErrorPage
from .pipeline.context import RequestContext
from .pipeline.runtime import ErrorPolicy


@dataclass(frozen=True, kw_only=True, slots=True)
class OnAPIError:
    """Errors of HTTP requests; redirects are none."""

    raise_errors: bool = False
    """Raise API errors to the host framework instead of answering them."""
    on_error: Callable[[Exception, RequestContext], Awaitable[None]] | None = None
    """Called for each error instead of logging it; an APIError raised here becomes the answer."""
    error_url: str | None = None
    """Where failed browser flows end; by default ``/error`` below the base URL."""
    error_page: ErrorPage = field(default_factory=ErrorPage)
    """Looks of the built-in page."""

    def policy(self) -> ErrorPolicy:
        """Returns: the part that the pipeline acts on."""
        return ErrorPolicy(raise_errors=self.raise_errors, on_error=self.on_error, error_url=self.error_url)

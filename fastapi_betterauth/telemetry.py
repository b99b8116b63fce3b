"""OpenTelemetry spans; without an SDK they cost next to nothing (security sheet §11).

Names hold route templates, never URLs: a path may carry a token (SC-LOG-06).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from .errors import APIError, RedirectTo

_tracer = trace.get_tracer("better-auth")


class Telemetry:
    """Opens spans, unless switched off."""

    def __init__(self, *, enabled: bool) -> None:
        self._enabled = enabled

    @contextmanager
    def request(self, method: str, route: str, operation: str) -> Iterator[Span]:
        """Span over one endpoint."""
        if not self._enabled:
            yield trace.INVALID_SPAN
            return
        attributes = {"http.route": route, "better_auth.operation_id": operation}
        with _tracer.start_as_current_span(f"{method} {route}", kind=SpanKind.INTERNAL, attributes=attributes) as span:
            yield span

    def part(self, name: str, **attributes: str) -> AbstractContextManager[object]:
        """Span over a part of it, such as ``handler /sign-in/email``.

        Args: attributes: named ``better_auth.<name>``, underscores as dots.
        """
        if not self._enabled:
            return nullcontext()
        return _part(name, {f"better_auth.{key.replace('_', '.')}": value for key, value in attributes.items()})

    def database(self, operation: str, table: str) -> AbstractContextManager[object]:
        """Span over one access to a table."""
        if not self._enabled:
            return nullcontext()
        return _part(f"db {operation} {table}", {"db.operation.name": operation, "db.collection.name": table})


@contextmanager
def _part(name: str, attributes: dict[str, str]) -> Iterator[None]:
    """Open a span that refusals and redirects do not mark as failed; what it records holds no values."""
    with _tracer.start_as_current_span(
        name, attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield
        except (APIError, RedirectTo):
            raise
        except Exception as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


OFF = Telemetry(enabled=False)
"""Opens no spans."""


def ended(span: Span, status: int) -> None:
    """Note how a request ended; redirects and refusals are no errors."""
    span.set_attribute("http.response.status_code", status)
    if status >= 500:  # noqa: PLR2004
        span.set_status(Status(StatusCode.ERROR))

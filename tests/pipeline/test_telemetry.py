"""OpenTelemetry spans (security sheet §11)."""

from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from fastapi_betterauth import HookCall, Hooks, OpenTelemetryOptions
from tests.builders.world import world


@pytest.fixture(scope="module")
def exporter() -> InMemorySpanExporter:
    """Collects spans; the provider can be set once per process."""
    exporter = InMemorySpanExporter()
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter


@pytest.fixture
def spans(exporter: InMemorySpanExporter) -> Iterator[InMemorySpanExporter]:
    """An exporter without earlier spans."""
    exporter.clear()
    yield exporter
    exporter.clear()


def _ours(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    found = exporter.get_finished_spans()
    return {
        span.name: span
        for span in found
        if span.instrumentation_scope and span.instrumentation_scope.name == "better-auth"
    }


@pytest.mark.rule("security-ratelimit-hooks §11")
async def test_an_operation_is_a_span_with_its_parts(sqlite_url: str, spans: InMemorySpanExporter) -> None:
    """Endpoint, handler, hooks and table access are spans named by route template and table."""

    async def watch(call: HookCall) -> None:
        assert call.operation.name

    async with world(sqlite_url, hooks=Hooks(before_all=watch, after_all=watch)) as w:
        await w.sign_up("ada")

    found = _ours(spans)
    assert {
        "POST /sign-up/email",
        "handler /sign-up/email",
        "hook before /sign-up/email",
        "hook after /sign-up/email",
        "db create user",
        "db create account",
        "db create session",
    } <= set(found)
    assert dict(found["POST /sign-up/email"].attributes or {}) == {
        "http.route": "/sign-up/email",
        "better_auth.operation_id": "sign_up_email",
        "http.response.status_code": 200,
    }


@pytest.mark.case("SC-LOG-06")
async def test_spans_hold_no_tokens(sqlite_url: str, spans: InMemorySpanExporter) -> None:
    """Names and attributes hold the route template, not the path with its token."""
    async with world(sqlite_url) as w:
        await w.person().get("/reset-password/marker-5519?callbackURL=/x")

    everything = [f"{name} {dict(span.attributes or {})}" for name, span in _ours(spans).items()]
    assert any("/reset-password/{token}" in text for text in everything)
    assert not any("marker-5519" in text for text in everything)


@pytest.mark.rule("security-ratelimit-hooks §11")
async def test_redirects_and_refusals_are_no_errors(sqlite_url: str, spans: InMemorySpanExporter) -> None:
    """A 302 or a 401 leaves the span's status alone."""
    async with world(sqlite_url) as w:
        await w.person().get("/reset-password/x?callbackURL=/x")
        await w.person().post("/revoke-sessions")

    assert {span.status.status_code for span in _ours(spans).values()} == {StatusCode.UNSET}


@pytest.mark.rule("core-config §1 experimental.instrumentation.enabled")
async def test_spans_can_be_switched_off(sqlite_url: str, spans: InMemorySpanExporter) -> None:
    """With the option off there are no spans of ours."""
    async with world(sqlite_url, telemetry=OpenTelemetryOptions(enabled=False)) as w:
        await w.sign_up("ada")

    assert _ours(spans) == {}


@pytest.mark.case("SC-LOG-08")
async def test_names_of_spans_are_few(sqlite_url: str, spans: InMemorySpanExporter) -> None:
    """What people send is in no name: a hundred tokens and paths are one span name, or none."""
    async with world(sqlite_url) as w:
        visitor = w.person()
        for number in range(50):
            await visitor.get(f"/reset-password/token{number}", params={"callbackURL": "/new"})
            await visitor.get(f"/no/such/path{number}")
            await visitor.post("/sign-in/email", {"email": f"p{number}@x.test", "password": "x" * number})

    names = set(_ours(spans))
    assert "GET /reset-password/{token}" in names
    assert len(names) < 20

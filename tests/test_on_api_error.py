"""What happens to errors on their way out (core-config sheet §5)."""

from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from fastapi_betterauth import APIError, ErrorCode, Hooks, OnAPIError, RequestContext
from tests.builders.world import BASE, world

WRONG: dict[str, Any] = {"email": "nobody@people.test", "password": "not the password"}


@pytest.mark.rule("core-config §1 onAPIError.throw")
async def test_errors_can_be_raised_to_the_host(sqlite_url: str) -> None:
    """With ``raise_errors`` the host's own handler answers."""
    app = FastAPI()

    @app.exception_handler(APIError)
    async def mine(_request: Request, error: APIError) -> JSONResponse:
        return JSONResponse({"mine": error.code}, error.status)

    async with world(sqlite_url, app=app, on_api_error=OnAPIError(raise_errors=True)) as w:
        answer = await w.person().post("/sign-in/email", WRONG)

        assert (answer.status_code, answer.json()) == (401, {"mine": "INVALID_EMAIL_OR_PASSWORD"})


@pytest.mark.rule("core-config §1 onAPIError.onError")
async def test_a_handler_is_told_of_every_error(sqlite_url: str) -> None:
    """``on_error`` gets the error and the context; the answer stays as it is."""
    seen: list[tuple[int, str]] = []

    async def note(error: Exception, context: RequestContext) -> None:
        assert isinstance(error, APIError)
        seen.append((error.status, context.operation.name))

    async with world(sqlite_url, on_api_error=OnAPIError(on_error=note)) as w:
        answer = await w.person().post("/sign-in/email", WRONG)
        await w.person().post("/sign-in/email", {})
        await w.person().get("/ok")

        assert answer.json()["code"] == "INVALID_EMAIL_OR_PASSWORD"
        assert seen == [(401, "sign_in_email"), (400, "sign_in_email")]


@pytest.mark.rule("core-config §1 onAPIError.onError")
async def test_a_handler_may_answer_otherwise(sqlite_url: str) -> None:
    """An APIError raised by the handler becomes the answer."""

    async def replace(error: Exception, context: RequestContext) -> None:
        raise APIError(418, ErrorCode("TEAPOT", "Short and stout"))

    async with world(sqlite_url, on_api_error=OnAPIError(on_error=replace)) as w:
        answer = await w.person().post("/sign-in/email", WRONG)

        assert (answer.status_code, answer.json()["code"]) == (418, "TEAPOT")


@pytest.mark.rule("core-config §1 onAPIError.onError")
async def test_redirects_are_no_errors(sqlite_url: str) -> None:
    """A 302 is not shown to the handler."""
    seen: list[Exception] = []

    async def note(error: Exception, context: RequestContext) -> None:
        seen.append(error)

    async with world(sqlite_url, on_api_error=OnAPIError(on_error=note, raise_errors=True)) as w:
        answer = await w.person().get("/reset-password/nothing", params={"callbackURL": "/new"})

        assert (answer.status_code, seen) == (302, [])


@pytest.mark.rule("core-config §1 onAPIError.errorURL", "email-password §5 GET reset-password")
async def test_failed_flows_end_at_a_page_of_the_hosts(sqlite_url: str) -> None:
    """``error_url`` takes the place of the built-in page."""
    async with world(sqlite_url, on_api_error=OnAPIError(error_url="https://app.test/oops")) as w:
        answer = await w.person().get("/reset-password/nothing", params={"callbackURL": ""})

        assert answer.status_code == 302
        assert answer.headers["location"] == "https://app.test/oops?error=INVALID_TOKEN"


@pytest.mark.rule("security-ratelimit-hooks §9")
async def test_an_accident_tells_nothing(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """An unexpected exception is an empty 500 with a number under which the log has the story."""

    async def stumble(_call: object) -> None:
        raise LookupError("marker-1234")

    async with world(sqlite_url, hooks=Hooks(before_all=stumble)) as w:
        answer = await w.person().get("/ok")

        assert (answer.status_code, answer.content) == (500, b"")
        (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
        assert answer.headers["x-error-id"] in record.getMessage()


@pytest.mark.rule("core-config §1 onAPIError.throw")
async def test_without_a_handler_raised_errors_reach_the_server(sqlite_url: str) -> None:
    """A host that asks for raised errors and handles none gets them from its app."""
    async with world(sqlite_url, on_api_error=OnAPIError(raise_errors=True)) as w:
        transport = httpx2.ASGITransport(app=w.app)
        async with httpx2.AsyncClient(transport=transport, base_url=BASE) as http:
            with pytest.raises(APIError, match="INVALID_EMAIL_OR_PASSWORD"):
                await http.post("/api/auth/sign-in/email", json=WRONG)

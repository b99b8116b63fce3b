"""Options that belong to no feature: the logger, disabled paths, origins per request (core-config sheet)."""

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from starlette.requests import Request

from fastapi_betterauth import ConfigurationError, LoggerOptions
from tests.builders.world import world

PACKAGE = logging.getLogger("fastapi_betterauth")


@pytest.fixture(autouse=True)
def _logger_as_before() -> Iterator[None]:
    """The package's logger is one per process: put it back."""
    before = (PACKAGE.level, PACKAGE.handlers[:], PACKAGE.propagate)
    yield
    level, PACKAGE.handlers, PACKAGE.propagate = before
    PACKAGE.setLevel(level)


async def _say(sqlite_url: str, **options: Any) -> None:
    async with world(sqlite_url, logger=LoggerOptions(**options)):
        PACKAGE.getChild("background").warning("a warning about %s", "mail")
        PACKAGE.error("an error")


@pytest.mark.rule("core-config §1 logger")
async def test_records_can_go_to_a_function(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """``log`` receives level and message of each record, and nobody else does."""
    seen: list[tuple[int, str]] = []

    await _say(sqlite_url, log=lambda level, message: seen.append((level, message)))

    assert seen == [(logging.WARNING, "a warning about mail"), (logging.ERROR, "an error")]
    assert caplog.records == []


@pytest.mark.rule("core-config §1 logger")
async def test_a_level_leaves_out_what_is_below(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """Below the level nothing is logged."""
    await _say(sqlite_url, level="error")

    assert [record.message for record in caplog.records] == ["an error"]


@pytest.mark.rule("core-config §1 logger")
async def test_the_log_can_be_switched_off(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """``disabled`` logs nothing, of no part of the package."""
    await _say(sqlite_url, disabled=True)

    assert caplog.records == []


def test_an_unknown_level_is_refused() -> None:
    """A level that logging does not know is an error at construction."""
    with pytest.raises(ConfigurationError, match=r"logger\.level"):
        LoggerOptions(level="loud")  # type: ignore[arg-type]  # the point of the test


@pytest.mark.rule("core-config §1 disabledPaths", "security-ratelimit-hooks §1 stage 2")
@pytest.mark.parametrize("option", ["/sign-up/email", "/sign-up/email/"])
async def test_disabled_paths_are_not_there(sqlite_url: str, option: str) -> None:
    """A disabled path answers 404 before anything else looks at the request; others are there."""
    async with world(sqlite_url, disabled_paths=[option]) as w:
        answer = await w.person("ada").post("/sign-up/email", {"not": "valid"}, headers={"origin": "https://evil.test"})

        assert (answer.status_code, answer.text) == (404, "Not Found")
        assert (await w.person().get("/ok")).status_code == 200


@pytest.mark.rule("core-config §4 function")
async def test_origins_can_depend_on_the_request(sqlite_url: str) -> None:
    """A function names further origins for each request; what it named for one does not count for the next."""

    async def of(request: Request | None) -> Sequence[str]:
        tenant = request and request.headers.get("x-tenant")
        return [f"https://{tenant}.test"] if tenant else []

    async with world(sqlite_url, trusted_origins=of) as w:
        ada = await w.sign_up("ada")

        async def change(origin: str, tenant: str) -> int:
            headers = {"origin": origin, "x-tenant": tenant}
            return (await ada.post("/update-user", {"name": "Ada"}, headers=headers)).status_code

        assert await change("https://one.test", "one") == 200
        assert await change("https://one.test", "two") == 403
        assert await change(w.base, "") == 200


@pytest.mark.rule("core-config §4 function")
async def test_redirect_targets_can_depend_on_the_request(sqlite_url: str) -> None:
    """Redirect targets are checked against the same function."""

    async def of(request: Request | None) -> Sequence[str]:
        return ["https://tenant.test"] if request and "x-tenant" in request.headers else []

    async with world(sqlite_url, trusted_origins=of) as w:
        await w.sign_up("ada")
        body = {"email": "ada@people.test", "password": "correct horse battery", "callbackURL": "https://tenant.test/x"}

        with_tenant = await w.person().post("/sign-in/email", body, headers={"x-tenant": "1"})
        without = await w.person().post("/sign-in/email", body)

        assert (with_tenant.status_code, without.json()["code"]) == (200, "INVALID_CALLBACK_URL")

"""The mark of a server's own call cannot be made over HTTP."""

from typing import Any

import pytest

from fastapi_betterauth import HookCall, Hooks
from tests.builders.world import world

MARKS: list[dict[str, str]] = [
    {"x-server-call": "1"},
    {"x-better-auth-server": "true"},
    {"x-internal": "1", "x-forwarded-for": "127.0.0.1"},
    {"x-middleware-subrequest": "auth"},
    {"authorization": "server"},
    {"host": "localhost"},
    {"user-agent": "auth.api"},
]
FORGED: dict[str, Any] = {
    "request": None,
    "over_http": False,
    "asResponse": True,
    "context": {"request": None},
    "headers": {},
    "session": {"user": {"id": "1"}},
}


@pytest.mark.case("SC-HTTP-28", "SC-HTTP-29", "SC-RESET-16")
@pytest.mark.parametrize("marks", MARKS, ids=lambda marks: next(iter(marks)))
async def test_server_only_endpoints_are_not_there(sqlite_url: str, marks: dict[str, str]) -> None:
    """``/set-password`` is an unknown path, whatever a request claims to be."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        body = {"newPassword": "another password", **FORGED}

        answer = await ada.post("/set-password", body, headers=marks, params={"server": "1", "request": ""})

        assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.case("SC-HTTP-29")
@pytest.mark.parametrize("marks", MARKS, ids=lambda marks: next(iter(marks)))
async def test_requests_are_known_as_http(sqlite_url: str, marks: dict[str, str]) -> None:
    """Headers, query and body of a request never make it a call of the server."""
    seen: list[bool] = []

    async def note(call: HookCall) -> None:
        seen.append(call.context.over_http)

    async with world(sqlite_url, hooks=Hooks(before_all=note)) as w:
        visitor = w.person()
        await visitor.post("/sign-in/email", FORGED, headers=marks, params={"over_http": "false"})
        await visitor.get("/ok", headers=marks, params={"request": "null"})

        assert seen == [True, True]


@pytest.mark.case("SC-HTTP-29")
@pytest.mark.parametrize("marks", MARKS, ids=lambda marks: next(iter(marks)))
async def test_the_origin_check_stays(sqlite_url: str, marks: dict[str, str]) -> None:
    """A change with cookies from a foreign page is refused whatever else it carries."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        headers = {**marks, "origin": "https://evil.test"}

        answer = await ada.post("/update-user", {"name": "Eve", **FORGED}, headers=headers)

        assert answer.status_code == 403
        assert (await w.rows("user"))[0]["name"] == "Ada"

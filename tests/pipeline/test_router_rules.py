"""What the router answers before any handler runs (core-config sheet §9)."""

from typing import Any

import pytest
from fastapi import FastAPI

from fastapi_betterauth import AdvancedOptions
from tests.builders.world import world

JSON = {"content-type": "application/json"}


@pytest.mark.case("SC-HTTP-01", "SC-HTTP-03", "SC-HTTP-10")
@pytest.mark.rule("core-config §9.1", "client §9.1", "client §1 cross-origin")
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/no-such-thing"),
        ("GET", "/sign-in/email"),
        ("PUT", "/sign-out"),
        ("HEAD", "/ok"),
        ("OPTIONS", "/ok"),
        ("GET", "/ok/"),
        ("GET", "//ok"),
        ("GET", "/OK"),
        ("GET", ""),
        ("GET", "x/ok"),
    ],
)
async def test_unknown_paths_and_methods_are_an_empty_404(sqlite_url: str, method: str, path: str) -> None:
    """Unknown path, wrong method, other slashes: 404 without body and content type, never 405 or a redirect."""
    async with world(sqlite_url) as w:
        answer = await w.person().http.request(method, f"/api/auth{path}")

        assert answer.status_code == 404
        if path != "x/ok":
            assert answer.content == b""
            assert "content-type" not in answer.headers


@pytest.mark.rule("core-config §8 skipTrailingSlashes")
async def test_trailing_slashes_can_be_skipped(sqlite_url: str) -> None:
    """With the option, ``/ok/`` is ``/ok``."""
    async with world(sqlite_url, advanced=AdvancedOptions(skip_trailing_slashes=True)) as w:
        answer = await w.person().get("/ok/")

        assert (answer.status_code, answer.json()) == (200, {"ok": True})


@pytest.mark.rule("core-config §1 basePath")
@pytest.mark.parametrize(("option", "path"), [("/auth", "/auth/ok"), ("auth/", "/auth/ok"), ("/", "/ok"), ("", "/ok")])
async def test_the_base_path_is_an_option(sqlite_url: str, option: str, path: str) -> None:
    """The endpoints live below the base path; a slash or nothing means no prefix."""
    async with world(sqlite_url, base_path=option) as w:
        answer = await w.person().http.get(path)

        assert (answer.status_code, answer.json()) == (200, {"ok": True})


@pytest.mark.rule("core-config §2 path")
async def test_a_path_in_the_base_url_wins(sqlite_url: str) -> None:
    """A base URL with a path is kept as it is; the base path option is ignored."""
    async with world(sqlite_url, base_url="http://app.test/accounts", base_path="/ignored") as w:
        answer = await w.person().http.get("/accounts/ok")

        assert answer.json() == {"ok": True}


async def test_without_a_prefix_the_hosts_routes_still_answer(sqlite_url: str) -> None:
    """With no base path, paths that are not ours are the host's, slash redirects included."""
    app = FastAPI()

    @app.get("/mine")
    async def mine() -> str:
        return "host"

    async with world(sqlite_url, base_path="/", app=app) as w:
        assert (await w.person().http.get("/mine")).json() == "host"
        assert (await w.person().http.get("/mine/")).status_code == 307


@pytest.mark.rule("core-config §9.2", "core-config §9.3")
@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{}", "text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"{}", "application/vnd.x+json", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"a=b", "application/x-www-form-urlencoded", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b'{"a":', "application/json", 400, "BAD_REQUEST"),
        (b"{}", "application/json; charset=utf-8", 200, None),
        (b"", "text/plain", 200, None),
    ],
)
async def test_media_types_and_json_are_taken_seriously(
    sqlite_url: str, body: bytes, content_type: str, status: int, code: str | None
) -> None:
    """Only JSON is read where forms are not declared; without a body the type does not matter."""
    async with world(sqlite_url) as w:
        answer = await w.person().http.post("/api/auth/sign-out", content=body, headers={"content-type": content_type})

        assert answer.status_code == status
        assert answer.json().get("code") == code


@pytest.mark.rule("core-config §9.4")
async def test_validation_comes_before_the_session(sqlite_url: str) -> None:
    """A bad body is a 400 even for somebody who is not signed in; each problem is a clause."""
    async with world(sqlite_url) as w:
        answer = await w.person().post("/change-password", {"newPassword": 5})

        assert answer.status_code == 400
        assert answer.json() == {
            "code": "VALIDATION_ERROR",
            "message": "[body.newPassword] Invalid input: expected string, received number; "
            "[body.currentPassword] Invalid input: expected string, received undefined",
        }


@pytest.mark.rule("core-config §9.5")
async def test_repeated_query_keys_are_lists(sqlite_url: str) -> None:
    """A key that comes twice is a list, so it is refused where text is expected."""
    async with world(sqlite_url) as w:
        answer = await w.person().get("/verify-email?token=a&token=b")

        assert answer.status_code == 400
        assert answer.json()["message"] == "[query.token] Invalid input: expected string, received array"


@pytest.mark.rule("core-config §9.6", "client §3.1")
async def test_errors_without_body_are_empty_json(sqlite_url: str) -> None:
    """An error without body is empty, and still typed as JSON."""
    async with world(sqlite_url, delete_user={"enabled": False}) as w:
        ada = await w.sign_up("ada")
        answer = await ada.post("/delete-user", {})

        assert (answer.status_code, answer.content) == (404, b"")
        assert answer.headers["content-type"] == "application/json"


@pytest.mark.rule("core-config §9.7", "client §3.3")
async def test_dates_have_three_decimals_and_z(sqlite_url: str) -> None:
    """Clients read the fraction as milliseconds, so there are exactly three digits."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        found: dict[str, Any] = await ada.session() or {}

        for moment in (ada.user["createdAt"], found["session"]["expiresAt"]):
            assert moment.endswith("Z")
            assert len(moment.rpartition(".")[2]) == 4


@pytest.mark.rule("core-config §9.8")
async def test_health(sqlite_url: str) -> None:
    """``/ok`` says that the server is up."""
    async with world(sqlite_url) as w:
        answer = await w.person().get("/ok")

        assert (answer.status_code, answer.json()) == (200, {"ok": True})

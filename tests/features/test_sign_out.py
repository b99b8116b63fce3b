"""Sign-out (e-mail sheet §4)."""

from typing import Any

import pytest
from sqlalchemy import text

from fastapi_betterauth import ABORT, DatabaseHooks, TableHooks
from fastapi_betterauth.errors import TransientConflict
from tests.builders.answers import ALL_EXPIRED, SESSION, cookies_set, said
from tests.builders.world import world


@pytest.mark.rule("email-password §4 200", "email-password §4 cookies", "email-password §11 sign-out")
async def test_sign_out_ends_this_session_and_no_other(database_url: str) -> None:
    """The session's row goes, all session cookies are deleted; the other device stays signed in."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada", rememberMe=False)
        phone = await w.another_device(ada)
        answer = await ada.post("/sign-out")

        assert (answer.status_code, answer.json(), cookies_set(answer)) == (200, {"success": True}, ALL_EXPIRED)
        assert "location" not in answer.headers
        assert [row["token"] for row in await w.rows("session")] == [phone.token]
        assert (list(ada.http.cookies.jar), await ada.session()) == ([], None)
        assert await phone.session() is not None


@pytest.mark.rule("email-password §4 who")
@pytest.mark.parametrize("cookie", [None, "nonsense", "forged.c2lnbmF0dXJl"])
async def test_anybody_may_sign_out(sqlite_url: str, cookie: str | None) -> None:
    """Without a session, or with something that is none, the answer is the same and nothing is written."""
    async with world(sqlite_url) as w:
        await w.sign_up("ada")
        visitor, before = w.person(), await w.snapshot()
        if cookie is not None:
            visitor.http.cookies.set(SESSION, cookie, domain="app.test", path="/")
        answer = await visitor.post("/sign-out")

        assert (answer.status_code, answer.json(), cookies_set(answer)) == (200, {"success": True}, ALL_EXPIRED)
        assert await w.snapshot() == before


@pytest.mark.rule("email-password §4 body", "client §9.5")
@pytest.mark.parametrize(
    "body", [None, {}, {"callbackURL": "/bye", "disableRedirect": True, "state": "x"}, {"whatever": 1}]
)
async def test_the_body_is_optional(sqlite_url: str, body: dict[str, Any] | None) -> None:
    """No body, an empty one, or one for providers: where no provider has a sign-out of its own it is all one."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        answer = await (ada.post("/sign-out", body) if body is not None else ada.http.post("/api/auth/sign-out"))

        assert (answer.status_code, answer.json()) == (200, {"success": True})
        assert ("location" in answer.headers, await w.rows("session")) == (False, [])


@pytest.mark.rule("email-password §4 body")
async def test_the_body_is_validated_all_the_same(sqlite_url: str) -> None:
    """A field of another kind is a 400, and the session goes on."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")

        assert said(await ada.post("/sign-out", {"disableRedirect": "no"})) == (400, "VALIDATION_ERROR")
        assert await ada.session() is not None


async def _accident(row: Any, caller: Any) -> None:
    raise RuntimeError("marker-1234")


@pytest.mark.rule("email-password §4 errors")
async def test_an_accident_is_logged_and_the_cookies_go(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """A hook that fails while the session is deleted keeps nobody signed in on this device."""
    async with world(sqlite_url, database_hooks=DatabaseHooks(session=TableHooks(before_delete=_accident))) as w:
        ada = await w.sign_up("ada")
        answer = await ada.post("/sign-out")

        assert (answer.status_code, answer.json(), cookies_set(answer)) == (200, {"success": True}, ALL_EXPIRED)
        assert "a session could not be deleted at sign-out" in caplog.text


@pytest.mark.rule("email-password §4 errors")
async def test_a_conflict_is_tried_again(sqlite_url: str) -> None:
    """A session that another transaction held for a moment is deleted by the next attempt."""
    conflicts = [TransientConflict("another one was first")]

    async def sometimes(row: Any, caller: Any) -> None:
        if conflicts:
            raise conflicts.pop()

    async with world(sqlite_url, database_hooks=DatabaseHooks(session=TableHooks(before_delete=sometimes))) as w:
        ada = await w.sign_up("ada")
        answer = await ada.post("/sign-out")

        assert (answer.status_code, cookies_set(answer), conflicts) == (200, ALL_EXPIRED, [])
        assert await w.rows("session") == []


@pytest.mark.rule("email-password §4 errors")
async def test_a_failing_database_is_logged_and_the_cookies_go(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the row cannot be deleted the browser forgets the session all the same."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        async with w.auth.database.engine.begin() as connection:
            await connection.execute(text("DROP TABLE session"))
        answer = await ada.post("/sign-out")

        assert (answer.status_code, answer.json(), cookies_set(answer)) == (200, {"success": True}, ALL_EXPIRED)
        assert "a session could not be deleted at sign-out" in caplog.text
        assert ada.token not in caplog.text


@pytest.mark.rule("email-password §4 200")
async def test_a_veto_keeps_the_row_and_not_the_cookies(sqlite_url: str) -> None:
    """A hook that keeps the session's row does not keep the browser's cookies."""

    async def keep(row: Any, caller: Any) -> Any:
        return ABORT

    async with world(sqlite_url, database_hooks=DatabaseHooks(session=TableHooks(before_delete=keep))) as w:
        ada = await w.sign_up("ada")
        answer = await ada.post("/sign-out")

        assert (answer.status_code, cookies_set(answer)) == (200, ALL_EXPIRED)
        assert [row["token"] for row in await w.rows("session")] == [ada.token]

"""``/get-session``: who is signed in, for how long, and what is written on the way (sessions sheet §1 to §4, §9)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import delete, event

from fastapi_betterauth import AdvancedOptions, ConfigurationError, IPAddressOptions, SessionFields, SessionOptions
from fastapi_betterauth.crypto.secret import Secret
from fastapi_betterauth.crypto.signing import sign
from tests.builders.answers import ALL_EXPIRED, DATA, FORGET, REMEMBERED, SESSION, UNTIL_CLOSED, cookies_set, said
from tests.builders.world import SECRET, Person, World, world

WEEK, DAY = timedelta(days=7), timedelta(days=1)


class ThemedSession(SessionFields):
    """With a field of the host's."""

    theme: str | None = "dark"


async def _ends_in(w: World, token: str) -> timedelta:
    row = next(row for row in await w.rows("session") if row["token"] == token)
    ends: datetime = row["expires_at"]
    left = ends.replace(tzinfo=ends.tzinfo or UTC) - w.clock()
    return timedelta(minutes=round(left.total_seconds() / 60))


@pytest.mark.rule("sessions §2", "sessions §3 session_token", "sessions §4 200", "sessions §4 headers")
async def test_a_session_is_recorded_and_told(database_url: str) -> None:
    """Token, end, device and defaults; the answer holds the record and the user, and is kept by no cache."""
    advanced = AdvancedOptions(ip_address=IPAddressOptions(ip_address_headers=["x-client"]))
    options: SessionOptions[Any] = SessionOptions(fields=ThemedSession)
    async with world(database_url, session=options, advanced=advanced) as w:
        ada = w.person("ada")
        ada.http.headers.update({"x-client": "2001:db8::1", "user-agent": "Probe/1"})
        assert (await ada.sign_up(theme="light")).status_code == 200
        answer = await ada.get("/get-session")

        session = answer.json()["session"]
        assert len(session["token"]) == 32
        assert session["token"].isalnum()
        assert session["ipAddress"] == "2001:0db8:0000:0000:0000:0000:0000:0000"
        assert (session["userAgent"], session["theme"]) == ("Probe/1", "dark")
        assert session["userId"] == answer.json()["user"]["id"]
        assert await _ends_in(w, session["token"]) == WEEK
        assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
        (row,) = await w.rows("session")
        assert (row["token"], row["user_agent"]) == (session["token"], "Probe/1")


@pytest.mark.rule("sessions §4 who", "sessions §4 200", "sessions §4.1")
async def test_nobody_is_null(two_databases_url: str) -> None:
    """200 with ``null``, and no cookie is touched: without a cookie, with a broken or foreign one."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")
        foreign = sign(ada.token, Secret("another secret of another instance, long enough"))
        for cookie in (None, "", "nonsense", ada.token, foreign, f"{ada.token}.{'A' * 43}=", f"{ada.token}."):
            visitor = w.person()
            if cookie is not None:
                visitor.http.cookies.set(SESSION, cookie, domain="app.test")
            answer = await visitor.get("/get-session")
            assert (answer.status_code, answer.text, cookies_set(answer)) == (200, "null", {}), cookie


@pytest.mark.rule("sessions §3.2", "sessions §3.3")
async def test_cookies_are_read_as_browsers_write_them(two_databases_url: str) -> None:
    """Percent-encoded, quoted, without a space between them; of two the first one counts."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")
        raw = ada.cookie() or ""
        assert unquote(raw) == sign(ada.token, Secret(SECRET))
        for header in (
            f"{SESSION}={raw}",
            f"a=b;{SESSION}={raw};c=d",
            f'{SESSION}="{raw}"',
            f"{SESSION}={unquote(raw)}",
            f"x=%zz; {SESSION}={raw}; {SESSION}=nonsense",
        ):
            visitor = w.person()
            answer = await visitor.get("/get-session", headers={"cookie": header})
            assert (answer.json() or {"user": {}})["user"].get("name") == "Ada", header
        last = await w.person().get("/get-session", headers={"cookie": f"{SESSION}=nonsense; {SESSION}={raw}"})
        assert last.json() is None


@pytest.mark.rule("sessions §4.1", "sessions §3 session_data")
async def test_a_leftover_cache_cookie_goes(sqlite_url: str) -> None:
    """Of a time when the cookie cache was on."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        ada.http.cookies.set(DATA, "leftover", domain="app.test")
        answer = await ada.get("/get-session")
        assert answer.json()["user"]["name"] == "Ada"
        assert DATA in cookies_set(answer)
        assert ada.cookie(DATA) is None


@pytest.mark.rule("sessions §4.5", "sessions §3.6", "sessions §3.4")
@pytest.mark.parametrize("gone", ["ended", "revoked"])
async def test_what_has_ended_is_cleaned_up(database_url: str, gone: str) -> None:
    """The row of a session that is over goes, and with it every cookie of the browser."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        if gone == "ended":
            w.clock.move(days=7, seconds=1)
        else:
            other = await w.another_device(ada)
            await other.post("/revoke-other-sessions")
        answer = await ada.get("/get-session")
        assert (answer.json(), cookies_set(answer)) == (None, ALL_EXPIRED)
        assert len(await w.rows("session")) == (0 if gone == "ended" else 1)


@pytest.mark.rule("sessions §4.7", "sessions §4.9", "sessions §4.10", "sessions §1 updateAge", "sessions §1 expiresIn")
async def test_use_extends_a_session_when_it_is_due(database_url: str) -> None:
    """Not within a day of the last time; then to seven days from now, with a new cookie."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        w.clock.move(hours=23)
        assert cookies_set(await ada.get("/get-session")) == {}
        assert await _ends_in(w, ada.token) == WEEK - timedelta(hours=23)
        w.clock.move(hours=1, seconds=1)
        answer = await ada.get("/get-session")
        assert cookies_set(answer) == {SESSION: REMEMBERED}
        assert await _ends_in(w, ada.token) == WEEK
        session = answer.json()["session"]
        assert datetime.fromisoformat(session["updatedAt"]) - datetime.fromisoformat(session["createdAt"]) >= DAY


@pytest.mark.rule("sessions §1 expiresIn", "sessions §1 updateAge", "sessions §1 disableSessionRefresh")
@pytest.mark.parametrize(
    ("options", "moved", "left"),
    [
        ({"expires_in": 600, "update_age": 60}, 61, 600),
        ({"expires_in": 600, "update_age": 60}, 59, 541),
        ({"expires_in": 600, "update_age": 0}, 1, 600),
        ({"expires_in": 0}, 3600, WEEK.total_seconds() - 3600),
        ({"expires_in": timedelta(days=30), "update_age": timedelta(hours=1)}, 3601, 30 * 86400),
        ({"disable_session_refresh": True}, 3 * 86400, 4 * 86400),
    ],
)
async def test_the_options_say_how_long(sqlite_url: str, options: dict[str, Any], moved: int, left: float) -> None:
    """Lifetime, age of a renewal (0: at every use), or none at all; an end of 0 counts as unset."""
    async with world(sqlite_url, session=SessionOptions(**options)) as w:
        ada = await w.sign_up("ada")
        w.clock.move(seconds=moved)
        session = (await ada.get("/get-session")).json()["session"]
        found = datetime.fromisoformat(session["expiresAt"]) - w.clock()
        assert abs(found.total_seconds() - left) < 5


@pytest.mark.rule("sessions §1 expiresIn", "sessions §1 updateAge", "sessions §1 freshAge")
@pytest.mark.parametrize("options", [{"expires_in": -1}, {"update_age": -1}, {"fresh_age": timedelta(-1)}])
def test_negative_durations_are_refused(options: dict[str, Any]) -> None:
    """The option is named."""
    with pytest.raises(ConfigurationError, match=f"session.{next(iter(options))}"):
        SessionOptions(**options)


@pytest.mark.rule("sessions §4 query", "sessions §4.6")
@pytest.mark.parametrize("value", ["true", "false", "0", "x"])
async def test_a_caller_may_do_without_renewal(sqlite_url: str, value: str) -> None:
    """``disableRefresh`` with any value, on any endpoint that looks at the session; an empty one is none."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        w.clock.move(days=2)
        for path in ("/get-session", "/list-accounts"):
            answer = await ada.get(path, params={"disableRefresh": value})
            assert (answer.status_code, cookies_set(answer)) == (200, {})
        assert await _ends_in(w, ada.token) == WEEK - 2 * DAY
        assert SESSION in cookies_set(await ada.get("/get-session", params={"disableRefresh": ""}))


@pytest.mark.rule("sessions §4 errors", "sessions §4.8", "sessions §1 deferSessionRefresh")
async def test_renewal_can_be_left_to_a_post(database_url: str) -> None:
    """GET writes nothing and says when it is due, also of a session that is over; POST renews and cleans up."""
    async with world(database_url, session=SessionOptions(defer_session_refresh=True)) as w:
        ada = await w.sign_up("ada")
        assert (await ada.get("/get-session")).json()["needsRefresh"] is False
        w.clock.move(days=2)
        due = await ada.get("/get-session")
        assert (due.json()["needsRefresh"], cookies_set(due)) == (True, {})
        assert await _ends_in(w, ada.token) == WEEK - 2 * DAY
        renewed = await ada.post("/get-session")
        assert cookies_set(renewed) == {SESSION: REMEMBERED}
        assert "needsRefresh" not in renewed.json()
        assert await _ends_in(w, ada.token) == WEEK
        w.clock.move(days=8)
        assert (await ada.get("/get-session", headers={"cookie": f"{SESSION}={ada.cookie()}"})).json() is None
        assert len(await w.rows("session")) == 1
    async with world(database_url) as w:
        eve = await w.sign_up("eve")
        refused = await eve.post("/get-session")
        assert said(refused) == (405, "METHOD_NOT_ALLOWED_DEFER_SESSION_REQUIRED")


@pytest.mark.rule("sessions §4 errors", "sessions §4.9")
async def test_a_session_that_goes_while_it_is_renewed(sqlite_url: str) -> None:
    """Read, then revoked before it could be extended: 401, the cookies go, and nothing is resurrected."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        w.clock.move(days=2)
        table = w.auth.tables.session.table

        def revoke(connection: Any, _c: Any, statement: str, *_rest: Any) -> None:
            if statement.startswith("UPDATE") and "session" in statement:
                connection.execute(delete(table))

        event.listen(w.auth.database.engine.sync_engine, "before_cursor_execute", revoke)
        answer = await ada.get("/get-session")
        assert said(answer) == (401, "FAILED_TO_GET_SESSION")
        assert cookies_set(answer) == ALL_EXPIRED
        assert await _ends_in(w, ada.token) == WEEK - 2 * DAY


@pytest.mark.rule("sessions §9.1", "sessions §9.2", "sessions §9.3", "sessions §9.4", "sessions §3 dont_remember")
async def test_who_does_not_want_to_be_remembered(database_url: str) -> None:
    """A day in the store, no Max-Age on any cookie, never extended, whatever is done meanwhile."""
    async with world(database_url) as w:
        ada = w.person("ada")
        begun = await ada.sign_up(rememberMe=False)
        assert cookies_set(begun) == {SESSION: UNTIL_CLOSED, FORGET: UNTIL_CLOSED}
        assert await _ends_in(w, str(begun.json()["token"])) == DAY
        w.clock.move(hours=23)
        assert cookies_set(await ada.get("/get-session")) == {}
        for path, body in (
            ("/update-user", {"name": "Ada L"}),
            (
                "/change-password",
                {"currentPassword": ada.password, "newPassword": "another password", "revokeOtherSessions": True},
            ),
        ):
            answer = await ada.post(path, body)
            assert cookies_set(answer)[SESSION] == UNTIL_CLOSED, path
        assert await _ends_in(w, (await w.rows("session"))[0]["token"]) in (DAY, WEEK)


async def _signed_in_twice(w: World) -> tuple[Person, Person]:
    ada = await w.sign_up("ada")
    return ada, await w.another_device(ada)


@pytest.mark.rule("sessions §6 list-sessions", "sessions §6.5", "sessions §6.6", "sessions §1 freshAge")
async def test_devices_are_listed_after_a_recent_sign_in(database_url: str) -> None:
    """Those that can be used, oldest first; a day after sign-in it wants another one, renewed or not."""
    async with world(database_url) as w:
        ada, phone = await _signed_in_twice(w)
        bob = await w.sign_up("bob")
        assert said(await w.person().get("/list-sessions")) == (401, "UNAUTHORIZED")
        assert [one["token"] for one in (await ada.get("/list-sessions")).json()] == [ada.token, phone.token]
        w.clock.move(days=1, seconds=1)
        await ada.session()
        assert said(await ada.get("/list-sessions")) == (403, "SESSION_NOT_FRESH")
        w.clock.move(days=6, seconds=-1)
        await ada.sign_in()
        assert len((await ada.get("/list-sessions")).json()) == 2
        assert await bob.session() is None
    async with world(database_url, session=SessionOptions(fresh_age=0)) as w:
        await ada.http.aclose()
        eve = await w.sign_up("eve")
        w.clock.move(days=6)
        assert (await eve.get("/list-sessions")).status_code == 200


@pytest.mark.rule("sessions §6 revoke-session", "sessions §6.1", "sessions §6.2")
async def test_one_device_is_signed_out(database_url: str) -> None:
    """One's own only; what is not one's own is not told apart. This one's cookies go at the next request."""
    async with world(database_url) as w:
        ada, phone = await _signed_in_twice(w)
        bob = await w.sign_up("bob")
        assert said(await w.person().post("/revoke-session", {"token": ada.token})) == (401, "UNAUTHORIZED")
        assert said(await ada.post("/revoke-session", {})) == (400, "VALIDATION_ERROR")
        for token in (bob.token, "unknown", phone.token):
            answer = await ada.post("/revoke-session", {"token": token})
            assert (answer.json(), cookies_set(answer)) == ({"status": True}, {})
        assert [await person.session() is None for person in (ada, phone, bob)] == [False, True, False]
        answer = await ada.post("/revoke-session", {"token": ada.token})
        assert cookies_set(answer) == {}
        assert cookies_set(await ada.get("/get-session")) == ALL_EXPIRED


@pytest.mark.rule("sessions §6 revoke-sessions", "sessions §6 revoke-other-sessions", "sessions §6.3", "sessions §6.2")
@pytest.mark.parametrize(("path", "left"), [("/revoke-sessions", 0), ("/revoke-other-sessions", 1)])
async def test_all_devices_are_signed_out(database_url: str, path: str, left: int) -> None:
    """With this one, or without it; cookies stay as they are, and so do other people's sessions."""
    async with world(database_url) as w:
        ada, _phone = await _signed_in_twice(w)
        bob = await w.sign_up("bob")
        assert said(await w.person().post(path)) == (401, "UNAUTHORIZED")
        answer = await ada.post(path)
        assert (answer.json(), cookies_set(answer)) == ({"status": True}, {})
        assert len(await w.rows("session")) == left + 1
        assert (await ada.session() is not None) == bool(left)
        assert await bob.session() is not None


@pytest.mark.rule("sessions §6 update-session", "sessions §6.4")
async def test_fields_of_a_session_are_changed(database_url: str) -> None:
    """The host's own; core columns and unknown keys change nothing, and alone they are nothing to change."""
    async with world(database_url, session=SessionOptions(fields=ThemedSession)) as w:
        ada = await w.sign_up("ada")
        assert said(await w.person().post("/update-session", {"theme": "light"})) == (401, "UNAUTHORIZED")
        w.clock.move(seconds=5)
        answer = await ada.post("/update-session", {"theme": "light", "token": "mine", "expiresAt": "2099-01-01"})
        assert answer.json()["session"]["theme"] == "light"
        assert answer.json()["session"]["token"] == ada.token
        assert answer.json()["session"]["updatedAt"] > answer.json()["session"]["createdAt"]
        assert cookies_set(answer) == {SESSION: REMEMBERED}
        for body in ({}, {"token": "mine", "unknown": 1}):
            nothing = await ada.post("/update-session", body)
            assert (said(nothing), nothing.json()["message"]) == ((400, None), "No fields to update")
        assert said(await ada.post("/update-session", [1]))[0] == 400
        assert ((await ada.session()) or {})["session"]["theme"] == "light"

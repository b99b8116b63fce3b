"""Sign-in with e-mail and password (e-mail sheet §3)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from sqlalchemy import delete, update

from tests.builders.answers import EXPIRED, FORGET, REMEMBERED, SESSION, UNTIL_CLOSED, cookies_set, said
from tests.builders.world import PASSWORD, World, world

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
STRICT = {"require_email_verification": True, "on_existing_user_sign_up": None}


@pytest.mark.rule("email-password §3 200", "email-password §3 cookies", "email-password §11 sign-in")
async def test_sign_in_answers_with_user_and_token(sqlite_url: str) -> None:
    """The user as at sign-up, the token of a new session, no ``url``; one cookie for a week."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        answer = await w.person("ada").sign_in()

        body = answer.json()
        assert (answer.status_code, list(body)) == (200, ["redirect", "token", "user"])
        assert (body["redirect"], body["user"]) == (False, ada.user)
        assert [row["token"] for row in await w.rows("session")] == [ada.token, body["token"]]
        assert cookies_set(answer) == {SESSION: REMEMBERED}
        assert "location" not in answer.headers


@pytest.mark.rule("email-password §3 200", "client §3.4", "client §9.3")
@pytest.mark.parametrize("callback", ["/inbox?tab=new", "http://app.test/inbox"])
async def test_a_callback_is_named_not_followed(sqlite_url: str, callback: str) -> None:
    """With a callback the body says where to go, and ``Location`` too; the status stays 200."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        answer = await ada.sign_in(callbackURL=callback)

        body = answer.json()
        assert (answer.status_code, list(body)) == (200, ["redirect", "token", "url", "user"])
        assert (body["redirect"], body["url"], answer.headers["location"]) == (True, callback, callback)


@pytest.mark.rule("email-password §3 200")
async def test_an_empty_callback_is_none(sqlite_url: str) -> None:
    """Nothing to go to: ``url`` is repeated as it came, and there is no ``Location``."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        answer = await ada.sign_in(callbackURL="")

        assert (answer.status_code, answer.json()["redirect"], answer.json()["url"]) == (200, False, "")
        assert "location" not in answer.headers


@pytest.mark.rule("email-password §3 body", "email-password §3 errors")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"password": PASSWORD}, "VALIDATION_ERROR"),
        ({"email": "ada@people.test"}, "VALIDATION_ERROR"),
        ({"email": 1, "password": PASSWORD}, "VALIDATION_ERROR"),
        ({"email": "ada@people.test", "password": PASSWORD, "rememberMe": "true"}, "VALIDATION_ERROR"),
        ({"email": "ada@people", "password": PASSWORD}, "INVALID_EMAIL"),
        ({"email": " ada@people.test", "password": PASSWORD}, "INVALID_EMAIL"),
        ({"email": "", "password": PASSWORD}, "INVALID_EMAIL"),
    ],
)
async def test_the_body_is_validated(sqlite_url: str, body: dict[str, Any], code: str) -> None:
    """What is missing or of another kind is a 400, an address of another syntax too; neither costs a hash."""
    async with world(sqlite_url) as w:
        await w.sign_up("ada")
        calls = w.hasher.calls

        assert said(await w.person().post("/sign-in/email", body)) == (400, code)
        assert w.hasher.calls == calls


@pytest.mark.rule("email-password §3 who", "email-password §3 body")
async def test_forms_sign_in(sqlite_url: str) -> None:
    """A form of a page of the app signs in as JSON does; a form of another site does not."""
    body = {"email": "ada@people.test", "password": PASSWORD}
    foreign = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}

    async with world(sqlite_url) as w:
        await w.sign_up("ada")
        own = await w.person().post("/sign-in/email", data=body)
        theirs = await w.person().post("/sign-in/email", data=body, headers=foreign)

        assert said(own) == (200, None)
        assert said(theirs) == (403, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED")


async def _change_account(w: World, **values: object) -> None:
    """Change the only account behind the server's back; without values delete it."""
    table = w.auth.tables.account.table
    async with w.auth.database.engine.begin() as connection:
        await connection.execute(update(table).values(**values) if values else delete(table))


@pytest.mark.rule("email-password §3.1")
@pytest.mark.parametrize(
    "account", [{}, {"provider_id": "elsewhere"}, {"account_id": "somebody-else"}, {"password": None}, {"password": ""}]
)
async def test_only_a_password_account_of_the_user_counts(database_url: str, account: dict[str, Any]) -> None:
    """No account, one of a provider, one of another id, one without a hash: 401 for the price of one hash."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        await _change_account(w, **account)
        calls, sessions = w.hasher.calls, await w.rows("session")
        answer = await w.person("ada").sign_in()

        assert (answer.status_code, answer.json()) == (
            401,
            {"message": "Invalid email or password", "code": "INVALID_EMAIL_OR_PASSWORD"},
        )
        assert (w.hasher.calls - calls, await w.rows("session"), cookies_set(answer)) == (1, sessions, {})
        assert ada.token


@pytest.mark.rule("email-password §3.2", "email-password §1 minPasswordLength")
async def test_lengths_do_not_matter_at_sign_in(sqlite_url: str) -> None:
    """Who signed up under other rules still gets in; a short wrong password is wrong, not short."""
    async with world(sqlite_url) as before:
        await before.sign_up("ada")

    async with world(sqlite_url, password={"min_password_length": 40, "max_password_length": 50}) as w:
        ada = w.person("ada")
        assert said(await w.person("ada").post("/sign-in/email", {"email": ada.email, "password": "x"})) == (
            401,
            "INVALID_EMAIL_OR_PASSWORD",
        )
        assert said(await ada.sign_in()) == (200, None)


@pytest.mark.rule("email-password §3.3", "email-password §1 sendOnSignIn")
@pytest.mark.parametrize(
    ("verification", "mails"),
    [
        ({}, 0),
        ({"send_on_sign_in": False}, 0),
        ({"send_on_sign_in": True}, 1),
        ({"send_on_sign_in": True, "send_verification_email": None}, 0),
    ],
)
async def test_who_is_unverified_may_get_another_link(
    sqlite_url: str, verification: dict[str, Any], mails: int
) -> None:
    """403 once the password is right; a new link comes along only if the host wants it."""
    async with world(sqlite_url, password=STRICT, verification={"send_on_sign_up": False, **verification}) as w:
        ada = await w.sign_up("ada")
        wrong = await w.person("ada").post("/sign-in/email", {"email": ada.email, "password": "wrong"})
        right = await ada.sign_in(callbackURL="/inbox")

        assert said(wrong) == (401, "INVALID_EMAIL_OR_PASSWORD")
        assert (right.status_code, right.json()) == (
            403,
            {"message": "Email not verified", "code": "EMAIL_NOT_VERIFIED"},
        )
        assert ("location" in right.headers, cookies_set(right), await w.rows("session")) == (False, {}, [])
        sent = (await w.settled()).to(ada.email, "verify")
        assert [mail.url.endswith("&callbackURL=%2Finbox") for mail in sent] == [True] * mails


@pytest.mark.rule("email-password §3.3")
async def test_the_other_link_verifies(sqlite_url: str) -> None:
    """The link that a refused sign-in had mailed opens the door."""
    async with world(sqlite_url, password=STRICT, verification={"send_on_sign_in": True}) as w:
        ada = await w.sign_up("ada")
        await ada.sign_in()
        mails = (await w.settled()).to(ada.email, "verify")
        await ada.http.get(mails[-1].url)

        assert len(mails) == 2
        assert said(await ada.sign_in()) == (200, None)
        assert ada.user["emailVerified"] is True
        assert len((await w.settled()).to(ada.email, "verify")) == 2


@pytest.mark.rule("email-password §3.4")
async def test_other_sessions_stay(database_url: str) -> None:
    """Each sign-in begins a session of its own, also on a device that has one; none of the others ends."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        first = ada.token
        phone = await w.another_device(ada)
        await ada.sign_in()

        assert sorted(row["token"] for row in await w.rows("session")) == sorted({first, phone.token, ada.token})
        assert await phone.session() is not None


@pytest.mark.rule("email-password §3.5", "email-password §3 body", "email-password §11 sign-in", "client §9.2")
@pytest.mark.parametrize(
    ("extra", "days", "cookies"),
    [
        ({}, 7, {SESSION: REMEMBERED}),
        ({"rememberMe": True}, 7, {SESSION: REMEMBERED}),
        ({"rememberMe": False}, 1, {SESSION: UNTIL_CLOSED, FORGET: UNTIL_CLOSED}),
    ],
)
async def test_the_flag_says_how_long_a_session_lasts(
    database_url: str, extra: dict[str, Any], days: int, cookies: dict[str, str]
) -> None:
    """A week with a lasting cookie, or a day with cookies that end with the browser."""
    async with world(database_url, clock=lambda: NOON) as w:
        await w.sign_up("ada")
        device = w.person("ada")
        answer = await device.sign_in(**extra)
        session = next(row for row in await w.rows("session") if row["token"] == device.token)

        assert session["expires_at"] == session["created_at"] + timedelta(days=days)
        assert cookies_set(answer) == cookies


@pytest.mark.rule("email-password §3.5")
async def test_a_browser_session_is_told_by_a_signed_flag(sqlite_url: str) -> None:
    """The flag is ``true`` and signed; signing in again to be remembered takes it away."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada", rememberMe=False)
        flag = unquote(ada.cookie(FORGET) or "")
        again = await ada.sign_in()

        assert flag.startswith("true.")
        assert w.auth.runtime.signer.unsign(flag) == "true"
        assert cookies_set(again) == {SESSION: REMEMBERED, FORGET: EXPIRED}
        assert ada.cookie(FORGET) is None


@pytest.mark.rule("email-password §3.5")
async def test_a_browser_session_is_never_extended(database_url: str) -> None:
    """However often it is used, a session that is not to be remembered ends a day after it began."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada", rememberMe=False)
        before = await w.rows("session")
        w.clock.move(hours=23)
        used = await ada.get("/get-session")

        assert (used.json()["session"]["token"], cookies_set(used)) == (ada.token, {})
        assert await w.rows("session") == before

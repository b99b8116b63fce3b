"""Resetting a password by a mailed link (e-mail sheet §5)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event, update

from fastapi_betterauth import UserFields
from tests.builders.answers import cookies_set, said
from tests.builders.world import Person, World, world

ASK, RESET = "/request-password-reset", "/reset-password"
NEW = "a new password"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
ASKED = {"status": True, "message": "If this email exists in our system, check your email for the reset link"}


async def _token(w: World, person: Person) -> str:
    assert (await w.person().post(ASK, {"email": person.email})).json() == ASKED
    return (await w.settled()).last(person.email, "reset").token


@pytest.mark.rule("email-password §5 request-password-reset", "email-password §1 sendResetPassword")
async def test_without_a_mailer_passwords_cannot_be_reset(sqlite_url: str) -> None:
    """No sender: 400 for known and unknown addresses, and no row."""
    async with world(sqlite_url, password={"send_reset_password": None}) as w:
        ada = await w.sign_up("ada")
        answers = [await w.person().post(ASK, {"email": email}) for email in (ada.email, "nobody@people.test")]

        assert [said(answer) for answer in answers] == [(400, "RESET_PASSWORD_DISABLED")] * 2
        assert await w.rows("verification") == []


@pytest.mark.rule("email-password §5 request-password-reset")
@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({}, (400, "VALIDATION_ERROR")),
        ({"email": "nobody"}, (400, "VALIDATION_ERROR")),
        ({"email": "ada@people.test", "redirectTo": "https://evil.test"}, (403, "INVALID_REDIRECT_URL")),
        ({"email": "ada@people.test", "redirectTo": 5}, (400, None)),
    ],
)
async def test_the_request_is_validated(sqlite_url: str, body: dict[str, Any], answer: tuple[int, str | None]) -> None:
    """An address of the accepted syntax, and a target that is trusted; otherwise nothing is sent."""
    async with world(sqlite_url) as w:
        await w.sign_up("ada")

        assert said(await w.person().post(ASK, body)) == answer
        assert ((await w.settled()).sent, await w.rows("verification")) == ([], [])


@pytest.mark.rule("email-password §5.1", "email-password §1 resetPasswordTokenExpiresIn", "email-password §11 none")
@pytest.mark.parametrize(
    ("options", "lifetime"),
    [
        ({}, timedelta(hours=1)),
        ({"reset_password_token_expires_in": 600}, timedelta(minutes=10)),
        ({"reset_password_token_expires_in": timedelta(days=3)}, timedelta(days=3)),
    ],
)
async def test_a_link_is_kept_and_mailed(database_url: str, options: dict[str, Any], lifetime: timedelta) -> None:
    """A random token of 24 characters, a row that names the user, and a link to our own endpoint."""
    async with world(database_url, password=options, clock=lambda: NOON) as w:
        ada = await w.sign_up("ada")
        answer = await w.person().post(ASK, {"email": ada.email.upper(), "redirectTo": "/new?step=1&x=(a)!'*~"})
        mail = (await w.settled()).last(ada.email, "reset")
        (row,) = await w.rows("verification")

        assert (answer.status_code, answer.json(), cookies_set(answer)) == (200, ASKED, {})
        assert (len(mail.token), mail.token.isalnum(), mail.mail.user.id) == (24, True, ada.user["id"])
        assert (row["identifier"], row["value"]) == (f"reset-password:{mail.token}", ada.user["id"])
        assert row["expires_at"] == NOON + lifetime
        target = "%2Fnew%3Fstep%3D1%26x%3D(a)!'*~"
        assert mail.url == f"{w.base}/api/auth/reset-password/{mail.token}?callbackURL={target}"


@pytest.mark.rule("email-password §5.1")
async def test_a_link_may_name_no_page(sqlite_url: str) -> None:
    """Without ``redirectTo`` the link's callback is empty."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        token = await _token(w, ada)

        url = f"{w.base}/api/auth/reset-password/{token}?callbackURL="
        assert w.outbox.last(ada.email, "reset").url == url


@pytest.mark.rule("email-password §5.1")
async def test_an_unknown_address_is_looked_up_as_well(sqlite_url: str) -> None:
    """The same answer, no row, no mail; and the verifications are asked all the same."""
    statements: list[str] = []

    async with world(sqlite_url) as w:
        event.listen(
            w.auth.database.reader.sync_engine,
            "before_cursor_execute",
            lambda _connection, _cursor, statement, *_: statements.append(statement),
        )
        answer = await w.person().post(ASK, {"email": "nobody@people.test"})

        assert (answer.status_code, answer.json()) == (200, ASKED)
        assert [s for s in statements if s.startswith("SELECT") and "FROM verification" in s]
        assert ((await w.settled()).sent, await w.rows("verification")) == ([], [])


@pytest.mark.rule("email-password §5.2", "email-password §5.5")
@pytest.mark.parametrize("account", ["none", "of a provider", "without a password"])
async def test_who_has_no_password_gets_one(database_url: str, account: str) -> None:
    """A user of a provider, or without any account, resets too: that is how they get a password."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        table = w.auth.tables.account.table
        change: dict[str, Any] = {
            "none": delete(table),
            "of a provider": update(table).values(provider_id="elsewhere", account_id="77", password=None),
            "without a password": update(table).values(password=None),
        }
        async with w.auth.database.engine.begin() as connection:
            await connection.execute(change[account])
        ada.password = NEW
        answer = await w.person().post(RESET, {"newPassword": NEW, "token": await _token(w, ada)})

        own = [row for row in await w.rows("account") if row["provider_id"] == "credential"]
        assert said(answer) == (200, None)
        assert [(r["account_id"], r["user_id"], r["password"]) for r in own] == [
            (ada.user["id"], ada.user["id"], f"cheap:{NEW}")
        ]
        assert len(await w.rows("account")) == (2 if account == "of a provider" else 1)
        assert said(await ada.sign_in()) == (200, None)


@pytest.mark.rule("email-password §5.3", "email-password §5 GET reset-password")
@pytest.mark.parametrize(
    ("callback", "location"),
    [
        ("/new", "http://app.test/new?token={token}"),
        ("http://app.test/new", "http://app.test/new?token={token}"),
        ("myapp://reset", "myapp://reset?token={token}"),
        ("/new?step=1&token=old#form", "http://app.test/new?step=1&token={token}#form"),
        ("", "http://app.test/api/auth/error?error=INVALID_TOKEN"),
    ],
)
async def test_the_link_leads_to_the_page(sqlite_url: str, callback: str, location: str) -> None:
    """A path is one of this site; other parameters stay, an old token goes. Looking twice spends nothing."""
    async with world(sqlite_url, trusted_origins=["myapp://"]) as w:
        ada = await w.sign_up("ada")
        token = await _token(w, ada)
        before = await w.snapshot()
        answers = [await w.person().get(f"{RESET}/{token}", params={"callbackURL": callback}) for _ in range(2)]

        assert [(a.status_code, a.headers["location"]) for a in answers] == [(302, location.format(token=token))] * 2
        assert [(cookies_set(a), a.content) for a in answers] == [({}, b"")] * 2
        assert await w.snapshot() == before
        assert said(await w.person().post(RESET, {"newPassword": NEW, "token": token})) == (200, None)


@pytest.mark.rule("email-password §5 GET reset-password")
@pytest.mark.parametrize("token", ["unknown", "late", "used"])
async def test_a_worthless_link_leads_to_the_page_with_an_error(sqlite_url: str, token: str) -> None:
    """Unknown, late or used: the page learns it from ``?error=INVALID_TOKEN``."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        good = await _token(w, ada)
        if token == "late":
            w.clock.move(hours=1, seconds=1)
        if token == "used":
            await w.person().post(RESET, {"newPassword": NEW, "token": good})
        tried = "unknown" if token == "unknown" else good
        answer = await w.person().get(f"{RESET}/{tried}", params={"callbackURL": "/new?token=x"})

        expected = "http://app.test/new?token=x&error=INVALID_TOKEN"
        assert (answer.status_code, answer.headers["location"]) == (302, expected)


@pytest.mark.rule("email-password §5 GET reset-password")
async def test_the_link_must_have_a_callback(sqlite_url: str) -> None:
    """The parameter may be empty, but must be there."""
    async with world(sqlite_url) as w:
        answer = await w.person().get(f"{RESET}/{await _token(w, await w.sign_up('ada'))}")

        clause = "[query.callbackURL] Invalid input: expected string, received undefined"
        assert (answer.status_code, answer.json()) == (400, {"message": clause, "code": "VALIDATION_ERROR"})


@pytest.mark.rule("email-password §5.4")
@pytest.mark.parametrize(
    ("body", "query", "answer"),
    [
        ({"token": "{}"}, {}, (200, None)),
        ({}, {"token": "{}"}, (200, None)),
        ({"token": "{}"}, {"token": "wrong"}, (200, None)),
        ({"token": "wrong"}, {"token": "{}"}, (400, "INVALID_TOKEN")),
        ({"token": ""}, {"token": "{}"}, (200, None)),
        ({}, {}, (400, "INVALID_TOKEN")),
        ({"token": 5}, {"token": "{}"}, (400, "VALIDATION_ERROR")),
    ],
)
async def test_the_token_comes_in_the_body_or_in_the_query(
    sqlite_url: str, body: dict[str, Any], query: dict[str, str], answer: tuple[int, str | None]
) -> None:
    """The body's token counts, the query's where there is none in the body."""
    async with world(sqlite_url) as w:
        token = await _token(w, await w.sign_up("ada"))

        def filled(values: dict[str, Any]) -> dict[str, Any]:
            return {name: value.format(token) if isinstance(value, str) else value for name, value in values.items()}

        sent = await w.person().post(RESET, {"newPassword": NEW, **filled(body)}, params=filled(query))

        assert said(sent) == answer
        assert cookies_set(sent) == {}


@pytest.mark.rule("email-password §5.4", "email-password §5 POST reset-password")
@pytest.mark.parametrize(
    ("password", "code"),
    [("short", "PASSWORD_TOO_SHORT"), ("", "PASSWORD_TOO_SHORT"), ("x" * 129, "PASSWORD_TOO_LONG")],
)
async def test_a_password_of_the_wrong_length_spends_nothing(database_url: str, password: str, code: str) -> None:
    """The length is looked at first, even with a worthless token; the link can be used again."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        token = await _token(w, ada)
        before = await w.snapshot()
        answers = [await w.person().post(RESET, {"newPassword": password, "token": t}) for t in (token, "wrong")]

        assert [said(answer) for answer in answers] == [(400, code)] * 2
        assert await w.snapshot() == before
        assert said(await w.person().post(RESET, {"newPassword": NEW, "token": token})) == (200, None)


@pytest.mark.rule("email-password §5 POST reset-password")
async def test_a_link_of_nobody_resets_nothing(database_url: str) -> None:
    """The user has gone since: USER_NOT_FOUND, and no account appears."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        token = await _token(w, ada)
        await ada.post("/delete-user", {"password": ada.password})
        answer = await w.person().post(RESET, {"newPassword": NEW, "token": token})

        assert (answer.status_code, answer.json()) == (400, {"message": "User not found", "code": "USER_NOT_FOUND"})
        assert (await w.rows("user"), await w.rows("account")) == ([], [])


@pytest.mark.rule(
    "email-password §5.5", "email-password §1 onPasswordReset", "email-password §1 revokeSessionsOnPasswordReset"
)
@pytest.mark.parametrize("revoke", [False, True])
async def test_a_reset_changes_the_password_and_tells_the_host(database_url: str, *, revoke: bool) -> None:
    """The new password signs in, the old one does not; sessions end only if the host says so; nothing else changes."""
    async with world(database_url, password={"revoke_sessions_on_password_reset": revoke}) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        phone, token, before = await w.another_device(ada), await _token(w, ada), await w.snapshot()
        answer = await w.person().post(RESET, {"newPassword": NEW, "token": token})
        after = await w.snapshot()

        assert (answer.status_code, answer.json(), cookies_set(answer)) == (200, {"status": True}, {})
        assert after["user"] == before["user"]
        assert {row["user_id"]: row["password"] for row in after["account"]} == {
            ada.user["id"]: f"cheap:{NEW}",
            bob.user["id"]: f"cheap:{bob.password}",
        }
        assert after["verification"] == []
        gone = {ada.token, phone.token} if revoke else set()
        assert {row["token"] for row in before["session"]} - {row["token"] for row in after["session"]} == gone
        assert [(m.kind, m.mail.id) for m in w.outbox.to(ada.email, "password-reset")] == [
            ("password-reset", ada.user["id"])
        ]
        assert said(await w.person("ada").sign_in()) == (401, "INVALID_EMAIL_OR_PASSWORD")
        ada.password = NEW
        assert said(await ada.sign_in()) == (200, None)


@pytest.mark.rule("email-password §1 onPasswordReset")
async def test_the_host_is_told_of_successes_only(sqlite_url: str) -> None:
    """A refused reset calls nobody; a good one waits for the callback, whose accidents undo nothing."""
    told: list[str] = []

    async def note(user: UserFields) -> None:
        told.append(user.email)
        raise RuntimeError("an accident of the host")

    async with world(sqlite_url, password={"on_password_reset": note}) as w:
        ada = await w.sign_up("ada")
        await w.person().post(RESET, {"newPassword": NEW, "token": "wrong"})
        refused = [*told]
        answer = await w.person().post(RESET, {"newPassword": NEW, "token": await _token(w, ada)})

        assert (refused, answer.status_code, told) == ([], 200, [ada.email])


@pytest.mark.rule("email-password §5.6")
async def test_the_old_path_is_gone(sqlite_url: str) -> None:
    """``/forget-password`` is a path like any other that is not there."""
    async with world(sqlite_url) as w:
        answer = await w.person().post("/forget-password", {"email": "ada@people.test"})

        assert (answer.status_code, answer.content) == (404, b"")

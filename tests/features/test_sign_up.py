"""Sign-up with e-mail and password (e-mail sheet §2)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from fastapi_betterauth import ABORT, DatabaseHooks, TableHooks, UserFields
from fastapi_betterauth.storage.hooks import Abort
from tests.builders.answers import FORGET, REMEMBERED, SESSION, UNTIL_CLOSED, cookies_set, said
from tests.builders.world import PASSWORD, World, world

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


class Member(UserFields):
    """A user with fields of the host."""

    club: str
    remember_me: str | None = None


async def _abort(row: Any, caller: Any) -> Abort:
    return ABORT


def _mails_to(w: World, address: str) -> list[str]:
    return [mail.kind for mail in w.outbox.to(address)]


@pytest.mark.rule("email-password §2.5", "email-password §2 sign-up")
async def test_sign_up_writes_user_account_and_session(database_url: str) -> None:
    """A sign-up leaves exactly one user, one password account and one session."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")

        users, accounts, sessions = await w.rows("user"), await w.rows("account"), await w.rows("session")

        assert [user["email"] for user in users] == [ada.email]
        assert [(a["provider_id"], a["account_id"], a["user_id"], a["password"]) for a in accounts] == [
            ("credential", ada.user["id"], ada.user["id"], f"cheap:{PASSWORD}")
        ]
        assert [session["token"] for session in sessions] == [ada.token]


@pytest.mark.rule("email-password §2 200", "email-password §2 cookies", "email-password §11 sign-up")
async def test_sign_up_answers_with_user_and_token(sqlite_url: str) -> None:
    """The body holds all columns of the user and the token; one cookie is set, for a week."""
    async with world(sqlite_url) as w:
        answer = await w.person("ada").sign_up(image="https://img.test/ada.png")
        stored = (await w.rows("user"))[0]

        body = answer.json()
        moments = {name: body["user"].pop(name) for name in ("createdAt", "updatedAt")}
        assert (answer.status_code, list(body)) == (200, ["token", "user"])
        assert body["user"] == {
            "id": stored["id"],
            "name": "Ada",
            "email": "ada@people.test",
            "emailVerified": False,
            "image": "https://img.test/ada.png",
        }
        assert moments["createdAt"] == moments["updatedAt"]
        assert body["token"] == (await w.rows("session"))[0]["token"]
        assert cookies_set(answer) == {SESSION: REMEMBERED}
        assert "location" not in answer.headers


@pytest.mark.rule("email-password §2.2", "email-password §1 onExistingUserSignUp")
@pytest.mark.parametrize(
    ("options", "status", "hashes", "told"),
    [
        ({}, 422, 0, []),
        ({"auto_sign_in": False}, 200, 1, ["existing-sign-up"]),
        ({"require_email_verification": True}, 200, 1, ["existing-sign-up"]),
        ({"auto_sign_in": False, "on_existing_user_sign_up": None}, 200, 1, []),
    ],
)
async def test_a_taken_address_is_told_or_hidden(
    database_url: str, options: dict[str, Any], status: int, hashes: int, told: list[str]
) -> None:
    """Without protection 422 at once; with it 200, one hash, and the host learns of it, with the owner's row."""
    async with world(database_url, password=options, verification={"send_on_sign_up": False}) as w:
        ada = await w.sign_up("ada")
        before, calls = await w.snapshot(), w.hasher.calls
        answer = await w.person("ada").sign_up(name="Mallory", password="another password")

        assert (answer.status_code, w.hasher.calls - calls) == (status, hashes)
        assert (cookies_set(answer), await w.snapshot()) == ({}, before)
        await w.settled()
        assert _mails_to(w, ada.email) == told
        assert [m.mail.id for m in w.outbox.sent] == [ada.user["id"]] * len(told)
        if status == 200:
            assert answer.json()["token"] is None
            assert answer.json()["user"]["name"] == "Mallory"


@pytest.mark.rule("email-password §2.4")
async def test_flags_of_the_form_are_not_stored(sqlite_url: str) -> None:
    """``rememberMe`` and ``callbackURL`` stay out of the row, even if a field of the host has such a name."""
    async with world(sqlite_url, user={"fields": Member}) as w:
        answer = await w.person("ada").sign_up(rememberMe=True, callbackURL="/welcome", club="chess")

        stored = (await w.rows("user"))[0]
        assert (answer.status_code, answer.json()["user"]["rememberMe"]) == (200, None)
        assert (stored["remember_me"], stored["club"]) == (None, "chess")
        assert "/welcome" not in stored.values()


@pytest.mark.rule("email-password §2 errors")
@pytest.mark.parametrize(
    ("table", "code"), [("account", "FAILED_TO_CREATE_USER"), ("session", "FAILED_TO_CREATE_SESSION")]
)
async def test_a_veto_is_told_by_its_code(sqlite_url: str, table: str, code: str) -> None:
    """A database hook that refuses the account fails the user, one that refuses the session fails the session."""
    hooks = DatabaseHooks(**{table: TableHooks(before_create=_abort)})  # type: ignore[arg-type]  # fits any table

    async with world(sqlite_url, database_hooks=hooks) as w:
        assert said(await w.person("ada").sign_up()) == (400, code)
        assert not any((await w.snapshot()).values())


@pytest.mark.rule("email-password §2.7", "email-password §1 sendOnSignUp", "email-password §1 requireEmailVerification")
@pytest.mark.parametrize(
    ("required", "send", "mails"),
    [
        (False, None, []),
        (False, True, ["verify"]),
        (False, False, []),
        (True, None, ["verify"]),
        (True, True, ["verify"]),
        (True, False, []),
    ],
)
async def test_a_link_is_mailed_as_the_options_say(
    sqlite_url: str, *, required: bool, send: bool | None, mails: list[str]
) -> None:
    """Unset, mail follows ``require_email_verification``; set, it is forced, also for who is signed in already."""
    password, verification = {"require_email_verification": required}, {"send_on_sign_up": send}

    async with world(sqlite_url, password=password, verification=verification) as w:
        answer = await w.person("ada").sign_up()

        await w.settled()
        assert _mails_to(w, "ada@people.test") == mails
        assert (answer.json()["token"] is None) is required
        assert (cookies_set(answer) == {}) is required


@pytest.mark.rule("email-password §2.7")
@pytest.mark.parametrize(
    ("callback", "carried"),
    [
        (None, "/"),
        ("", "/"),
        ("/welcome?to=ada&x=1#top", "/welcome?to=ada&x=1#top"),
        ("http://app.test/a", "http://app.test/a"),
    ],
)
async def test_the_mailed_link_leads_to_the_callback(sqlite_url: str, callback: str | None, carried: str) -> None:
    """The link is ours, with a token and the encoded callback; it verifies the address."""
    async with world(sqlite_url, verification={"send_on_sign_up": True}) as w:
        ada = await w.sign_up("ada", **({} if callback is None else {"callbackURL": callback}))
        mail = (await w.settled()).last(ada.email, "verify")
        followed = await ada.http.get(mail.url)

        start = "http://app.test/api/auth/verify-email"
        assert mail.url == f"{start}?token={mail.token}&callbackURL={quote(carried, safe='')}"
        assert mail.mail.user.id == ada.user["id"]
        assert (followed.status_code, followed.headers["location"]) == (302, carried)
        assert [row["email_verified"] for row in await w.rows("user")] == [True]


@pytest.mark.rule("email-password §1 sendVerificationEmail", "email-password §2.7")
async def test_without_a_mailer_sign_up_goes_on(sqlite_url: str) -> None:
    """Where nobody delivers mail none is sent, and the sign-up is none the worse."""
    verification = {"send_verification_email": None, "send_on_sign_up": True}

    async with world(sqlite_url, verification=verification) as w:
        assert (await w.person("ada").sign_up()).status_code == 200
        assert (await w.settled()).sent == []


@pytest.mark.rule("email-password §2.8", "email-password §1 autoSignIn", "email-password §2 cookies")
@pytest.mark.parametrize("options", [{"auto_sign_in": False}, {"require_email_verification": True}])
async def test_nobody_is_signed_in_before_their_turn(sqlite_url: str, options: dict[str, bool]) -> None:
    """Without automatic sign-in there is a user but no token, no cookie and no session."""
    async with world(sqlite_url, password=options) as w:
        answer = await w.person("ada").sign_up()

        assert (answer.status_code, answer.json()["token"], cookies_set(answer)) == (200, None, {})
        assert (len(await w.rows("user")), len(await w.rows("account")), await w.rows("session")) == (1, 1, [])


@pytest.mark.rule("email-password §2.8", "email-password §2 cookies")
async def test_who_is_not_to_be_remembered_has_a_day(database_url: str) -> None:
    """``rememberMe: false``: a session of one day and cookies that end with the browser."""
    async with world(database_url, clock=lambda: NOON) as w:
        answer = await w.person("ada").sign_up(rememberMe=False)
        session = (await w.rows("session"))[0]

        assert session["expires_at"] == session["created_at"] + timedelta(days=1)
        assert cookies_set(answer) == {SESSION: UNTIL_CLOSED, FORGET: UNTIL_CLOSED}

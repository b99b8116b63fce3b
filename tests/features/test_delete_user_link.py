"""Deleting one's own account by a mailed link (e-mail sheet §8.3, §8.4)."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fastapi_betterauth import DeleteAccountMail
from tests.builders.answers import ALL_EXPIRED, cookies_set, said
from tests.builders.outbox import Outbox
from tests.builders.world import PASSWORD, Person, World, world

DELETE, CALLBACK = "/delete-user", "/delete-user/callback"
DONE = {"success": True, "message": "User deleted"}
MAILED = {"success": True, "message": "Verification email sent"}
ALL_GONE = {"user": 0, "account": 0, "session": 0, "verification": 0}
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def _by_mail(box: Outbox, **more: Any) -> dict[str, Any]:
    async def send(mail: DeleteAccountMail) -> None:
        await box.delete(mail)

    return {"send_delete_account_verification": send, **more}


async def _token(w: World, box: Outbox, person: Person) -> str:
    """Have a deletion link mailed; returns its token."""
    assert (await person.post(DELETE)).json() == MAILED
    await w.settled()
    return box.last(person.email, "delete").token


async def _left(w: World) -> dict[str, int]:
    return {table: len(await w.rows(table)) for table in ("user", "account", "session", "verification")}


@pytest.mark.rule(
    "email-password §8.3",
    "email-password §1 deleteUser.sendDeleteAccountVerification",
    "email-password §1 deleteUser.deleteTokenExpiresIn",
    "email-password §11 none",
)
@pytest.mark.parametrize(
    ("options", "lifetime"),
    [({}, timedelta(days=1)), ({"delete_token_expires_in": 600}, timedelta(minutes=10))],
)
async def test_a_link_is_kept_and_mailed(database_url: str, options: dict[str, Any], lifetime: timedelta) -> None:
    """32 lower-case letters and digits, a row that names the user, and a link to our own endpoint."""
    box = Outbox()

    async with world(database_url, delete_user=_by_mail(box, **options), clock=lambda: NOON) as w:
        ada = await w.sign_up("ada")
        plain = await ada.post(DELETE)
        led = await ada.post(DELETE, {"callbackURL": "/bye?x=1", "password": PASSWORD})
        await w.settled()

        assert [(a.status_code, a.json(), cookies_set(a)) for a in (plain, led)] == [(200, MAILED, {})] * 2
        targets = ["%2F", "%2Fbye%3Fx%3D1"]
        start = f"{w.base}/api/auth/delete-user/callback"
        assert [m.url for m in box.sent] == [
            f"{start}?token={m.token}&callbackURL={target}" for m, target in zip(box.sent, targets, strict=True)
        ]
        assert all(re.fullmatch(r"[0-9a-z]{32}", m.token) for m in box.sent)
        assert [m.mail.user.id for m in box.sent] == [ada.user["id"]] * 2
        rows = {row["identifier"]: (row["value"], row["expires_at"]) for row in await w.rows("verification")}
        assert rows == {f"delete-account-{m.token}": (ada.user["id"], NOON + lifetime) for m in box.sent}


@pytest.mark.rule("email-password §8 delete-user/callback", "email-password §8.4", "email-password §11 delete-user")
@pytest.mark.parametrize("callback", ["/bye", "", None])
async def test_the_link_deletes(database_url: str, callback: str | None) -> None:
    """Followed with the session of its user, a link deletes: a redirect, or JSON without a callback."""
    box = Outbox()

    async with world(database_url, delete_user=_by_mail(box)) as w:
        ada = await w.sign_up("ada")
        await w.another_device(ada)
        query = {"token": await _token(w, box, ada)} | ({} if callback is None else {"callbackURL": callback})
        answer = await ada.get(CALLBACK, params=query)

        assert (await _left(w), cookies_set(answer)) == (ALL_GONE, ALL_EXPIRED)
        if callback:
            assert (answer.status_code, answer.headers["location"], answer.content) == (302, callback, b"")
        else:
            assert (answer.status_code, answer.json()) == (200, DONE)


@pytest.mark.rule("email-password §8.3", "email-password §8 delete-user")
async def test_the_token_deletes_in_a_body_as_well(database_url: str) -> None:
    """An app may take the token from its own page; an old session is good enough."""
    box = Outbox()

    async with world(database_url, delete_user=_by_mail(box, delete_token_expires_in=timedelta(days=5))) as w:
        ada = await w.sign_up("ada")
        token = await _token(w, box, ada)
        w.clock.move(days=3)
        answer = await ada.post(DELETE, {"token": token})

        assert (answer.status_code, answer.json(), cookies_set(answer)) == (200, DONE, ALL_EXPIRED)
        assert await _left(w) == ALL_GONE


@pytest.mark.rule("email-password §8 delete-user/callback")
@pytest.mark.parametrize(
    ("problem", "answer"),
    [
        ("no session", (404, "FAILED_TO_GET_USER_INFO")),
        ("ended session", (404, "FAILED_TO_GET_USER_INFO")),
        ("guessed", (404, "INVALID_TOKEN")),
        ("late", (404, "INVALID_TOKEN")),
        ("no token", (400, "VALIDATION_ERROR")),
        ("foreign callback", (403, "INVALID_CALLBACK_URL")),
    ],
)
async def test_a_link_needs_its_user_and_its_time(database_url: str, problem: str, answer: tuple[int, str]) -> None:
    """Without the user's session, after a day, with a guess: nobody is deleted, and nothing redirects."""
    box = Outbox()

    async with world(database_url, delete_user=_by_mail(box)) as w:
        ada = await w.sign_up("ada")
        token = await _token(w, box, ada)
        if problem == "late":
            w.clock.move(days=1, seconds=1)
        if problem == "ended session":
            phone = await w.another_device(ada)
            await phone.post("/revoke-other-sessions")
        query = {
            "token": "guessed" if problem == "guessed" else token,
            "callbackURL": "https://evil.test" if problem == "foreign callback" else "/bye",
        }
        if problem == "no token":
            del query["token"]
        followed = await (w.person() if problem == "no session" else ada).get(CALLBACK, params=query)

        assert (said(followed), "location" in followed.headers) == (answer, False)
        assert len(await w.rows("user")) == len(await w.rows("account")) == 1
        if problem in ("no session", "no token", "foreign callback"):
            assert (await ada.get(CALLBACK, params={"token": token})).json() == DONE


@pytest.mark.rule("email-password §8.4")
async def test_a_foreign_attempt_burns_the_token(database_url: str) -> None:
    """Somebody else's attempt, by link or by body, spends the token and deletes neither of the two."""
    box = Outbox()

    async with world(database_url, delete_user=_by_mail(box)) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        first, second = await _token(w, box, ada), await _token(w, box, ada)
        foreign = [await bob.get(CALLBACK, params={"token": first}), await bob.post(DELETE, {"token": second})]
        own = [await ada.get(CALLBACK, params={"token": first}), await ada.post(DELETE, {"token": second})]

        assert [said(answer) for answer in (*foreign, *own)] == [(404, "INVALID_TOKEN")] * 4
        assert await _left(w) == {"user": 2, "account": 2, "session": 2, "verification": 0}

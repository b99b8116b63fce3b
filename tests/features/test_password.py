"""Changing, setting and checking a password (e-mail sheet §6, §10)."""

from typing import Any

import pytest
from sqlalchemy import delete, update

from fastapi_betterauth import APIError, PasswordHashing
from tests.builders.answers import ALL_EXPIRED, REMEMBERED, SESSION, cookies_set, said
from tests.builders.hashing import CheapHasher
from tests.builders.world import PASSWORD, Person, World, world

CHANGE, CHECK = "/change-password", "/verify-password"
NEW = "a new password"


async def _change_account(w: World, **values: object) -> None:
    """Change the only account behind the server's back; without values delete it."""
    table = w.auth.tables.account.table
    async with w.auth.database.engine.begin() as connection:
        await connection.execute(update(table).values(**values) if values else delete(table))


def _headers(person: Person) -> dict[str, str]:
    return {"cookie": f"{SESSION}={person.cookie()}"}


@pytest.mark.rule("email-password §6 change-password", "email-password §6.1")
async def test_a_change_answers_with_the_user(database_url: str) -> None:
    """The hash changes and nothing else: no token, no cookie, all sessions go on."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        phone, before = await w.another_device(ada), await w.snapshot()
        answer = await ada.post(CHANGE, {"currentPassword": PASSWORD, "newPassword": NEW})
        after = await w.snapshot()

        assert (answer.status_code, answer.json()) == (200, {"token": None, "user": ada.user})
        assert (cookies_set(answer), after["session"]) == ({}, before["session"])
        assert [row["password"] for row in after["account"]] == [f"cheap:{NEW}"]
        assert await phone.session() is not None
        assert said(await w.person("ada").sign_in()) == (401, "INVALID_EMAIL_OR_PASSWORD")
        ada.password = NEW
        assert said(await ada.sign_in()) == (200, None)


@pytest.mark.rule("email-password §6.1", "email-password §6 change-password", "email-password §11 change-password")
async def test_a_change_may_end_every_session(database_url: str) -> None:
    """All sessions of the user go, this one too; a new one begins here. Other people's sessions stay."""
    async with world(database_url) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        await w.another_device(ada)
        body = {"currentPassword": PASSWORD, "newPassword": NEW, "revokeOtherSessions": True}
        answer = await ada.post(CHANGE, body)

        token = answer.json()["token"]
        assert (answer.json()["user"], cookies_set(answer)) == (ada.user, {SESSION: REMEMBERED})
        assert {row["token"] for row in await w.rows("session")} == {bob.token, token}
        assert (await ada.session() or {})["session"]["token"] == token


@pytest.mark.rule("email-password §6.2", "email-password §6 change-password")
@pytest.mark.parametrize(
    ("account", "body", "code"),
    [
        (None, {"currentPassword": "wrong", "newPassword": "short"}, "PASSWORD_TOO_SHORT"),
        (None, {"currentPassword": "wrong", "newPassword": "x" * 129}, "PASSWORD_TOO_LONG"),
        ({}, {"currentPassword": "wrong", "newPassword": "short"}, "PASSWORD_TOO_SHORT"),
        ({}, {"currentPassword": PASSWORD, "newPassword": NEW}, "CREDENTIAL_ACCOUNT_NOT_FOUND"),
        ({"password": None}, {"currentPassword": PASSWORD, "newPassword": NEW}, "CREDENTIAL_ACCOUNT_NOT_FOUND"),
        (None, {"currentPassword": "wrong", "newPassword": NEW}, "INVALID_PASSWORD"),
        (None, {"currentPassword": "", "newPassword": NEW}, "INVALID_PASSWORD"),
        (None, {"currentPassword": PASSWORD}, "VALIDATION_ERROR"),
        (None, {"newPassword": NEW}, "VALIDATION_ERROR"),
        (None, {"currentPassword": PASSWORD, "newPassword": NEW, "revokeOtherSessions": "yes"}, "VALIDATION_ERROR"),
    ],
)
async def test_a_change_is_checked_in_order(
    sqlite_url: str, account: dict[str, Any] | None, body: dict[str, Any], code: str
) -> None:
    """Body, lengths, account, password; whoever breaks several rules is told of the first. Nothing changes."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        if account is not None:
            await _change_account(w, **account)
        before = await w.snapshot()
        answer = await ada.post(CHANGE, body)

        assert (said(answer), cookies_set(answer)) == ((400, code), {})
        assert await w.snapshot() == before


@pytest.mark.rule("email-password §6.1")
@pytest.mark.parametrize("current", [PASSWORD, "wrong"])
async def test_the_new_hash_is_made_before_the_old_one_is_checked(sqlite_url: str, current: str) -> None:
    """Right or wrong, a change costs the same work, in the same order."""
    work: list[str] = []

    class Noting(CheapHasher):
        def hash(self, password: str) -> str:
            work.append(f"hash {password}")
            return super().hash(password)

        def verify(self, password: str, stored: str) -> bool:
            work.append(f"verify {password}")
            return super().verify(password, stored)

    async with world(sqlite_url, password={"password": PasswordHashing(hasher=Noting())}) as w:
        ada = await w.sign_up("ada")
        work.clear()
        await ada.post(CHANGE, {"currentPassword": current, "newPassword": NEW})

        assert work == [f"hash {NEW}", f"verify {current}"]


@pytest.mark.rule("email-password guards sensitive", "email-password §11 guarded")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CHANGE, {"currentPassword": PASSWORD, "newPassword": NEW}),
        (CHECK, {"password": PASSWORD}),
    ],
)
async def test_passwords_need_a_session(sqlite_url: str, path: str, body: dict[str, str]) -> None:
    """Nobody, and whose session has ended: 401; the latter's cookies go along."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        nobody = await w.person().post(path, body)
        w.clock.move(days=8)
        late = await ada.post(path, body)

        refusal = {"message": "Unauthorized", "code": "UNAUTHORIZED"}
        assert [(a.status_code, a.json()) for a in (nobody, late)] == [(401, refusal)] * 2
        assert (cookies_set(nobody), cookies_set(late)) == ({}, ALL_EXPIRED)


@pytest.mark.rule("email-password §6.4", "email-password §6 verify-password", "email-password §11 none")
async def test_a_password_can_be_checked(sqlite_url: str) -> None:
    """Right: 200; wrong: 400. Neither writes or sets anything."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        before = await w.snapshot()
        answers = [await ada.post(CHECK, {"password": password}) for password in (PASSWORD, "wrong", "")]

        assert [(a.status_code, a.json()) for a in answers] == [
            (200, {"status": True}),
            *[(400, {"message": "Invalid password", "code": "INVALID_PASSWORD"})] * 2,
        ]
        assert said(await ada.post(CHECK, {})) == (400, "VALIDATION_ERROR")
        assert ([cookies_set(a) for a in answers], await w.snapshot()) == ([{}] * 3, before)


@pytest.mark.rule("email-password §6 verify-password")
@pytest.mark.parametrize("account", [{}, {"password": None}, {"provider_id": "elsewhere"}])
async def test_who_has_no_password_passes_no_check(sqlite_url: str, account: dict[str, Any]) -> None:
    """Without a password account the answer and the work are those of a wrong password."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        await _change_account(w, **account)
        calls = w.hasher.calls

        assert said(await ada.post(CHECK, {"password": PASSWORD})) == (400, "INVALID_PASSWORD")
        assert w.hasher.calls == calls + 1


@pytest.mark.rule("email-password §6.3", "email-password §6 set-password")
@pytest.mark.parametrize("account", [{}, {"password": None}, {"provider_id": "elsewhere", "account_id": "77"}])
async def test_a_first_password_is_set(database_url: str, account: dict[str, Any]) -> None:
    """A missing account is made, an empty one filled; accounts at providers stay as they are."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        await _change_account(w, **account)
        answer = await w.auth.api.bind(headers=_headers(ada)).set_password(new_password=NEW)

        own = [row for row in await w.rows("account") if row["provider_id"] == "credential"]
        assert answer.status is True
        assert [(row["account_id"], row["user_id"], row["password"]) for row in own] == [
            (ada.user["id"], ada.user["id"], f"cheap:{NEW}")
        ]
        assert len(await w.rows("account")) == (2 if "provider_id" in account else 1)
        assert len(await w.rows("session")) == 1
        ada.password = NEW
        assert said(await ada.sign_in()) == (200, None)


@pytest.mark.rule("email-password §6 set-password")
@pytest.mark.parametrize(
    ("signed_in", "password", "refusal"),
    [
        (True, "short", (400, "PASSWORD_TOO_SHORT")),
        (True, "x" * 129, (400, "PASSWORD_TOO_LONG")),
        (False, NEW, (401, "UNAUTHORIZED")),
    ],
)
async def test_a_first_password_is_checked(
    sqlite_url: str, *, signed_in: bool, password: str, refusal: tuple[int, str]
) -> None:
    """The lengths of all passwords hold, and there must be somebody to give it to."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        await _change_account(w)
        with pytest.raises(APIError) as caught:
            await w.auth.api.bind(headers=_headers(ada) if signed_in else {}).set_password(new_password=password)

        assert (caught.value.status, caught.value.code) == refusal
        assert await w.rows("account") == []


@pytest.mark.rule("email-password §1 password.hash")
async def test_a_host_hashes_in_its_own_way(sqlite_url: str) -> None:
    """The configured hasher makes and checks every password: sign-up, sign-in, change, reset, first one."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        await ada.sign_in()
        await ada.post(CHANGE, {"currentPassword": PASSWORD, "newPassword": NEW})
        await ada.post("/request-password-reset", {"email": ada.email})
        token = (await w.settled()).last(ada.email, "reset").token
        await ada.post("/reset-password", {"newPassword": "a third password", "token": token})

        assert w.hasher.hashed == [PASSWORD, NEW, "a third password"]
        assert w.hasher.verified == [PASSWORD, PASSWORD]

"""Contenders released at the same moment: one winner, and nothing half-done behind the losers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx2
import pytest
from sqlalchemy import insert, update

from fastapi_betterauth import DatabaseHooks, SessionOptions, TableHooks
from tests.builders.meeting import Meeting
from tests.builders.world import Person, World, world

CONTENDERS = [2, 20]

Call = Callable[[], Awaitable[httpx2.Response]]


async def _at_once(calls: Sequence[Call]) -> list[httpx2.Response]:
    """Start all calls behind one barrier."""
    barrier = asyncio.Barrier(len(calls))

    async def run(call: Call) -> httpx2.Response:
        await barrier.wait()
        return await call()

    return list(await asyncio.gather(*(run(call) for call in calls)))


def _statuses(answers: Sequence[httpx2.Response]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


def _getting(person: Person, path: str) -> Call:
    return lambda: person.get(path)


def _posting(person: Person, path: str, body: dict[str, str]) -> Call:
    return lambda: person.post(path, body)


async def _reset_token(w: World, person: Person) -> str:
    await person.post("/request-password-reset", {"email": person.email})
    return (await w.settled()).last(person.email, "reset").token


async def _new_address_token(w: World, person: Person) -> str:
    await person.post("/change-email", {"newEmail": "new@people.test"})
    return (await w.settled()).last("new@people.test", "verify").token


@pytest.mark.case("SC-PW-29")
@pytest.mark.rule("email-password §2.5")
@pytest.mark.parametrize("many", CONTENDERS)
async def test_one_address_is_signed_up_once(database_url: str, many: int) -> None:
    """Of many sign-ups that all found the address free one succeeds; there is one user, one account, one session."""
    meeting = DatabaseHooks(user=TableHooks(before_create=Meeting(many)))

    async with world(database_url, database_hooks=meeting) as w:
        answers = await _at_once([w.person("ada").sign_up for _ in range(many)])

        assert _statuses(answers) == [200] + [422] * (many - 1)
        assert {a.json()["code"] for a in answers if a.status_code == 422} == {"USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"}
        assert [len(await w.rows(table)) for table in ("user", "account", "session")] == [1, 1, 1]


@pytest.mark.case("SC-PW-29", "SC-PW-04")
@pytest.mark.rule("email-password §2.5")
@pytest.mark.parametrize("many", CONTENDERS)
async def test_the_losers_of_a_hidden_sign_up_are_not_told(database_url: str, many: int) -> None:
    """Where sign-up hides who exists, losers get the winner's kind of answer, and the owner is told of each."""
    meeting = DatabaseHooks(user=TableHooks(before_create=Meeting(many)))

    async with world(database_url, password={"auto_sign_in": False}, database_hooks=meeting) as w:
        answers = await _at_once([w.person("ada").sign_up for _ in range(many)])

        assert {(a.status_code, a.json()["token"], tuple(a.json()["user"])) for a in answers} == {
            (200, None, tuple(answers[0].json()["user"]))
        }
        assert [len(await w.rows(table)) for table in ("user", "account", "session")] == [1, 1, 0]
        assert len((await w.settled()).to("ada@people.test", "existing-sign-up")) in {many - 1, 5}


@pytest.mark.case("SC-RESET-02", "SC-RESET-01", "SC-DB-03")
@pytest.mark.rule("email-password §5.4")
@pytest.mark.parametrize("many", CONTENDERS)
async def test_one_reset_token_works_once(database_url: str, many: int) -> None:
    """Of many resets that all saw the token one succeeds, and the winner's password is the one that signs in."""
    meeting = DatabaseHooks(verification=TableHooks(before_delete=Meeting(many)))

    async with world(database_url, database_hooks=meeting) as w:
        ada = await w.sign_up("ada")
        token = await _reset_token(w, ada)
        bodies = [{"newPassword": f"password number {number}", "token": token} for number in range(many)]

        answers = await _at_once([_posting(w.person(), "/reset-password", body) for body in bodies])

        assert _statuses(answers) == [200] + [400] * (many - 1)
        winner = next(number for number, answer in enumerate(answers) if answer.status_code == 200)
        works = [(await w.person("ada").post("/sign-in/email", _signing_in(ada, body))).status_code for body in bodies]
        assert [number for number, status in enumerate(works) if status == 200] == [winner]


def _signing_in(person: Person, body: dict[str, str]) -> dict[str, str]:
    return {"email": person.email, "password": body["newPassword"]}


@pytest.mark.case("SC-RESET-10", "SC-DB-09")
@pytest.mark.rule("email-password §5.5")
async def test_two_first_passwords_at_once_leave_one(database_url: str) -> None:
    """Two links of a user without a password, used at once: one password account, no error of the server."""
    meeting = DatabaseHooks(verification=TableHooks(before_delete=Meeting(2)))

    async with world(database_url, database_hooks=meeting) as w:
        ada = await w.sign_up("ada")
        tokens = [await _reset_token(w, ada) for _ in range(2)]
        async with w.auth.database.engine.begin() as connection:
            table = w.auth.tables.account.table
            await connection.execute(update(table).values(provider_id="elsewhere", account_id="77", password=None))
        bodies = [{"newPassword": "a first password", "token": token} for token in tokens]

        answers = await _at_once([_posting(w.person(), "/reset-password", body) for body in bodies])

        assert _statuses(answers) == [200, 400]
        assert sorted(row["provider_id"] for row in await w.rows("account")) == ["credential", "elsewhere"]


@pytest.mark.case("SC-MAIL-09")
@pytest.mark.rule("email-password §7.6")
@pytest.mark.parametrize("many", CONTENDERS)
async def test_one_new_address_goes_to_one_user(database_url: str, many: int) -> None:
    """Of many users who follow a link to one new address, one gets it; the others are told nothing more."""
    async with world(database_url) as w:
        people = [await w.sign_up(f"p{number}") for number in range(many)]
        links = [(person, f"/verify-email?token={await _new_address_token(w, person)}") for person in people]

        answers = await _at_once([_getting(person, link) for person, link in links])

        assert _statuses(answers) == [200] + [401] * (many - 1)
        assert {a.json()["code"] for a in answers if a.status_code == 401} == {"INVALID_USER"}
        assert [user["email"] for user in await w.rows("user")].count("new@people.test") == 1


@pytest.mark.case("SC-MAIL-09")
@pytest.mark.parametrize("many", CONTENDERS)
async def test_a_sign_up_and_a_change_to_one_address(database_url: str, many: int) -> None:
    """Half sign up with an address, half change to it: one user has it, and every answer is a refusal or success."""
    async with world(database_url) as w:
        people = [await w.sign_up(f"p{number}") for number in range(many // 2)]
        links = [(person, f"/verify-email?token={await _new_address_token(w, person)}") for person in people]
        sign_ups = [w.person("new").sign_up for _ in range(many // 2)]

        answers = await _at_once([*(_getting(person, link) for person, link in links), *sign_ups])

        assert _statuses(answers).count(200) == 1
        assert set(_statuses(answers)) <= {200, 401, 422}
        assert [user["email"] for user in await w.rows("user")].count("new@people.test") == 1


@pytest.mark.case("SC-SESS-08")
async def test_a_due_renewal_is_done_once(database_url: str) -> None:
    """Fifty requests at the moment of renewal give one new expiry, the same token, and no cookie beyond 400 days."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        w.clock.move(days=2)

        answers = await _at_once([_getting(ada, "/get-session")] * 50)

        rows = await w.rows("session")
        cookies = [line for answer in answers for line in answer.headers.get_list("set-cookie")]
        assert _statuses(answers) == [200] * 50
        assert (len(rows), rows[0]["token"]) == (1, ada.token)
        assert len({answer.json()["session"]["expiresAt"] for answer in answers}) <= 2
        assert all("Max-Age=604800;" in line for line in cookies)


@pytest.mark.case("SC-SESS-08", "SC-SESS-11")
@pytest.mark.parametrize("many", CONTENDERS)
async def test_a_session_revoked_during_renewal_stays_revoked(database_url: str, many: int) -> None:
    """Renewals that have read the session when it is revoked never bring it back."""
    meeting = Meeting(many)
    hooks = DatabaseHooks(session=TableHooks(before_update=meeting, before_delete=meeting))

    async with world(database_url, database_hooks=hooks) as w:
        ada = await w.sign_up("ada")
        device = await w.another_device(ada)
        phone = w.person("ada")
        phone.http.cookies.update(ada.http.cookies)
        w.clock.move(days=2)
        revoking = _posting(phone, "/revoke-session", {"token": device.token})

        answers = await _at_once([revoking, *[_getting(device, "/get-session")] * (many - 1)])

        assert set(_statuses(answers)) <= {200, 401}
        assert [row["token"] for row in await w.rows("session")] == [ada.token]
        assert await device.session() is None


@pytest.mark.case("SC-ACCT-05", "SC-DB-06")
@pytest.mark.parametrize("renewal", [86400, 0])
async def test_the_last_two_accounts_are_not_both_unlinked(database_url: str, renewal: int) -> None:
    """Two devices that unlink the last two accounts at once leave one, also when both renewed their session first."""
    async with world(database_url, session=SessionOptions(update_age=renewal)) as w:
        ada = await w.sign_up("ada")
        phone = await w.another_device(ada)
        for _ in range(4):
            accounts = await _two_accounts(w, ada)
            pairs = zip((ada, phone), accounts, strict=True)

            answers = await _at_once([_posting(p, "/unlink-account", {"accountId": a}) for p, a in pairs])

            assert _statuses(answers) == [200, 400]
            assert len(await w.rows("account")) == 1


async def _two_accounts(w: World, person: Person) -> list[str]:
    """Add an account to somebody's only one; returns the ids of both."""
    key, now = f"account-{len(w.outbox.sent)}-{w.clock()}", w.clock()
    row: dict[str, Any] = {"id": key, "account_id": key, "provider_id": "elsewhere", "user_id": person.user["id"]}
    async with w.auth.database.engine.begin() as connection:
        await connection.execute(insert(w.auth.tables.account.table).values(**row, created_at=now, updated_at=now))
    return [account["id"] for account in await w.rows("account")]


@pytest.mark.case("SC-ACCT-04", "SC-DB-16", "SC-DB-09")
@pytest.mark.parametrize("many", CONTENDERS)
async def test_a_deleted_user_leaves_no_session_behind(database_url: str, many: int) -> None:
    """Who has passed the password check when the account is deleted gets a 401 or a session that goes along."""
    meeting = Meeting(many)
    hooks = DatabaseHooks(session=TableHooks(before_create=_from_the_second_call_on(meeting)))

    async with world(database_url, database_hooks=hooks, delete_user={"before_delete": meeting}) as w:
        ada = await w.sign_up("ada")
        others = [w.person("ada").sign_in for _ in range(many - 1)]

        answers = await _at_once([_posting(ada, "/delete-user", {"password": ada.password}), *others])

        assert answers[0].status_code == 200
        assert set(_statuses(answers)) <= {200, 401}
        assert [len(await w.rows(table)) for table in ("user", "account", "session")] == [0, 0, 0]


def _from_the_second_call_on(meeting: Meeting) -> Any:
    calls: list[object] = []

    async def hook(row: object, _caller: object) -> None:
        calls.append(row)
        if len(calls) > 1:
            await meeting()

    return hook


@pytest.mark.case("SC-HTTP-36")
async def test_interleaved_people_never_see_each_other(database_url: str) -> None:
    """Two hundred interleaved requests of two people: each sees only their own session."""
    async with world(database_url) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")

        answers = await _at_once([_getting(ada, "/get-session"), _getting(bob, "/get-session")] * 100)

        assert {a.json()["user"]["email"] for a in answers[0::2]} == {ada.email}
        assert {a.json()["user"]["email"] for a in answers[1::2]} == {bob.email}

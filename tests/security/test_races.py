"""Contenders released at the same moment: one winner, and nothing half-done behind the losers."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx2
import pytest
from sqlalchemy import insert

from tests.builders.world import Person, World, world

CONTENDERS = [2, 20]


async def _at_once(calls: Sequence[Callable[[], Awaitable[httpx2.Response]]]) -> list[httpx2.Response]:
    """Start all calls behind one barrier."""
    barrier = asyncio.Barrier(len(calls))

    async def run(call: Callable[[], Awaitable[httpx2.Response]]) -> httpx2.Response:
        await barrier.wait()
        return await call()

    return list(await asyncio.gather(*(run(call) for call in calls)))


def _statuses(answers: Sequence[httpx2.Response]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


async def _reset_token(w: World, person: Person) -> str:
    await person.post("/request-password-reset", {"email": person.email})
    return (await w.settled()).last(person.email, "reset").token


@pytest.mark.case("SC-PW-29")
@pytest.mark.parametrize("many", CONTENDERS)
async def test_one_address_is_signed_up_once(database_url: str, many: int) -> None:
    """Of many sign-ups with one address one succeeds; there is one user, one account, one session."""
    async with world(database_url) as w:
        people = [w.person("ada") for _ in range(many)]

        answers = await _at_once([person.sign_up for person in people])

        assert _statuses(answers) == [200] + [422] * (many - 1)
        assert [len(await w.rows(table)) for table in ("user", "account", "session")] == [1, 1, 1]


@pytest.mark.case("SC-RESET-02", "SC-RESET-01", "SC-DB-03")
@pytest.mark.parametrize("many", CONTENDERS)
async def test_one_reset_token_works_once(database_url: str, many: int) -> None:
    """Of many resets with one token one succeeds, and the winner's password is the one that signs in."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        token = await _reset_token(w, ada)

        def reset(number: int) -> Callable[[], Awaitable[httpx2.Response]]:
            body = {"newPassword": f"password number {number}", "token": token}
            return lambda: w.person().post("/reset-password", body)

        answers = await _at_once([reset(number) for number in range(many)])

        assert _statuses(answers) == [200] + [400] * (many - 1)
        winner = next(number for number, answer in enumerate(answers) if answer.status_code == 200)
        ada.password = f"password number {winner}"
        assert (await ada.sign_in()).status_code == 200


@pytest.mark.case("SC-MAIL-09")
async def test_one_new_address_goes_to_one_user(database_url: str) -> None:
    """Of many users who follow a link to one new address, one gets it; the others are told nothing more."""
    async with world(database_url) as w:
        people = [await w.sign_up(name) for name in ("ada", "bob", "cleo")]
        for person in people:
            await person.post("/change-email", {"newEmail": "new@people.test"})
        mails = (await w.settled()).to("new@people.test", "verify")
        links = [f"/verify-email?token={mail.token}" for mail in mails]

        answers = await _at_once([_following(person, link) for person, link in zip(people, links, strict=True)])

        assert _statuses(answers) == [200, 401, 401]
        assert [user["email"] for user in await w.rows("user")].count("new@people.test") == 1


def _following(person: Person, link: str) -> Callable[[], Awaitable[httpx2.Response]]:
    return lambda: person.get(link)


@pytest.mark.case("SC-SESS-08")
async def test_a_due_renewal_is_done_once(database_url: str) -> None:
    """Many requests at the moment of renewal give one new expiry, and the same token everywhere."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        w.clock.move(days=2)

        answers = await _at_once([lambda: ada.get("/get-session")] * 20)

        rows = await w.rows("session")
        ends = {answer.json()["session"]["expiresAt"] for answer in answers}
        assert _statuses(answers) == [200] * 20
        assert (len(rows), rows[0]["token"]) == (1, ada.token)
        assert len(ends) == 1


async def test_a_session_revoked_during_renewal_stays_revoked(database_url: str) -> None:
    """Renewal and revocation at the same moment never bring a session back."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        device = await w.another_device(ada)
        w.clock.move(days=2)

        await _at_once(
            [lambda: ada.post("/revoke-session", {"token": device.token}), *[lambda: device.get("/get-session")] * 10]
        )

        assert [row["token"] for row in await w.rows("session")] == [ada.token]
        assert await device.session() is None


@pytest.mark.case("SC-ACCT-05")
async def test_the_last_two_accounts_are_not_both_unlinked(database_url: str) -> None:
    """Two requests that unlink the last two accounts at once leave one."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        accounts = await _with_second_account(w, ada)

        answers = await _at_once([_unlinking(ada, account) for account in accounts])

        assert _statuses(answers) == [200, 400]
        assert len(await w.rows("account")) == 1


def _unlinking(person: Person, account: str) -> Callable[[], Awaitable[httpx2.Response]]:
    return lambda: person.post("/unlink-account", {"accountId": account})


async def _with_second_account(w: World, person: Person) -> list[str]:

    table = w.auth.tables.account.table
    now = w.clock()
    row: dict[str, Any] = {"id": "second", "account_id": "77", "provider_id": "elsewhere", "user_id": person.user["id"]}
    async with w.auth.database.engine.begin() as connection:
        await connection.execute(insert(table).values(**row, created_at=now, updated_at=now))
    return [account["id"] for account in await w.rows("account")]


@pytest.mark.case("SC-ACCT-04", "SC-DB-16")
async def test_a_deleted_user_leaves_no_session_behind(database_url: str) -> None:
    """Signing in while the account is deleted leaves no session or account without a user."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        others = [w.person("ada") for _ in range(8)]

        await _at_once([lambda: ada.post("/delete-user", {"password": ada.password}), *[o.sign_in for o in others]])

        assert [len(await w.rows(table)) for table in ("user", "account", "session")] == [0, 0, 0]


@pytest.mark.case("SC-HTTP-36")
async def test_interleaved_people_never_see_each_other(database_url: str) -> None:
    """Two hundred interleaved requests of two people: each sees only their own session."""
    async with world(database_url) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")

        answers = await _at_once([lambda: ada.get("/get-session"), lambda: bob.get("/get-session")] * 100)

        assert {a.json()["user"]["email"] for a in answers[0::2]} == {ada.email}
        assert {a.json()["user"]["email"] for a in answers[1::2]} == {bob.email}

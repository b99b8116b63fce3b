"""Deleting one's own account (e-mail sheet §8.3, §8.5)."""

from typing import Any

import pytest
from sqlalchemy import delete

from fastapi_betterauth import APIError, DeleteAccountMail, ErrorCode, SessionOptions, UserFields
from tests.builders.answers import ALL_EXPIRED, cookies_set, said
from tests.builders.outbox import Outbox
from tests.builders.world import PASSWORD, Person, World, world

DELETE, CALLBACK = "/delete-user", "/delete-user/callback"
DONE = {"success": True, "message": "User deleted"}
MAILED = {"success": True, "message": "Verification email sent"}
ALL_GONE = {"user": 0, "account": 0, "session": 0, "verification": 0}
STAY = ErrorCode("STILL_IN_DEBT", "Pay first")


def _by_mail(box: Outbox, **more: Any) -> dict[str, Any]:
    async def send(mail: DeleteAccountMail) -> None:
        await box.delete(mail)

    return {"send_delete_account_verification": send, **more}


async def _token(w: World, box: Outbox, person: Person, **body: Any) -> str:
    """Have a deletion link mailed; returns its token."""
    assert (await person.post(DELETE, body)).json() == MAILED
    await w.settled()
    return box.last(person.email, "delete").token


async def _left(w: World) -> dict[str, int]:
    return {table: len(await w.rows(table)) for table in ("user", "account", "session", "verification")}


@pytest.mark.rule("email-password §8 delete-user", "email-password §1 deleteUser.enabled")
@pytest.mark.parametrize("body", [{}, {"password": "wrong"}, {"token": "x"}])
async def test_deletion_must_be_switched_on(sqlite_url: str, body: dict[str, str]) -> None:
    """Off, which is the default, the endpoint is an empty 404 and the link's a 404 with a code."""
    async with world(sqlite_url, delete_user={"enabled": False}) as w:
        ada = await w.sign_up("ada")
        direct, link = await ada.post(DELETE, body), await ada.get(CALLBACK, params={"token": "x"})

        assert (direct.status_code, direct.content) == (404, b"")
        assert (link.status_code, link.json()) == (404, {"message": "Not found", "code": "NOT_FOUND"})
        assert await ada.session() is not None


@pytest.mark.rule(
    "email-password §8.3", "email-password §8.5", "email-password §8 delete-user", "email-password §11 delete-user"
)
async def test_an_account_goes_with_all_that_is_its(database_url: str) -> None:
    """User, accounts and every session go, the cookies too; other people stay, and the address is free again."""
    async with world(database_url) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        phone = await w.another_device(ada)
        answer = await ada.post(DELETE, {"password": PASSWORD})

        assert (answer.status_code, answer.json(), cookies_set(answer)) == (200, DONE, ALL_EXPIRED)
        assert await _left(w) == {"user": 1, "account": 1, "session": 1, "verification": 0}
        assert (list(ada.http.cookies.jar), await phone.session()) == ([], None)
        assert await bob.session() is not None
        assert (await w.sign_up("ada")).user["id"] != ada.user["id"]


@pytest.mark.rule("email-password §8.3", "email-password §8 delete-user")
@pytest.mark.parametrize(
    ("body", "mail", "later", "answer"),
    [
        ({}, False, {}, (200, None)),
        ({}, False, {"days": 1, "seconds": 1}, (400, "SESSION_EXPIRED")),
        ({"callbackURL": "/bye"}, False, {"days": 1, "seconds": 1}, (400, "SESSION_EXPIRED")),
        ({"password": PASSWORD}, False, {"days": 1, "seconds": 1}, (200, None)),
        ({"password": "wrong"}, False, {}, (400, "INVALID_PASSWORD")),
        ({"password": "wrong", "token": "wrong"}, False, {}, (400, "INVALID_PASSWORD")),
        ({"password": PASSWORD, "token": "wrong"}, False, {}, (404, "INVALID_TOKEN")),
        ({"password": "wrong"}, True, {}, (400, "INVALID_PASSWORD")),
        ({"token": "wrong"}, True, {}, (404, "INVALID_TOKEN")),
        ({}, True, {"days": 1, "seconds": 1}, (200, "mailed")),
        ({"password": PASSWORD}, True, {}, (200, "mailed")),
        ({"password": 1}, False, {}, (400, "VALIDATION_ERROR")),
    ],
)
async def test_the_proofs_are_asked_in_order(
    sqlite_url: str, *, body: dict[str, Any], mail: bool, later: dict[str, float], answer: tuple[int, str | None]
) -> None:
    """Password, token, mail, recent sign-in: the first that is given or configured decides."""
    box = Outbox()

    async with world(sqlite_url, delete_user=_by_mail(box) if mail else {}) as w:
        ada = await w.sign_up("ada")
        w.clock.move(**later)
        await ada.session()
        before = await w.snapshot()
        sent = await ada.post(DELETE, body)
        await w.settled()

        status, outcome = answer
        if outcome == "mailed":
            assert (sent.status_code, sent.json(), len(box.sent)) == (status, MAILED, 1)
        else:
            assert (said(sent), box.sent) == (answer, [])
        if answer == (200, None):
            assert await _left(w) == ALL_GONE
        else:
            after = await w.snapshot()
            assert after | {"verification": []} == before
            assert cookies_set(sent) == {}


@pytest.mark.rule("email-password guards fresh", "email-password §8.3")
async def test_freshness_can_be_switched_off(sqlite_url: str) -> None:
    """With a fresh age of 0 an old session is proof enough."""
    options: SessionOptions = SessionOptions(fresh_age=0)
    async with world(sqlite_url, session=options) as w:
        ada = await w.sign_up("ada")
        w.clock.move(days=3)

        assert (await ada.post(DELETE)).json() == DONE
        assert await _left(w) == ALL_GONE


@pytest.mark.rule("email-password §8 delete-user")
async def test_a_password_needs_an_account(sqlite_url: str) -> None:
    """Who gives a password and has none is told so; without one a recent sign-in is proof."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        async with w.auth.database.engine.begin() as connection:
            await connection.execute(delete(w.auth.tables.account.table))
        refused = await ada.post(DELETE, {"password": PASSWORD})
        done = await ada.post(DELETE)

        assert (said(refused), said(done)) == ((400, "CREDENTIAL_ACCOUNT_NOT_FOUND"), (200, None))


@pytest.mark.rule("email-password §8.3", "email-password §1 deleteUser.beforeDelete")
@pytest.mark.parametrize("by_link", [False, True])
@pytest.mark.parametrize("error", [APIError(403, STAY), RuntimeError("an accident")])
async def test_a_host_may_object(database_url: str, error: Exception, *, by_link: bool) -> None:
    """What is raised before the deletion stops it: nothing goes, the cookies stay, the link can be used again."""
    box, objections, told = Outbox(), [error], list[str]()

    async def before(user: UserFields) -> None:
        if objections:
            raise objections[0]

    async def after(user: UserFields) -> None:
        told.append(user.email)

    options = {"before_delete": before, "after_delete": after}
    async with world(database_url, delete_user=_by_mail(box, **options) if by_link else options) as w:
        ada = await w.sign_up("ada")
        query = {"token": await _token(w, box, ada)} if by_link else {}

        async def attempt() -> Any:
            return await (ada.get(CALLBACK, params=query) if by_link else ada.post(DELETE, {"password": PASSWORD}))

        rows = await w.snapshot()
        refused = await attempt()
        await w.settled()

        assert said(refused) == ((500, None) if isinstance(error, RuntimeError) else (403, "STILL_IN_DEBT"))
        assert (await w.snapshot(), cookies_set(refused), told) == (rows, {}, [])
        objections.clear()
        assert (await attempt()).json() == DONE


@pytest.mark.rule(
    "email-password §8.3", "email-password §1 deleteUser.beforeDelete", "email-password §1 deleteUser.afterDelete"
)
async def test_a_host_learns_before_and_after(database_url: str) -> None:
    """Before, the row is there; after, it is gone for good, and both are awaited. An accident then undoes nothing."""
    seen: list[tuple[str, str, int]] = []

    async def before(user: UserFields) -> None:
        seen.append(("before", user.email, len(await w.rows("user"))))

    async def after(user: UserFields) -> None:
        seen.append(("after", user.email, len(await w.rows("user"))))
        raise RuntimeError("an accident of the host")

    async with world(database_url, delete_user={"before_delete": before, "after_delete": after}) as w:
        ada = await w.sign_up("ada")
        answer = await ada.post(DELETE, {"password": PASSWORD})

        assert (answer.status_code, answer.json(), cookies_set(answer)) == (200, DONE, ALL_EXPIRED)
        assert seen == [("before", ada.email, 1), ("after", ada.email, 0)]


@pytest.mark.rule("email-password guards sensitive", "email-password §11 guarded")
async def test_nobody_deletes_nobody(sqlite_url: str) -> None:
    """Without a session 401; with an ended one the cookies go along."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        nobody = await w.person().post(DELETE, {"password": PASSWORD})
        w.clock.move(days=8)
        late = await ada.post(DELETE, {"password": PASSWORD})

        assert (said(nobody), cookies_set(nobody)) == ((401, "UNAUTHORIZED"), {})
        assert (said(late), cookies_set(late)) == ((401, "UNAUTHORIZED"), ALL_EXPIRED)
        assert len(await w.rows("user")) == 1

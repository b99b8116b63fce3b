"""Attacks on one's own and other people's accounts: profile, deletion, linked accounts."""

from typing import Any

import pytest
from sqlalchemy import insert

from fastapi_betterauth import DeleteAccountMail
from tests.builders.outbox import Outbox
from tests.builders.world import Person, World, world
from tests.security.surface import Endpoint, endpoints

COLUMNS = {
    "id": "mine",
    "emailVerified": True,
    "role": "admin",
    "banned": False,
    "createdAt": "2000-01-01T00:00:00Z",
    "updatedAt": "2000-01-01T00:00:00Z",
    "password": "a new password",
    "twoFactorEnabled": False,
    "isAnonymous": False,
}


async def _linked(w: World, person: Person, account_id: str = "77", provider_id: str = "elsewhere") -> str:
    """Give somebody an account at a provider; returns its id."""
    now, key = w.clock(), f"{provider_id}-{account_id}-{person.name}"
    row = {"id": key, "account_id": account_id, "provider_id": provider_id, "user_id": person.user["id"]}
    async with w.auth.database.engine.begin() as connection:
        await connection.execute(insert(w.auth.tables.account.table).values(**row, created_at=now, updated_at=now))
    return key


@pytest.mark.case("SC-ACCT-01")
@pytest.mark.rule("email-password §8.1")
async def test_core_columns_beside_a_name_are_left_alone(database_url: str) -> None:
    """An update that may change the name changes nothing else, whatever columns it names."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        before = await w.snapshot()

        answer = await ada.post("/update-user", {"name": "Ada L", **COLUMNS})

        after = await w.snapshot()
        changed = {name for name, value in after["user"][0].items() if before["user"][0][name] != value}
        assert answer.status_code == 200
        assert changed <= {"name", "updated_at"}
        assert (after["user"][0]["name"], after["user"][0]["updated_at"].year) == ("Ada L", w.clock().year)
        assert after["account"] == before["account"]


@pytest.mark.case("SC-ACCT-02")
@pytest.mark.parametrize(
    "image", ["javascript:alert(1)", "data:image/svg+xml,<svg onload=alert(1)>", "http://169.254.169.254/latest"]
)
async def test_an_image_is_a_text_that_the_server_never_opens(database_url: str, image: str) -> None:
    """Scripts, HTML and inner addresses come back letter by letter; the package has nothing to fetch them with."""
    html = "<img src=x onerror=alert(1)>"

    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        answer = await ada.post("/update-user", {"image": image, "name": html})

        shown = (await ada.session() or {})["user"]
        assert answer.status_code == 200
        assert (shown["image"], shown["name"]) == (image, html)


@pytest.mark.case("SC-ACCT-02")
async def test_a_profile_is_no_file_store(database_url: str) -> None:
    """What is larger than a request may be is refused; what fits is kept whole on every database."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")

        huge = await ada.post("/update-user", {"image": "x" * 5_000_000})
        large = await ada.post("/update-user", {"image": "é" * 400_000})

        stored = (await w.rows("user"))[0]["image"]
        assert (huge.status_code, huge.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")
        assert (large.status_code, len(stored)) == (200, 400_000)


@pytest.mark.case("SC-ACCT-03")
@pytest.mark.rule("email-password §8 delete-user", "email-password §8.3")
@pytest.mark.parametrize(
    ("body", "later", "answer"),
    [
        ({"password": "wrong"}, {}, (400, "INVALID_PASSWORD")),
        ({"password": ""}, {}, (400, "INVALID_PASSWORD")),
        ({"token": "guessed"}, {}, (404, "INVALID_TOKEN")),
        ({}, {"days": 1, "seconds": 1}, (400, "SESSION_EXPIRED")),
    ],
)
async def test_nobody_is_deleted_without_proof(
    database_url: str, body: dict[str, str], later: dict[str, float], answer: tuple[int, str]
) -> None:
    """A wrong password, an empty one, a guessed token, an old session: the user and all that is theirs stay."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        w.clock.move(**later)
        await ada.session()
        before = await w.snapshot()

        refused = await ada.post("/delete-user", body)

        assert (refused.status_code, refused.json()["code"]) == answer
        assert await w.snapshot() == before


class _Deletions(Outbox):
    """Takes deletion mails as well."""

    def link(self, person: Person) -> str:
        """The path of the newest link, below the base path."""
        return self.last(person.email, "delete").url.partition("/api/auth")[2]


def _by_mail(box: _Deletions) -> dict[str, Any]:
    async def send(mail: DeleteAccountMail) -> None:
        await box.delete(mail)

    return {"send_delete_account_verification": send}


@pytest.mark.case("SC-ACCT-03")
@pytest.mark.rule("email-password §8.4", "email-password §8 delete-user/callback")
async def test_a_deletion_link_works_only_for_its_user(database_url: str) -> None:
    """Opened by a mail scanner a link does nothing; opened by somebody else it is burnt and deletes nobody."""
    box = _Deletions()

    async with world(database_url, delete_user=_by_mail(box)) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        await ada.post("/delete-user", {"callbackURL": "/bye"})
        await w.settled()
        prefetched = await w.person().get(box.link(ada))
        foreign = await bob.get(box.link(ada))
        own = await ada.get(box.link(ada))

        answers = [(a.status_code, a.json()["code"]) for a in (prefetched, foreign, own)]
        assert answers == [(404, "FAILED_TO_GET_USER_INFO"), (404, "INVALID_TOKEN"), (404, "INVALID_TOKEN")]
        assert len(await w.rows("user")) == 2


@pytest.mark.case("SC-ACCT-03", "SC-SESS-13")
@pytest.mark.rule("email-password §8.4", "email-password §8.5")
async def test_a_deletion_link_works_once(database_url: str) -> None:
    """The owner's click deletes user, accounts and sessions; after a new sign-up the link is worth nothing."""
    box = _Deletions()

    async with world(database_url, delete_user=_by_mail(box)) as w:
        ada = await w.sign_up("ada")
        await w.another_device(ada)
        await ada.post("/delete-user", {"callbackURL": "/bye"})
        await w.settled()
        first = await ada.get(box.link(ada))
        gone = [len(await w.rows(table)) for table in ("user", "account", "session")]
        again = await w.sign_up("ada")
        second = await again.get(box.link(ada))

        assert (first.status_code, first.headers["location"], gone) == (302, "/bye", [0, 0, 0])
        assert (second.status_code, len(await w.rows("user"))) == (404, 1)


@pytest.mark.case("SC-ACCT-05")
async def test_the_last_account_stays(database_url: str) -> None:
    """One of two accounts can be unlinked, the last one cannot."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        second = await _linked(w, ada)
        first = await ada.post("/unlink-account", {"accountId": second})
        last = (await w.rows("account"))[0]["id"]

        refused = await ada.post("/unlink-account", {"accountId": last})

        assert (first.status_code, refused.status_code) == (200, 400)
        assert refused.json()["code"] == "FAILED_TO_UNLINK_LAST_ACCOUNT"
        assert [row["id"] for row in await w.rows("account")] == [last]


@pytest.mark.case("SC-ACCT-06")
@pytest.mark.parametrize("path", ["/unlink-account", "/get-access-token", "/refresh-token", "/account-info"])
async def test_another_users_account_is_an_unknown_one(database_url: str, path: str) -> None:
    """The id of somebody else's account gets the answer of an id that does not exist; no row changes."""
    async with world(database_url) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        theirs = await _linked(w, ada)
        await _linked(w, bob, "78")
        before = await w.snapshot()

        if path == "/account-info":
            answers = [await bob.get(path, params={"accountId": key}) for key in (theirs, "nothing")]
        else:
            answers = [await bob.post(path, {"accountId": key}) for key in (theirs, "nothing")]

        assert [(a.status_code, a.json()["code"]) for a in answers] == [(400, "ACCOUNT_NOT_FOUND")] * 2
        assert answers[0].text == answers[1].text
        assert await w.snapshot() == before


@pytest.mark.case("SC-ACCT-07")
async def test_one_id_at_two_providers_is_two_people(database_url: str) -> None:
    """The same id at two providers belongs to two users; twice at one provider it is refused by the database."""
    async with world(database_url) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        await _linked(w, ada, "77", "one")
        await _linked(w, bob, "77", "two")

        with pytest.raises(Exception, match=r"(?i)unique|duplicate"):
            await _linked(w, bob, "77", "one")

        listed = [{a["providerId"] for a in (await p.get("/list-accounts")).json()} for p in (ada, bob)]
        assert listed == [{"credential", "one"}, {"credential", "two"}]


def _takes_an_id(endpoint: Endpoint) -> list[str]:
    names = [*endpoint.body, *endpoint.query]
    return [name for name in names if name.lower().endswith(("id", "token")) and name != "idToken"]


@pytest.mark.case("SC-ACCT-10")
async def test_every_id_of_somebody_else_is_unknown(database_url: str) -> None:
    """For each endpoint that takes an id or token: another user's gets the answer of an invented one."""
    async with world(database_url) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        ids = [ada.token, ada.user["id"], await _linked(w, ada), (await w.rows("session"))[0]["id"]]
        await _linked(w, bob, "78")
        before = (await w.snapshot())["user"], [r for r in await w.rows("session") if r["token"] == ada.token]
        tried = 0

        for endpoint in endpoints(w):
            for name in _takes_an_id(endpoint):
                said = {await _said(bob, endpoint, name, value) for value in (*ids, "invented")}
                assert len(said) == 1, (endpoint.path, name, said)
                tried += 1

        after = (await w.snapshot())["user"], [r for r in await w.rows("session") if r["token"] == ada.token]
        assert (tried > 5, after) == (True, before)
        assert await bob.session() is not None


async def _said(person: Person, endpoint: Endpoint, name: str, value: str) -> tuple[int, str]:
    """Status and body of a call with this value."""
    given = {"query": {name: value}} if name in endpoint.query else {"query": {}}
    body = endpoint.example(**({name: value} if name in endpoint.body else {}))
    answer = await person.http.request(
        endpoint.method, endpoint.url, params=given["query"], json=body if endpoint.method == "POST" else None
    )
    return answer.status_code, answer.text

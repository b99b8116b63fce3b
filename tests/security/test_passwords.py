"""Attacks on sign-up and sign-in with a password."""

import pytest
from sqlalchemy import update

from tests.builders.world import World, world


async def _without_password(w: World, name: str) -> str:
    """Somebody whose account has lost its password, as one that came through a provider."""
    person = await w.sign_up(name)
    async with w.auth.database.engine.begin() as connection:
        table = w.auth.tables.account.table
        await connection.execute(update(table).where(table.c.user_id == person.user["id"]).values(password=None))
    return person.email


@pytest.mark.case("SC-PW-01", "SC-PW-02", "SC-PW-17", "SC-IP-15")
@pytest.mark.rule("email-password §3.1")
async def test_every_wrong_sign_in_reads_and_costs_the_same(database_url: str) -> None:
    """Unknown address, wrong password, no password: one 401, the same body and headers, one hash each."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        social = await _without_password(w, "bob")
        cases = [(ada.email, "wrong"), ("nobody@people.test", "wrong"), (social, "wrong"), (social, "")]
        seen = []

        for email, password in cases:
            before = w.hasher.calls
            answer = await w.person().post("/sign-in/email", {"email": email, "password": password})
            seen.append((answer.status_code, answer.text, sorted(answer.headers), w.hasher.calls - before))

        assert seen[0][0] == 401
        assert '"INVALID_EMAIL_OR_PASSWORD"' in seen[0][1]
        assert seen == [seen[0]] * len(cases)
        assert seen[0][3] == 1


@pytest.mark.case("SC-PW-01", "SC-PW-33")
@pytest.mark.rule("email-password §3.3", "email-password §1 requireEmailVerification")
async def test_an_unverified_user_is_told_only_after_the_right_password(database_url: str) -> None:
    """Without the right password, an unverified account looks like any other; with it there is no session yet."""
    async with world(database_url, password={"require_email_verification": True}) as w:
        ada = await w.sign_up("ada")

        wrong = await w.person().post("/sign-in/email", {"email": ada.email, "password": "wrong"})
        right = await ada.sign_in()

        assert (wrong.status_code, wrong.json()["code"]) == (401, "INVALID_EMAIL_OR_PASSWORD")
        assert (right.status_code, right.json()["code"]) == (403, "EMAIL_NOT_VERIFIED")
        assert "set-cookie" not in right.headers
        assert await w.rows("session") == []


@pytest.mark.case("SC-PW-04", "SC-PW-05")
@pytest.mark.rule("email-password §2.2", "email-password §2.3")
@pytest.mark.parametrize("hiding", [{"require_email_verification": True}, {"auto_sign_in": False}])
async def test_a_hidden_sign_up_cannot_be_told_from_a_real_one(database_url: str, hiding: dict[str, bool]) -> None:
    """A taken address answers like a free one: same status, keys, headers, work; nothing is written."""
    async with world(database_url, password=hiding) as w:
        real = await w.person("ada").sign_up()
        before, calls = await w.snapshot(), w.hasher.calls
        decoy = await w.person("ada").sign_up()

        assert (decoy.status_code, list(decoy.json()["user"])) == (200, list(real.json()["user"]))
        assert decoy.json()["token"] is real.json()["token"] is None
        assert sorted(decoy.headers) == sorted(real.headers)
        assert len(decoy.json()["user"]["id"]) == len(real.json()["user"]["id"])
        assert (w.hasher.calls - calls, await w.snapshot()) == (1, before)
        assert len((await w.settled()).to("ada@people.test", "existing-sign-up")) == 1


@pytest.mark.case("SC-PW-09")
@pytest.mark.rule("email-password §1 maxPasswordLength")
@pytest.mark.parametrize("length", [129, 4097, 900_000])
async def test_long_passwords_are_refused_before_hashing(sqlite_url: str, length: int) -> None:
    """A password beyond the limit is a 400 and costs no hash."""
    async with world(sqlite_url) as w:
        answer = await w.person("ada").sign_up(password="x" * length)

        assert (answer.status_code, answer.json()["code"]) == (400, "PASSWORD_TOO_LONG")
        assert w.hasher.calls == 0


@pytest.mark.case("SC-PW-19")
@pytest.mark.parametrize("password", ["abcdefgh", " " * 64, "🙂" * 8, "pässwörd"])
async def test_length_is_the_only_rule(sqlite_url: str, password: str) -> None:
    """Letters, spaces, emoji: whatever is long enough is a password."""
    async with world(sqlite_url) as w:
        ada = w.person("ada")
        ada.password = password

        assert (await ada.sign_up()).status_code == 200
        assert (await ada.sign_in()).status_code == 200


@pytest.mark.case("SC-PW-20", "SC-PW-21")
@pytest.mark.rule("email-password §2 body")
async def test_nobody_signs_up_with_privileges(database_url: str) -> None:
    """Core columns and foreign keys in the body are ignored; ids and flags are the server's."""
    body = {"id": "mine", "emailVerified": True, "createdAt": "2000-01-01T00:00:00Z", "role": "admin", "banned": False}

    async with world(database_url) as w:
        ada = await w.sign_up("ada", **body)
        stored = (await w.rows("user"))[0]

        assert (ada.user["emailVerified"], ada.user["id"] == "mine") == (False, False)
        assert stored["created_at"].year > 2000
        assert not {"role", "banned"} & set(stored)


@pytest.mark.case("SC-PW-24", "SC-IP-12")
@pytest.mark.rule("email-password §1 e-mail")
async def test_addresses_are_one_whatever_their_case(database_url: str) -> None:
    """Upper case names the same account; letters that only fold to ASCII are no address."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        again = w.person("ada")
        again.email = ada.email.upper()
        kelvin = await w.person().post("/sign-in/email", {"email": "\u212aada@people.test", "password": "x"})

        assert (await again.sign_up()).status_code == 422
        assert (await again.sign_in()).status_code == 200
        assert (kelvin.status_code, kelvin.json()["code"]) == (400, "INVALID_EMAIL")


@pytest.mark.case("SC-PW-25", "SC-PW-26", "SC-PW-28")
@pytest.mark.rule("email-password §1 e-mail")
@pytest.mark.parametrize(
    "address",
    [
        "a@evil.test,victim@x.test",
        "a@evil.test\nbcc:b@x.test",
        '"a b"@x.test',
        "<a@b.test>",
        "a\uff20b.test",
        "a@b@c.test",
        "a@b",
        ".a@x.test",
        "a..b@x.test",
        "a@-x.test",
        "a@[127.0.0.1]",
        "ä@x.test",
        " a@x.test",
        "a" * 300 + "@x.test",
    ],
)
async def test_odd_addresses_are_refused(sqlite_url: str, address: str) -> None:
    """What could name another mailbox, or none, is no address: 400, nothing written."""
    async with world(sqlite_url) as w:
        answer = await w.person().post("/sign-up/email", {"name": "A", "email": address, "password": "password 1"})

        assert answer.status_code == 400
        assert await w.rows("user") == []


@pytest.mark.case("SC-PW-34")
@pytest.mark.rule("email-password §1 disableSignUp", "email-password §2 errors")
async def test_sign_up_can_be_closed(sqlite_url: str) -> None:
    """With sign-up off nobody new gets in; who has an account still does."""
    async with world(sqlite_url) as before:
        ada = await before.sign_up("ada")

    async with world(sqlite_url, password={"disable_sign_up": True}) as w:
        refused = await w.person("bob").sign_up()
        known = w.person("ada")

        assert (refused.status_code, refused.json()["code"]) == (400, "EMAIL_PASSWORD_SIGN_UP_DISABLED")
        assert (await known.sign_in()).status_code == 200
        assert known.user["id"] == ada.user["id"]


@pytest.mark.case("SC-PW-36", "SC-SESS-02")
@pytest.mark.rule("email-password §3.4")
async def test_each_sign_in_gets_a_token_of_its_own(database_url: str) -> None:
    """Signing in again, or as somebody else, never uses again a token that was there before."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        first = ada.token
        await ada.sign_in()
        planted = w.person("bob")
        planted.http.cookies.set("better-auth.session_token", ada.cookie() or "", domain="app.test", path="/")
        await planted.sign_up()

        assert len({first, ada.token, planted.token}) == 3
        assert (await planted.session() or {})["user"]["email"] == planted.email

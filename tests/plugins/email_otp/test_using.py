"""Using a code: sign-in, verification, and what becomes of wrong ones."""

import asyncio
from typing import Annotated, Any

import pytest

from fastapi_betterauth import ProvisioningSource, Refusal, ServerOnly, UserFields
from fastapi_betterauth.plugins.admin import Admin
from fastapi_betterauth.plugins.email_otp import EmailOtp
from fastapi_betterauth.plugins.two_factor import TwoFactor
from tests.builders.answers import cookies_set, said
from tests.plugins.email_otp.codes import ADA, CHECK, RESET, SIGN_IN, VERIFY, coded_world, sign_in, wrong
from tests.plugins.two_factor.people import enrolled

INVALID, EXPIRED, TOO_MANY = (400, "INVALID_OTP"), (400, "OTP_EXPIRED"), (403, "TOO_MANY_ATTEMPTS")


@pytest.mark.rule("email-otp §5.8", "email-otp §2 sign-in")
async def test_a_code_signs_up(database_url: str) -> None:
    """The address is verified; name and image are for new users only."""
    async with coded_world(database_url) as post:
        ada = post.w.person("ada")
        more = {"name": "Ada", "image": "https://img.test/a.png"}
        answer = await sign_in(ada, await post.ask("sign-in", "ADA@people.test"), **more)

        user = answer.json()["user"]
        assert (user["email"], user["name"], user["image"], user["emailVerified"]) == (ADA, *more.values(), True)
        assert answer.json()["token"] == ((await ada.session()) or {})["session"]["token"]
        again = await sign_in(post.w.person("ada"), await post.ask(), name="Other")
        assert again.json()["user"] == user
        nameless = await sign_in(post.w.person("eve"), await post.ask("sign-in", "eve@people.test"))
        assert (nameless.json()["user"]["name"], nameless.json()["user"]["image"]) == ("", None)
        assert await post.w.rows("account") == []


class Member(UserFields):
    """With fields that clients may, must and must not set."""

    city: str
    locale: str | None = "en"
    score: Annotated[int | None, ServerOnly] = None


@pytest.mark.rule("email-otp §2 sign-in", "email-otp §5.8")
async def test_further_fields_are_for_new_users(sqlite_url: str) -> None:
    """Read by the rules of sign-up; ignored for those who are known."""
    async with coded_world(sqlite_url, of_world={"user": {"fields": Member}}) as post:
        ada = post.w.person("ada")
        assert said(await sign_in(ada, await post.ask())) == (400, "MISSING_FIELD")
        assert said(await sign_in(ada, await post.ask(), city="Ur", score=5)) == (400, "FIELD_NOT_ALLOWED")
        answer = await sign_in(ada, await post.ask(), city="Ur", locale="de", emailVerified=False, id="mine")
        user = answer.json()["user"]
        assert (user["city"], user["locale"], user["emailVerified"]) == ("Ur", "de", True)
        assert user["id"] != "mine"
        again = await sign_in(ada, await post.ask(), city="Kish", score=5)
        assert again.json()["user"]["city"] == "Ur"


@pytest.mark.case("SC-OTP-10", "SC-PW-31")
@pytest.mark.rule("email-otp §5.8")
async def test_who_proves_the_address_takes_it_over(database_url: str) -> None:
    """Password and sessions of whoever registered it unproven are gone."""
    async with coded_world(database_url) as post:
        squatter = await post.w.sign_up("ada")
        owner = post.w.person("ada")

        assert (await sign_in(owner, await post.ask())).json()["user"]["emailVerified"] is True
        assert await squatter.session() is None
        assert said(await squatter.sign_in_waits()) == (401, "INVALID_EMAIL_OR_PASSWORD")
        assert await post.w.rows("account") == []


@pytest.mark.case("SC-OTP-01")
@pytest.mark.rule("email-otp §5.1", "email-otp §5.2", "email-otp §1 allowedAttempts")
@pytest.mark.parametrize("path", [SIGN_IN, VERIFY, RESET, CHECK])
async def test_a_code_may_be_missed_so_often(database_url: str, path: str) -> None:
    """Three times; the fourth try fails even if it is right, and then there is no code any more."""
    kinds: dict[str, Any] = {VERIFY: "email-verification", RESET: "forget-password"}
    async with coded_world(database_url) as post:
        ada = await post.w.sign_up("ada")
        kind = kinds.get(path, "sign-in")
        code = await post.ask(kind)
        more = {"email": ADA, "type": kind, "password": "another password"}
        tries = [wrong(code)] * 3 + [code, code]
        answers = [said(await ada.post(path, {**more, "otp": otp})) for otp in tries]

        assert answers == [INVALID, INVALID, INVALID, TOO_MANY, INVALID]
        assert await post.identifiers() == []


@pytest.mark.case("SC-OTP-01")
@pytest.mark.rule("email-otp §5.2", "email-otp §5.4")
@pytest.mark.parametrize("path", [SIGN_IN, CHECK])
async def test_a_hundred_guesses_at_once_are_few(database_url: str, path: str) -> None:
    """However many come at the same time, no more than allowed are looked at; the counter shows how many were."""
    async with coded_world(database_url) as post:
        await post.w.sign_up("ada")
        code = await post.ask()
        people = [post.w.person("ada") for _ in range(100)]
        bodies = [{"email": ADA, "type": "sign-in", "otp": wrong(code)} for _ in people]
        answers = await asyncio.gather(*(p.post(path, b) for p, b in zip(people, bodies, strict=True)))

        assert {said(answer) for answer in answers} <= {INVALID, TOO_MANY}
        failures = [int(row["value"].rpartition(":")[2]) for row in await post.w.rows("verification")]
        assert failures in ([], [1], [2], [3])
        left = [said(await people[0].post(path, bodies[0])) for _ in range(4)]
        assert left.count(INVALID) >= 1
        assert said(await people[0].post(path, {**bodies[0], "otp": code})) == INVALID


@pytest.mark.case("SC-OTP-03")
@pytest.mark.rule("email-otp §5.1")
async def test_a_code_works_once(database_url: str) -> None:
    """Fifty at the same time: one session."""
    async with coded_world(database_url) as post:
        await post.signed_in()
        code = await post.ask()
        people = [post.w.person("ada") for _ in range(50)]
        answers = [said(answer) for answer in await asyncio.gather(*(sign_in(p, code) for p in people))]

        assert answers.count((200, None)) == 1
        assert set(answers) == {(200, None), INVALID}
        assert len(await post.w.rows("session")) == 2


@pytest.mark.case("SC-OTP-04")
@pytest.mark.rule("email-otp §3")
async def test_a_code_is_good_for_one_thing(two_databases_url: str) -> None:
    """Of another purpose, or of another address: wrong, and the right one is none the worse."""
    async with coded_world(two_databases_url) as post:
        ada, bob = await post.w.sign_up("ada"), await post.w.sign_up("bob")
        code = await post.ask("sign-in")
        for path, more in ((VERIFY, {}), (RESET, {"password": "another password"})):
            assert said(await ada.post(path, {"email": ADA, "otp": code, **more})) == INVALID
        for kind in ("email-verification", "forget-password", "change-email"):
            assert said(await ada.post(CHECK, {"email": ADA, "otp": code, "type": kind})) == INVALID
        assert said(await sign_in(bob, code)) == INVALID
        assert said(await sign_in(ada, code)) == (200, None)


@pytest.mark.case("SC-OTP-06")
@pytest.mark.rule("email-otp §3")
@pytest.mark.parametrize("value", ["123456", "123456:", "123456:-1", "123456:x", "123456:1e9", "123456:٣", ""])
async def test_a_broken_counter_fails_closed(two_databases_url: str, value: str) -> None:
    """What cannot be counted is as good as used up."""
    async with coded_world(two_databases_url) as post:
        await post.ask()
        table = post.w.auth.tables.verification.table
        async with post.w.auth.database.engine.begin() as connection:
            await connection.execute(table.update().values(value=value))
        assert said(await sign_in(post.w.person("ada"), "123456")) == TOO_MANY
        assert await post.identifiers() == []


@pytest.mark.case("SC-OTP-07")
@pytest.mark.rule("email-otp §2 sign-in")
async def test_codes_are_compared_as_text(sqlite_url: str) -> None:
    """Other digits, spaces, numbers and leading zeros are not the code."""
    async with coded_world(sqlite_url, generate_otp=lambda _email, _kind: "012345", allowed_attempts=50) as post:
        ada = post.w.person("ada")
        await post.ask()
        arabic = "".join(chr(0x660 + int(digit)) for digit in "012345")
        for given in (arabic, " 012345", "012345 ", "012345\n", "12345", "0012345", "", "012345\x00"):
            assert said(await sign_in(ada, given))[0] == 400, given
        for given in (12345, None, ["012345"], {"$ne": 1}):
            answer = await ada.post(SIGN_IN, {"email": ADA, "otp": given})
            assert said(answer) == (400, "VALIDATION_ERROR")
        raw = {"content": b'{"email": "ada@people.test", "otp": "01234\\ud800"}'}
        halved = await ada.post(SIGN_IN, None, headers={"content-type": "application/json"}, **raw)
        assert halved.status_code == 400
        assert said(await sign_in(ada, "012345")) == (200, None)


@pytest.mark.rule("email-otp §5.1", "email-otp §5.3", "email-otp §1 expiresIn")
async def test_codes_end(database_url: str) -> None:
    """While the row is there it is called expired, afterwards it is as good as unknown."""
    async with coded_world(database_url, expires_in=60) as post:
        code = await post.ask()
        post.w.clock.move(seconds=61)
        ada = post.w.person("ada")
        assert [said(await sign_in(ada, code)) for _ in range(2)] == [EXPIRED, INVALID]
        assert await post.identifiers() == []
        code = await post.ask("email-verification", await _known(post))
        post.w.clock.move(seconds=58)
        assert said(await ada.post(VERIFY, {"email": ADA, "otp": code})) == (200, None)


async def _known(post: Any) -> str:
    await post.signed_in()
    return ADA


@pytest.mark.case("SC-OTP-05")
@pytest.mark.rule("email-otp §5.4", "email-otp §2 check")
async def test_a_check_uses_nothing_up(two_databases_url: str) -> None:
    """A right code may be checked as often as one likes; only who has it learns that there is nobody."""
    async with coded_world(two_databases_url) as post:
        visitor = post.w.person()
        body = {"email": ADA, "type": "sign-in"}
        assert said(await visitor.post(CHECK, {**body, "otp": "123456"})) == INVALID
        assert said(await visitor.post(CHECK, {**body, "email": "nobody", "otp": "1"})) == (400, "INVALID_EMAIL")
        code = await post.ask()
        assert said(await visitor.post(CHECK, {**body, "otp": wrong(code)})) == INVALID
        strangers = [said(await visitor.post(CHECK, {**body, "otp": code})) for _ in range(4)]
        assert strangers == [(400, "USER_NOT_FOUND")] * 4
        assert [row["value"] for row in await post.w.rows("verification")] == [f"{code}:1"]
        await sign_in(post.w.person("ada"), code)
        code = await post.ask()
        answers = [await visitor.post(CHECK, {**body, "otp": code}) for _ in range(4)]
        assert [answer.json() for answer in answers] == [{"success": True}] * 4


@pytest.mark.rule("email-otp §5.10", "email-otp §2 verify-email")
async def test_a_code_verifies_an_address(database_url: str) -> None:
    """Callbacks run around it; password and sessions stay. Without a session there is no token."""
    told: list[tuple[str, bool]] = []

    async def before(user: UserFields) -> None:
        told.append(("before", user.email_verified))

    async def after(user: UserFields) -> None:
        told.append(("after", user.email_verified))

    callbacks = {"before_email_verification": before, "after_email_verification": after}
    async with coded_world(database_url, of_world={"verification": callbacks}) as post:
        ada = await post.w.sign_up("ada")
        visitor = post.w.person()
        assert said(await visitor.post(VERIFY, {"email": "nobody", "otp": "1"})) == (400, "INVALID_EMAIL")
        answer = await visitor.post(VERIFY, {"email": ADA.upper(), "otp": await post.ask("email-verification")})

        assert answer.json()["token"] is None
        assert answer.json()["user"]["emailVerified"] is True
        assert cookies_set(answer) == {}
        assert told == [("before", False), ("after", True)]
        assert ((await ada.session()) or {})["user"]["emailVerified"] is True
        again = await ada.post(VERIFY, {"email": ADA, "otp": await post.ask("email-verification")})
        assert "better-auth.session_token" in cookies_set(again)
        assert said(await ada.sign_in()) == (200, None)


@pytest.mark.rule("email-otp §5.10", "email-otp §2 verify-email")
async def test_verification_may_begin_a_session(sqlite_url: str) -> None:
    """Where it does by link, too; also for who is signed in already."""
    auto = {"verification": {"auto_sign_in_after_verification": True}}
    async with coded_world(sqlite_url, of_world=auto) as post:
        ada = await post.w.sign_up("ada")
        answer = await ada.post(VERIFY, {"email": ADA, "otp": await post.ask("email-verification")})
        assert answer.json()["token"] not in (None, ada.token)
        assert len(await post.w.rows("session")) == 2


@pytest.mark.case("SC-OTP-05")
@pytest.mark.rule("email-otp §2 verify-email")
async def test_a_code_of_nobody_verifies_nobody(sqlite_url: str) -> None:
    """The server made one for an unknown address; who has it may know."""
    async with coded_world(sqlite_url) as post:
        code = await post.w.auth.plugin(EmailOtp).api.create_verification_otp(email=ADA, type="email-verification")
        assert said(await post.w.person().post(VERIFY, {"email": ADA, "otp": code})) == (400, "USER_NOT_FOUND")


@pytest.mark.case("SC-DB-09")
async def test_newcomers_at_the_same_moment_are_one_user(database_url: str) -> None:
    """A code and a sign-up with the same address: nobody fails, and there is one user."""
    async with coded_world(database_url) as post:
        for name in ("ada", "bob", "eve"):
            code = await post.ask("sign-in", f"{name}@people.test")
            one, other = post.w.person(name), post.w.person(name)
            answers = await asyncio.gather(sign_in(one, code), other.sign_up())
            assert said(answers[0]) == (200, None)
            assert said(answers[1])[0] in (200, 422)
        assert len(await post.w.rows("user")) == 3


async def _nobody_new(_user: UserFields, source: ProvisioningSource) -> Refusal | None:
    return Refusal("FULL", "There is no room") if source.method == "email-otp" else None


@pytest.mark.rule("email-otp §2 sign-in")
async def test_the_host_may_refuse_newcomers(sqlite_url: str) -> None:
    """With its own words; the code is used up."""
    async with coded_world(sqlite_url, of_world={"user": {"validate_user_info": _nobody_new}}) as post:
        code = await post.ask()
        ada = post.w.person("ada")
        assert [said(await sign_in(ada, code)) for _ in range(2)] == [(403, "FULL"), INVALID]
        assert await post.w.rows("user") == []


@pytest.mark.case("SC-PW-32")
@pytest.mark.rule("email-otp §5.8")
async def test_a_squatters_second_factor_keeps_nobody_out(database_url: str) -> None:
    """Turned on before the address was proven: gone with the password, whatever asks for it."""
    async with coded_world(database_url, of_world={"plugins": [TwoFactor(challenge_every_sign_in=True)]}) as post:
        squatter = (await enrolled(post.w)).person
        owner = post.w.person("ada")
        answer = await sign_in(owner, await post.ask())
        assert said(answer) == (200, None)
        assert answer.json()["user"]["twoFactorEnabled"] is False
        assert ((await owner.session()) or {})["user"]["twoFactorEnabled"] is False
        assert await squatter.session() is None
        assert await post.w.rows("two_factor") == []


@pytest.mark.case("SC-TFA-02", "SC-MAGIC-08")
@pytest.mark.rule("email-otp §5.14")
async def test_the_second_factor_is_asked_for_where_the_host_wants_it(sqlite_url: str) -> None:
    """By default a code is enough."""
    for every in (False, True):
        plugin = TwoFactor(challenge_every_sign_in=every)
        async with coded_world(sqlite_url, of_world={"plugins": [plugin, Admin()]}) as post:
            name = f"bob{every}".lower()
            await post.w.prove_address((await enrolled(post.w, name)).person)
            person = post.w.person(name)
            answer = await sign_in(person, await post.ask("sign-in", person.email))
            assert answer.status_code == 200
            assert ("twoFactorRedirect" in answer.json()) is every
            assert (await person.session() is None) is every

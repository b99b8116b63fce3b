"""Another password, or another address, with a code."""

import asyncio
from typing import Any

import pytest

from fastapi_betterauth import APIError, ErrorCode, UserFields
from fastapi_betterauth.plugins.email_otp import ChangeEmailOtp
from tests.builders.answers import cookies_set, said
from tests.plugins.email_otp.codes import ADA, ASK_CHANGE, CHANGE, FORGOT, RESET, Post, coded_world, sign_in, wrong

NEW, NEW_ADDRESS = "another password", "new@people.test"
INVALID = (400, "INVALID_OTP")
ENABLED = {"change_email": ChangeEmailOtp(enabled=True)}


async def _forgot(post: Post, email: str = ADA, path: str = FORGOT) -> str:
    answer = await post.w.person().post(path, {"email": email})
    assert answer.json() == {"success": True}
    await post.w.settled()
    return post.letters.sent[-1].otp


@pytest.mark.case("SC-OTP-05")
@pytest.mark.rule("email-otp §5.11", "email-otp §2 request-password-reset", "email-otp §2 forget-password")
@pytest.mark.parametrize("path", [FORGOT, "/forget-password/email-otp"])
async def test_a_code_resets_a_password(database_url: str, path: str) -> None:
    """Under the old name, too. The address is verified then; sessions stay, open reset links do not."""
    async with coded_world(database_url) as post:
        ada = await post.w.sign_up("ada")
        await ada.post("/request-password-reset", {"email": ADA})
        link = (await post.w.settled()).last(ADA, "reset").token
        code = await _forgot(post, ADA.upper(), path)
        answer = await post.w.person().post(RESET, {"email": ADA.upper(), "otp": code, "password": NEW})

        assert answer.json() == {"success": True}
        assert cookies_set(answer) == {}
        assert (await post.w.settled()).last(ADA).kind == "password-reset"
        assert ((await ada.session()) or {})["user"]["emailVerified"] is True
        assert said(await ada.sign_in()) == (401, "INVALID_EMAIL_OR_PASSWORD")
        ada.password = NEW
        assert said(await ada.sign_in()) == (200, None)
        assert said(await ada.post("/reset-password", {"token": link, "newPassword": NEW})) == (400, "INVALID_TOKEN")


@pytest.mark.case("SC-OTP-05")
@pytest.mark.rule("email-otp §5.5")
async def test_strangers_get_no_code(two_databases_url: str) -> None:
    """The same answer, no mail, no row; addresses are not looked at closely."""
    async with coded_world(two_databases_url) as post:
        for email in ("nobody@people.test", "no address at all"):
            assert (await post.w.person().post(FORGOT, {"email": email})).json() == {"success": True}
        await post.w.settled()
        assert (post.letters.sent, await post.identifiers()) == ([], [])
        assert said(await post.w.person().post(RESET, {"email": ADA, "otp": "1", "password": NEW})) == INVALID


@pytest.mark.case("SC-OTP-08")
@pytest.mark.rule("email-otp §5.11", "email-otp §2 reset-password")
async def test_a_bad_password_does_not_cost_the_code(two_databases_url: str) -> None:
    """Its length is looked at first; what is wrong with the code is not told then."""
    async with coded_world(two_databases_url) as post:
        await post.w.sign_up("ada")
        code = await _forgot(post)
        for otp in (code, wrong(code)):
            for password, told in (("short", "PASSWORD_TOO_SHORT"), ("x" * 129, "PASSWORD_TOO_LONG")):
                answer = await post.w.person().post(RESET, {"email": ADA, "otp": otp, "password": password})
                assert said(answer) == (400, told)
        assert said(await post.w.person().post(RESET, {"email": ADA, "otp": code, "password": NEW})) == (200, None)


@pytest.mark.case("SC-OTP-09")
@pytest.mark.rule("email-otp §5.11")
async def test_sessions_end_where_the_host_wants_it(two_databases_url: str) -> None:
    """``revoke_sessions_on_password_reset`` holds here as it does for links."""
    revoking = {"password": {"revoke_sessions_on_password_reset": True}}
    async with coded_world(two_databases_url, of_world=revoking) as post:
        ada = await post.w.sign_up("ada")
        body = {"email": ADA, "otp": await _forgot(post), "password": NEW}
        assert said(await post.w.person().post(RESET, body)) == (200, None)
        assert await ada.session() is None


@pytest.mark.rule("email-otp §5.11")
async def test_a_first_password_can_be_set(sqlite_url: str) -> None:
    """For who has none yet, and even where signing in with passwords is off."""
    async with coded_world(sqlite_url, of_world={"password": {"enabled": False}}) as post:
        await post.signed_in()
        body = {"email": ADA, "otp": await _forgot(post), "password": NEW}
        assert said(await post.w.person().post(RESET, body)) == (200, None)
        assert [row["provider_id"] for row in await post.w.rows("account")] == ["credential"]


async def _ask_change(post: Post, person: Any, email: str = NEW_ADDRESS, **more: str) -> str:
    answer = await person.post(ASK_CHANGE, {"newEmail": email, **more})
    assert answer.json() == {"success": True}, answer.text
    await post.w.settled()
    return post.letters.sent[-1].otp


@pytest.mark.rule("email-otp §5.13", "email-otp §2 change-email", "email-otp §3", "email-otp §1 changeEmail.enabled")
async def test_a_code_changes_the_address(database_url: str) -> None:
    """It goes to the new one. The session stays, so do the others; both callbacks run; old reset links are void."""
    told: list[str] = []

    async def note(user: UserFields) -> None:
        told.append(user.email)

    callbacks = {"before_email_verification": note, "after_email_verification": note}
    async with coded_world(database_url, of_world={"verification": callbacks}, **ENABLED) as post:
        ada = await post.w.sign_up("ada")
        device = await post.w.another_device(ada)
        await ada.post("/request-password-reset", {"email": ADA})
        link = (await post.w.settled()).last(ADA, "reset").token
        code = await _ask_change(post, ada, NEW_ADDRESS.upper())
        assert post.letters.to(NEW_ADDRESS) == [("change-email", code)]
        assert f"change-email-otp-{ADA}-{NEW_ADDRESS}" in await post.identifiers()
        answer = await ada.post(CHANGE, {"newEmail": NEW_ADDRESS, "otp": code})

        assert answer.json() == {"success": True}
        assert "better-auth.session_token" in cookies_set(answer)
        for person in (ada, device):
            user = ((await person.session()) or {})["user"]
            assert (user["email"], user["emailVerified"]) == (NEW_ADDRESS, True)
        assert told == [ADA, NEW_ADDRESS]
        assert said(await ada.post("/reset-password", {"token": link, "newPassword": NEW})) == (400, "INVALID_TOKEN")


@pytest.mark.rule("email-otp §2 request-email-change", "email-otp §2 change-email")
async def test_a_change_must_be_one(sqlite_url: str) -> None:
    """Signed in, switched on, an address, another one."""
    async with coded_world(sqlite_url) as off, coded_world(sqlite_url, **ENABLED) as on:
        bodies = {ASK_CHANGE: {"newEmail": NEW_ADDRESS}, CHANGE: {"newEmail": NEW_ADDRESS, "otp": "1"}}
        ada = await off.w.sign_up("ada")
        eve = on.w.person("ada")
        await eve.sign_in()
        for path, body in bodies.items():
            assert said(await on.w.person().post(path, body)) == (401, "UNAUTHORIZED")
            off_answer = await ada.post(path, body)
            assert (said(off_answer), off_answer.json()["message"]) == (
                (400, None),
                "Change email with OTP is disabled",
            )
            assert said(await eve.post(path, {**body, "newEmail": "nobody"})) == (400, "INVALID_EMAIL")
            same = await eve.post(path, {**body, "newEmail": ADA.upper()})
            assert (said(same), same.json()["message"]) == ((400, None), "Email is the same")
        assert said(await eve.post(CHANGE, bodies[CHANGE])) == INVALID


@pytest.mark.rule("email-otp §5.12")
async def test_a_taken_address_gets_no_code(two_databases_url: str) -> None:
    """The same answer, no mail, no row."""
    async with coded_world(two_databases_url, **ENABLED) as post:
        ada, bob = await post.w.sign_up("ada"), await post.w.sign_up("bob")
        assert (await ada.post(ASK_CHANGE, {"newEmail": bob.email})).json() == {"success": True}
        await post.w.settled()
        assert (post.letters.sent, await post.identifiers()) == ([], [])


@pytest.mark.rule("email-otp §5.13")
async def test_an_address_may_be_taken_meanwhile(database_url: str) -> None:
    """Before the code is used, and at the very moment: who proved it is told, and nobody loses anything."""
    async with coded_world(database_url, **ENABLED) as post:
        ada, bob = await post.w.sign_up("ada"), await post.w.sign_up("bob")
        code = await _ask_change(post, ada)
        await post.w.sign_up("new")
        late = await ada.post(CHANGE, {"newEmail": NEW_ADDRESS, "otp": code})
        assert (said(late), late.json()["message"]) == ((400, None), "Email already in use")

        codes = [await _ask_change(post, person, "both@people.test") for person in (ada, bob)]
        answers = await asyncio.gather(
            *(
                person.post(CHANGE, {"newEmail": "both@people.test", "otp": otp})
                for person, otp in zip((ada, bob), codes, strict=True)
            )
        )
        assert sorted(said(answer) for answer in answers) == [(200, None), (400, None)]


@pytest.mark.case("SC-OTP-04")
@pytest.mark.rule("email-otp §5.13")
async def test_a_code_is_bound_to_both_addresses(two_databases_url: str) -> None:
    """Neither for another new address, nor for another user."""
    async with coded_world(two_databases_url, **ENABLED) as post:
        ada, bob = await post.w.sign_up("ada"), await post.w.sign_up("bob")
        code = await _ask_change(post, ada)
        assert said(await bob.post(CHANGE, {"newEmail": NEW_ADDRESS, "otp": code})) == INVALID
        assert said(await ada.post(CHANGE, {"newEmail": "other@people.test", "otp": code})) == INVALID
        assert said(await ada.post(CHANGE, {"newEmail": NEW_ADDRESS, "otp": code})) == (200, None)


@pytest.mark.case("SC-OTP-04")
@pytest.mark.rule("email-otp §3")
async def test_hyphens_do_not_mix_addresses_up(two_databases_url: str) -> None:
    """Two pairs of addresses that read alike with a hyphen between them have codes of their own."""
    async with coded_world(two_databases_url, **ENABLED) as post:
        mine, also_mine = post.w.person(), post.w.person()
        mine.email, also_mine.email = "a@x.test", "a@x.test-b.test"
        for person in (mine, also_mine):
            await sign_in(person, await post.ask("sign-in", person.email))
        code = await _ask_change(post, also_mine, "d@y.test")
        assert post.letters.sent[-1].email == "d@y.test"
        assert said(await mine.post(CHANGE, {"newEmail": "b.test-d@y.test", "otp": code})) == INVALID
        assert said(await also_mine.post(CHANGE, {"newEmail": "d@y.test", "otp": code})) == (200, None)


@pytest.mark.rule("email-otp §5.12", "email-otp §1 changeEmail.verifyCurrentEmail")
async def test_the_current_address_may_have_to_agree(two_databases_url: str) -> None:
    """With a code of its own, used up by that; a mere session then moves nobody."""
    strict = {"change_email": ChangeEmailOtp(enabled=True, verify_current_email=True)}
    async with coded_world(two_databases_url, **strict) as post:
        ada = await post.w.sign_up("ada")
        bare = await ada.post(ASK_CHANGE, {"newEmail": NEW_ADDRESS})
        assert (said(bare), bare.json()["message"]) == ((400, None), "OTP is required to verify current email")
        current = await post.ask("email-verification")
        assert said(await ada.post(ASK_CHANGE, {"newEmail": NEW_ADDRESS, "otp": wrong(current)})) == INVALID
        code = await _ask_change(post, ada, otp=current)
        assert said(await ada.post(ASK_CHANGE, {"newEmail": NEW_ADDRESS, "otp": current})) == INVALID
        assert said(await ada.post(CHANGE, {"newEmail": NEW_ADDRESS, "otp": code})) == (200, None)


@pytest.mark.rule("email-otp §5.12")
async def test_a_code_that_nobody_asked_for_is_ignored(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """The log says which option would want it."""
    async with coded_world(sqlite_url, **ENABLED) as post:
        ada = await post.w.sign_up("ada")
        await _ask_change(post, ada, otp="123456")
        assert "verify_current_email" in caplog.text


async def _no(_user: UserFields) -> None:
    raise APIError(403, ErrorCode("NO", "No"))


@pytest.mark.rule("email-otp §5.13")
async def test_the_host_may_object(sqlite_url: str) -> None:
    """Nothing changes; the code is used up."""
    refusing = {"verification": {"before_email_verification": _no}}
    async with coded_world(sqlite_url, of_world=refusing, **ENABLED) as post:
        ada = await post.w.sign_up("ada")
        body = {"newEmail": NEW_ADDRESS, "otp": await _ask_change(post, ada)}
        assert [said(await ada.post(CHANGE, body)) for _ in range(2)] == [(403, "NO"), INVALID]
        assert [row["email"] for row in await post.w.rows("user")] == [ADA]

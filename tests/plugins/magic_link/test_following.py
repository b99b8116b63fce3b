"""Following a link."""

import asyncio
from typing import Any

import pytest

from fastapi_betterauth import ABORT, APIError, Caller, DatabaseHooks, ErrorCode, TableHooks, UserFields
from fastapi_betterauth.plugins.admin import Admin
from fastapi_betterauth.plugins.two_factor import TwoFactor
from tests.builders.answers import cookies_set, said
from tests.plugins.magic_link.links import VERIFY, follow, linked_world, query_of, use, where
from tests.plugins.two_factor.people import enrolled


@pytest.mark.case("SC-MAGIC-03")
@pytest.mark.rule("magic-link §4.8", "magic-link §2 verify", "magic-link §4.14")
async def test_a_link_signs_up(database_url: str) -> None:
    """On whatever device: the address is verified, the name that of the request; the token is used up."""
    async with linked_world(database_url) as post:
        mail = await post.ask("New@people.test", name="Newcomer")
        person = post.w.person()
        answer = await use(person, mail.token)

        body = answer.json()
        assert (body["user"]["email"], body["user"]["name"]) == ("new@people.test", "Newcomer")
        assert body["user"]["emailVerified"] is True
        assert body["session"]["userId"] == body["user"]["id"]
        assert body["token"] == body["session"]["token"] == ((await person.session()) or {})["session"]["token"]
        assert (await post.w.rows("verification"), await post.w.rows("account")) == ([], [])
        nameless = await use(post.w.person(), (await post.ask("nameless@people.test")).token)
        assert nameless.json()["user"]["name"] == ""


@pytest.mark.rule("magic-link §4.10", "magic-link §4.9", "magic-link §4.8")
async def test_a_verified_user_keeps_everything(sqlite_url: str) -> None:
    """Nothing but a new session; the one this browser had stays, and so does what was chosen about being remembered."""
    async with linked_world(sqlite_url) as post:
        ada = await post.w.sign_up("ada")
        await post.w.prove_address(ada)
        await ada.sign_in(rememberMe=False)
        before, sessions = await post.w.rows("account"), len(await post.w.rows("session"))
        answer = await use(ada, (await post.ask("ADA@people.test", name="Other")).token)

        assert answer.json()["user"]["name"] == "Ada"
        assert await post.w.rows("account") == before
        assert len(await post.w.rows("session")) == sessions + 1
        assert "Max-Age" not in cookies_set(answer)["better-auth.session_token"]


@pytest.mark.case("SC-MAGIC-07", "SC-PW-31")
@pytest.mark.rule("magic-link §4.9")
async def test_who_proves_the_address_takes_it_over(database_url: str) -> None:
    """Password and sessions of whoever registered it unproven are gone."""
    async with linked_world(database_url) as post:
        squatter = await post.w.sign_up("ada")
        owner = post.w.person("ada")
        answer = await follow(await post.ask(squatter.email), owner)

        assert where(answer) == "/"
        assert await squatter.session() is None
        assert said(await squatter.sign_in_waits()) == (401, "INVALID_EMAIL_OR_PASSWORD")
        assert ((await owner.session()) or {})["user"]["emailVerified"] is True
        assert await post.w.rows("account") == []


@pytest.mark.case("SC-MAGIC-01")
@pytest.mark.rule("magic-link §4.6")
async def test_a_link_works_once(database_url: str) -> None:
    """Fifty at the same time, and one after them: one session, everybody else is told that the token is no good."""
    async with linked_world(database_url) as post:
        await use(post.w.person(), (await post.ask()).token)
        token = (await post.ask()).token
        people = [post.w.person() for _ in range(50)]
        answers = await asyncio.gather(*(use(person, token) for person in people))
        answers.append(await use(post.w.person(), token))

        assert [answer.status_code for answer in answers].count(200) == 1
        refused = [where(answer) for answer in answers if answer.status_code != 200]
        assert refused == ["/?error=INVALID_TOKEN"] * 50
        assert len(await post.w.rows("session")) == 2


@pytest.mark.case("SC-MAGIC-01", "SC-DB-09")
async def test_two_links_of_one_newcomer_make_one_user(database_url: str) -> None:
    """Followed at the same moment, both sign in to the same user."""
    async with linked_world(database_url) as post:
        tokens = [(await post.ask()).token for _ in range(4)]
        answers = await asyncio.gather(*(use(post.w.person(), token) for token in tokens))

        assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
        assert len({answer.json()["user"]["id"] for answer in answers}) == 1
        assert len(await post.w.rows("user")) == 1


@pytest.mark.case("SC-MAGIC-07")
@pytest.mark.rule("database §6 revoke unproven access")
async def test_several_links_take_an_account_over_together(database_url: str) -> None:
    """Followed at the same moment, none of them ends the session of another one."""
    async with linked_world(database_url) as post:
        squatter = await post.w.sign_up("ada")
        tokens = [(await post.ask()).token for _ in range(5)]
        people = [post.w.person() for _ in tokens]
        answers = await asyncio.gather(*(use(p, token) for p, token in zip(people, tokens, strict=True)))

        assert {answer.status_code for answer in answers} == {200}, [answer.text for answer in answers]
        assert {answer.json()["user"]["emailVerified"] for answer in answers} == {True}
        assert [await person.session() is None for person in people] == [False] * 5
        assert await squatter.session() is None


@pytest.mark.case("SC-MAGIC-04", "SC-MAGIC-02")
@pytest.mark.rule("magic-link §1 expiresIn", "magic-link §4.6")
async def test_links_end(database_url: str) -> None:
    """A moment before its time a link works, a moment after it does not, and the row is gone; HEAD does nothing."""
    async with linked_world(database_url, expires_in=60) as post:
        early, late = await post.ask(), await post.ask()
        assert (await post.w.person().http.head(early.url)).status_code == 404
        post.w.clock.move(seconds=58)
        assert (await use(post.w.person(), early.token)).status_code == 200
        post.w.clock.move(seconds=3)
        assert where(await use(post.w.person(), late.token)) == "/?error=INVALID_TOKEN"
        assert await post.w.rows("verification") == []


@pytest.mark.rule("magic-link §4.4", "magic-link §4.5", "magic-link §4.11", "magic-link §4.3", "magic-link §2 verify")
async def test_links_lead_to_the_pages(sqlite_url: str) -> None:
    """The first time to the page for newcomers, then to the usual one, and to the error page when it is used up."""
    pages = {
        "callbackURL": "/in?tab=1",
        "newUserCallbackURL": "http://app.test/hello",
        "errorCallbackURL": "/sorry?error=other&lang=en",
    }
    async with linked_world(sqlite_url) as post:
        first, second, plain = await post.ask(**pages), await post.ask(**pages), await post.ask(callbackURL="/in?tab=1")

        assert where(await follow(first, post.w.person())) == "/hello"
        assert where(await follow(second, post.w.person())) == "/in?tab=1"
        assert where(await follow(second, post.w.person())) == "/sorry?lang=en&error=INVALID_TOKEN"
        assert where(await follow(plain, post.w.person())) == "/in?tab=1"
        assert query_of(where(await follow(plain, post.w.person()))) == {"tab": "1", "error": "INVALID_TOKEN"}
        twice = {"token": (await post.ask()).token, "callbackURL": "%2Fencoded%2Dtwice"}
        assert where(await post.w.person().get(VERIFY, params=twice)) == "/encoded-twice"


@pytest.mark.case("SC-MAGIC-06")
@pytest.mark.rule("magic-link §4.3")
@pytest.mark.parametrize("page", ["callbackURL", "newUserCallbackURL", "errorCallbackURL"])
async def test_foreign_pages_are_refused_before_the_token_is_used(two_databases_url: str, page: str) -> None:
    """Also those that are encoded once more; the link still works afterwards."""
    async with linked_world(two_databases_url) as post:
        token = (await post.ask()).token
        for foreign in ("https://evil.test", "%2F%2Fevil.test", "/\\evil.test", "https%3A%2F%2Fevil.test"):
            answer = await post.w.person().get(VERIFY, params={"token": token, page: foreign})
            assert said(answer) == (403, "INVALID_CALLBACK_URL"), foreign
        assert (await use(post.w.person(), token)).status_code == 200


@pytest.mark.rule("magic-link §1 disableSignUp", "magic-link §4.8")
async def test_sign_up_can_be_switched_off(two_databases_url: str) -> None:
    """Unknown addresses end on the error page, their token used up; known ones sign in."""
    async with linked_world(two_databases_url, disable_sign_up=True) as post:
        mail = await post.ask("nobody@people.test")
        assert where(await follow(mail, post.w.person())) == "/?error=new_user_signup_disabled"
        assert where(await follow(mail, post.w.person())) == "/?error=INVALID_TOKEN"
        await post.w.sign_up("ada")
        assert where(await follow(await post.ask(), post.w.person())) == "/"


async def _nobody(_user: UserFields, _caller: Caller | None) -> Any:
    return ABORT


async def _refuse(_user: UserFields, _caller: Caller | None) -> None:
    raise APIError(403, ErrorCode("FULL", "There is no room"))


@pytest.mark.rule("magic-link §2 verify")
@pytest.mark.parametrize(
    ("hook", "told"),
    [
        (_nobody, {"error": "failed_to_create_user"}),
        (_refuse, {"error": "FULL", "error_description": "There is no room"}),
    ],
)
async def test_what_a_hook_refuses_ends_on_the_error_page(sqlite_url: str, hook: Any, told: dict[str, str]) -> None:
    """With its code and what it says; the token is used up."""
    hooks = DatabaseHooks(user=TableHooks(before_create=hook))
    async with linked_world(sqlite_url, of_world={"database_hooks": hooks}) as post:
        mail = await post.ask(errorCallbackURL="/sorry")
        assert query_of(where(await follow(mail, post.w.person()))) == told
        assert where(await follow(mail, post.w.person())) == "/sorry?error=INVALID_TOKEN"


@pytest.mark.rule("magic-link §2 verify")
async def test_a_refused_session_ends_on_the_error_page(sqlite_url: str) -> None:
    """A database hook that allows no session."""
    hooks = DatabaseHooks(session=TableHooks(before_create=_nobody))
    async with linked_world(sqlite_url, of_world={"database_hooks": hooks}) as post:
        mail = await post.ask()
        assert where(await follow(mail, post.w.person())) == "/?error=failed_to_create_session"
        assert where(await follow(mail, post.w.person())) == "/?error=INVALID_TOKEN"


@pytest.mark.case("SC-MAGIC-08")
async def test_banned_users_stay_out(two_databases_url: str) -> None:
    """The link is used up for nothing."""
    async with linked_world(two_databases_url, of_world={"plugins": [Admin()]}) as post:
        ada = await post.w.sign_up("ada")
        users = post.w.auth.tables.user
        async with post.w.auth.database.engine.begin() as connection:
            await connection.execute(users.table.update().values(role="admin"))
        await use(post.w.person(), (await post.ask("bob@people.test")).token)
        bob = next(row["id"] for row in await post.w.rows("user") if row["email"] == "bob@people.test")
        assert said(await ada.post("/admin/ban-user", {"userId": bob})) == (200, None)
        person = post.w.person()
        answer = await follow(await post.ask("bob@people.test"), person)

        assert said(answer) == (403, "BANNED_USER")
        assert await person.session() is None


@pytest.mark.case("SC-MAGIC-08", "SC-TFA-02")
@pytest.mark.rule("magic-link §4.12")
async def test_the_second_factor_is_asked_for_where_the_host_wants_it(sqlite_url: str) -> None:
    """By default a link is enough; else the page is told what the sign-in waits for, and there is no session."""
    for every, page in ((False, "/in"), (True, "/in?twoFactorRedirect=true&twoFactorMethods=totp")):
        plugin = TwoFactor(challenge_every_sign_in=every)
        async with linked_world(sqlite_url, of_world={"plugins": [plugin]}) as post:
            name = f"bob{every}".lower()
            await post.w.prove_address((await enrolled(post.w, name)).person)
            person = post.w.person()
            answer = await follow(await post.ask(f"{name}@people.test", callbackURL="/in"), person)
            assert where(answer) == page
            assert (await person.session() is None) is every


@pytest.mark.case("SC-RESET-04")
async def test_keys_to_something_else_stay_usable(two_databases_url: str) -> None:
    """A reset token is no link, and sending it as one does not use it up; nor is a link a reset token."""
    async with linked_world(two_databases_url) as post:
        ada = await post.w.sign_up("ada")
        await ada.post("/request-password-reset", {"email": ada.email})
        reset = (await post.w.settled()).last(ada.email, "reset").token
        link = (await post.ask()).token

        assert where(await use(post.w.person(), f"reset-password:{reset}")) == "/?error=INVALID_TOKEN"
        assert said(await ada.post("/reset-password", {"token": link, "newPassword": "another password"}))[0] == 400
        used = await ada.post("/reset-password", {"token": reset, "newPassword": "another password"})
        assert said(used) == (200, None)
        assert (await use(post.w.person(), link)).status_code == 200

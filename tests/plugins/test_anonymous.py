"""Users without credentials: the anonymous plugin."""

import re
from typing import Any

import pytest

from fastapi_betterauth import ABORT, DatabaseHooks, TableHooks
from fastapi_betterauth.plugins.anonymous import Anonymous, LinkedAccount
from fastapi_betterauth.plugins.email_otp import EmailOtp, EmailOtpMail
from fastapi_betterauth.plugins.magic_link import MagicLink, MagicLinkMail
from fastapi_betterauth.plugins.two_factor import TwoFactor
from tests.builders.answers import ALL_EXPIRED, cookies_set, said
from tests.builders.world import Person, World, world
from tests.plugins.two_factor.people import enrolled, verify

ENTER, LEAVE = "/sign-in/anonymous", "/delete-anonymous-user"


class Moved:
    """Notes who was linked, as the host would to move data."""

    def __init__(self) -> None:
        self.linked: list[LinkedAccount] = []

    async def __call__(self, linked: LinkedAccount) -> None:
        self.linked.append(linked)

    @property
    def names(self) -> list[tuple[str, str]]:
        """Who became whom."""
        return [(one.anonymous_user.user.name, one.new_user.user.name) for one in self.linked]


async def _stranger(w: World) -> Person:
    person = w.person("ada")
    answer = await person.post(ENTER)
    assert answer.status_code == 200, answer.text
    person.user, person.token = answer.json()["user"], answer.json()["token"]
    return person


async def _emails(w: World) -> list[str]:
    return sorted(row["email"] for row in await w.rows("user"))


@pytest.mark.rule("anonymous §3 sign-in", "anonymous §2", "anonymous §5.2", "anonymous §5.3")
async def test_anybody_may_enter(database_url: str) -> None:
    """A user without a password, whose address receives nothing, and a session."""
    async with world(database_url, plugins=[Anonymous()]) as w:
        stranger = await _stranger(w)

        assert re.fullmatch(r"[a-z0-9]{32}@anonymous\.placeholder\.invalid", stranger.user["email"])
        assert (stranger.user["name"], stranger.user["emailVerified"]) == ("Anonymous", False)
        assert stranger.user["isAnonymous"] is True
        assert ((await stranger.session()) or {})["user"]["id"] == stranger.user["id"]
        assert await w.rows("account") == []
        assert (await w.sign_up("bob")).user["isAnonymous"] is False


@pytest.mark.rule("anonymous §5.1", "anonymous §3 sign-in")
async def test_nobody_is_anonymous_twice(two_databases_url: str) -> None:
    """Who is anonymous stays who they are; who is not gets a new user, and their own session stays."""
    async with world(two_databases_url, plugins=[Anonymous()]) as w:
        stranger = await _stranger(w)
        again = await stranger.post(ENTER)
        assert said(again) == (400, "ANONYMOUS_USERS_CANNOT_SIGN_IN_AGAIN_ANONYMOUSLY")
        ada = await w.sign_up("ada")
        assert said(await ada.post(ENTER)) == (200, None)
        assert ((await ada.session()) or {})["user"]["isAnonymous"] is True
        assert len(await w.rows("user")) == 3
        assert len(await w.rows("session")) == 3


@pytest.mark.rule("anonymous §1 emailDomainName", "anonymous §1 generateRandomEmail", "anonymous §1 generateName")
async def test_names_and_addresses_are_the_hosts(sqlite_url: str) -> None:
    """Plain and async functions; nothing means the default; a bad address is refused."""
    made: list[str | None] = ["Guest-1@Guests.test", None, "", "no address"]

    async def email() -> str | None:
        return made.pop(0)

    options: Any = {"generate_random_email": email, "email_domain_name": "guests.test"}
    async with world(sqlite_url, plugins=[Anonymous(**options, generate_name=lambda: "Guest")]) as w:
        users = [(await _stranger(w)).user for _ in range(3)]
        assert users[0]["email"] == "guest-1@guests.test"
        assert all(re.fullmatch(r"temp-[a-z0-9]{32}@guests\.test", user["email"]) for user in users[1:])
        assert {user["name"] for user in users} == {"Guest"}
        assert said(await w.person().post(ENTER)) == (400, "INVALID_EMAIL_FORMAT")
    async with world(sqlite_url, plugins=[Anonymous(generate_name=lambda: None)]) as w:
        assert (await _stranger(w)).user["name"] == "Anonymous"


async def _no(*_row_and_caller: object) -> Any:
    return ABORT


@pytest.mark.rule("anonymous §3 sign-in")
@pytest.mark.parametrize(
    ("table", "answer"), [("user", (500, "FAILED_TO_CREATE_USER")), ("session", (400, "COULD_NOT_CREATE_SESSION"))]
)
async def test_hooks_may_refuse(sqlite_url: str, table: str, answer: tuple[int, str]) -> None:
    """A database hook that allows no user, or no session; nothing is left behind."""
    hooks: Any = DatabaseHooks(**{table: TableHooks(before_create=_no)})
    async with world(sqlite_url, plugins=[Anonymous()], database_hooks=hooks) as w:
        assert said(await w.person().post(ENTER)) == answer
        assert await w.rows("user") == []


@pytest.mark.rule("anonymous §4.1", "anonymous §4.2", "anonymous §4.5", "anonymous §1 onLinkAccount")
async def test_who_signs_up_takes_over(database_url: str) -> None:
    """The host moves data, then the anonymous user is gone with all sessions; the real one is signed in."""
    moved = Moved()
    async with world(database_url, plugins=[Anonymous(on_link_account=moved)]) as w:
        stranger = await _stranger(w)
        was = stranger.user["id"]
        assert said(await stranger.sign_up()) == (200, None)

        assert moved.names == [("Anonymous", "Ada")]
        assert moved.linked[0].anonymous_user.user.id == was
        assert await _emails(w) == ["ada@people.test"]
        assert len(await w.rows("session")) == 1
        assert ((await stranger.session()) or {})["user"]["name"] == "Ada"


@pytest.mark.rule("anonymous §4.1", "anonymous §4.5")
async def test_who_signs_in_takes_over(two_databases_url: str) -> None:
    """Somebody who was known before; a refused sign-in, and other endpoints, change nothing."""
    moved = Moved()
    async with world(two_databases_url, plugins=[Anonymous(on_link_account=moved)]) as w:
        await w.sign_up("ada")
        stranger = await _stranger(w)
        stranger.password = "wrong"
        assert (await stranger.sign_in_waits()).status_code == 401
        assert said(await stranger.post("/update-user", {"name": "Nobody"})) == (200, None)
        assert moved.linked == []
        stranger.password = w.person().password
        await stranger.sign_in()
        assert moved.names == [("Nobody", "Ada")]
        assert await _emails(w) == ["ada@people.test"]


@pytest.mark.rule("anonymous §4.1", "anonymous §4.8", "magic-link §7", "email-otp §9")
async def test_other_ways_in_count_too(two_databases_url: str) -> None:
    """Mailed links, though they answer with a redirect, and mailed codes."""
    moved, links, codes = Moved(), list[MagicLinkMail](), list[EmailOtpMail]()

    async def link(mail: MagicLinkMail) -> None:
        links.append(mail)

    async def code(mail: EmailOtpMail) -> None:
        codes.append(mail)

    plugins = [Anonymous(on_link_account=moved), MagicLink(send_magic_link=link), EmailOtp(send_verification_otp=code)]
    async with world(two_databases_url, plugins=plugins) as w:
        one, other = await _stranger(w), await _stranger(w)
        await one.post("/sign-in/magic-link", {"email": "one@people.test", "name": "One"})
        assert (await one.http.get(links[0].url)).status_code == 302
        await other.post("/email-otp/send-verification-otp", {"email": "other@people.test", "type": "sign-in"})
        await w.settled()
        body = {"email": "other@people.test", "otp": codes[0].otp, "name": "Other"}
        assert said(await other.post("/sign-in/email-otp", body)) == (200, None)
        assert moved.names == [("Anonymous", "One"), ("Anonymous", "Other")]
        assert await _emails(w) == ["one@people.test", "other@people.test"]


@pytest.mark.rule("anonymous §4.7", "anonymous §4.8")
@pytest.mark.parametrize("first", [True, False])
async def test_the_second_factor_comes_before_the_take_over(two_databases_url: str, *, first: bool) -> None:
    """Whichever plugin is listed first: a sign-in that waits links nobody, its completion does."""
    moved = Moved()
    plugins = [Anonymous(on_link_account=moved), TwoFactor()]
    async with world(two_databases_url, plugins=plugins if first else plugins[::-1]) as w:
        phone = await enrolled(w)
        stranger = await _stranger(w)
        waits = await stranger.sign_in_waits()
        assert waits.json()["twoFactorRedirect"] is True
        assert moved.linked == []
        # The browser was told to forget the anonymous session while the sign-in waits.
        assert said(await verify(stranger, "totp", phone.code()))[0] == 200


@pytest.mark.case("SC-PLUG-04")
@pytest.mark.rule("anonymous §4.2", "anonymous §4.3")
async def test_only_the_browsers_own_stranger_is_linked(two_databases_url: str) -> None:
    """Not by an id of the client's, not by a forged cookie, not a real user's session."""
    moved = Moved()
    async with world(two_databases_url, plugins=[Anonymous(on_link_account=moved)]) as w:
        stranger = await _stranger(w)
        ada = w.person("ada")
        await ada.sign_up(anonymousUserId=stranger.user["id"], additionalData={"anonymousUserId": stranger.user["id"]})
        forger = w.person("bob")
        forger.http.cookies.set("better-auth.session_token", f"{stranger.token}.forged", domain="app.test")
        await forger.sign_up()
        eve = w.person("eve")
        await ada.post("/sign-up/email", {"name": "Eve", "email": eve.email, "password": eve.password})
        assert moved.linked == []
        assert stranger.user["email"] in await _emails(w)
        assert len(await _emails(w)) == 4


@pytest.mark.rule("anonymous §1 disableDeleteAnonymousUser", "anonymous §4.5", "anonymous §3 delete")
async def test_strangers_may_be_kept(two_databases_url: str) -> None:
    """Linked, but neither deleted then, nor by themselves."""
    moved = Moved()
    keeping = Anonymous(on_link_account=moved, disable_delete_anonymous_user=True)
    async with world(two_databases_url, plugins=[keeping]) as w:
        stranger = await _stranger(w)
        assert said(await stranger.post(LEAVE)) == (400, "DELETE_ANONYMOUS_USER_DISABLED")
        await stranger.sign_up()
        assert said(await stranger.post(LEAVE)) == (400, "DELETE_ANONYMOUS_USER_DISABLED")
        assert len(moved.linked) == 1
        assert len(await _emails(w)) == 2


@pytest.mark.rule("anonymous §1 onLinkAccount")
async def test_a_failing_move_deletes_nobody(two_databases_url: str) -> None:
    """The request fails after the sign-in has happened; the anonymous user is still there."""

    async def broken(_linked: LinkedAccount) -> None:
        raise RuntimeError("the cart could not be moved")

    async with world(two_databases_url, plugins=[Anonymous(on_link_account=broken)]) as w:
        stranger = await _stranger(w)
        assert (await stranger.sign_up()).status_code == 500
        assert await _emails(w) == sorted(["ada@people.test", stranger.user["email"]])
        assert said(await w.person("ada").sign_in()) == (200, None)


@pytest.mark.rule("anonymous §3 delete", "anonymous §5.5")
async def test_strangers_may_leave(database_url: str) -> None:
    """With everything; real users and nobody at all cannot use this."""
    async with world(database_url, plugins=[Anonymous()]) as w:
        ada, stranger = await w.sign_up("ada"), await _stranger(w)
        assert said(await w.person().post(LEAVE)) == (401, "UNAUTHORIZED")
        assert said(await ada.post(LEAVE)) == (403, "USER_IS_NOT_ANONYMOUS")
        answer = await stranger.post(LEAVE)
        assert answer.json() == {"success": True}
        assert cookies_set(answer) == ALL_EXPIRED
        assert await _emails(w) == [ada.email]
        assert len(await w.rows("session")) == 1


@pytest.mark.rule("anonymous §3 delete")
async def test_a_hook_may_keep_a_stranger(sqlite_url: str) -> None:
    """A database hook that lets nobody be deleted: an error, and everything is as before."""
    for table, told in (
        ("user", "FAILED_TO_DELETE_ANONYMOUS_USER"),
        ("session", "FAILED_TO_DELETE_ANONYMOUS_USER_SESSIONS"),
    ):
        hooks: Any = DatabaseHooks(**{table: TableHooks(before_delete=_no)})
        async with world(sqlite_url, plugins=[Anonymous()], database_hooks=hooks) as w:
            stranger = await _stranger(w)
            assert said(await stranger.post(LEAVE)) == (500, told)
            assert await stranger.session() is not None


@pytest.mark.case("SC-PLUG-05")
@pytest.mark.rule("anonymous §5.6")
async def test_nobody_says_so_themselves(two_databases_url: str) -> None:
    """The mark is neither set nor taken off by clients."""
    async with world(two_databases_url, plugins=[Anonymous()]) as w:
        ada, stranger = w.person("ada"), await _stranger(w)
        await ada.sign_up(isAnonymous=True)
        assert said(await stranger.post("/update-user", {"isAnonymous": False, "name": "x"}))[0] in (200, 400)
        assert said(await ada.post("/update-user", {"isAnonymous": True})) == (400, "FIELD_NOT_ALLOWED")
        marks = {row["email"]: bool(row["is_anonymous"]) for row in await w.rows("user")}
        assert marks == {ada.email: False, stranger.user["email"]: True}


@pytest.mark.rule("anonymous §5.4", "anonymous §6")
async def test_foreign_sites_cannot_use_the_browser(sqlite_url: str) -> None:
    """With cookies the origin is looked at, as everywhere."""
    async with world(sqlite_url, plugins=[Anonymous()]) as w:
        stranger = await _stranger(w)
        assert said(await stranger.post(LEAVE, headers={"origin": "https://evil.test"})) == (403, "INVALID_ORIGIN")

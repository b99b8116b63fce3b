"""Following the links of a change of address (e-mail sheet §7.5, §7.6)."""

from datetime import timedelta
from typing import Any

import pytest

from fastapi_betterauth import APIError, ErrorCode, UserFields
from tests.builders.answers import REMEMBERED, SESSION, cookies_set, said
from tests.builders.world import Person, World, world

NEW = "new@people.test"
CONFIRM, VERIFY = "change-email-confirmation", "change-email-verification"


async def _sent(w: World) -> list[tuple[str, str]]:
    return [(mail.kind, mail.to) for mail in (await w.settled()).sent]


def _claims(w: World, token: str) -> dict[str, Any]:
    read = w.auth.runtime.tokens.read(token)
    return {name: read[name] for name in read if name not in ("iat", "exp")}


async def _addresses(w: World) -> list[tuple[str, bool]]:
    return sorted((row["email"], row["email_verified"]) for row in await w.rows("user"))


def _link(w: World, person: Person, *, purpose: str | None) -> str:
    """A token such as the server signs, without its mail."""
    claims = {"email": person.email, "updateTo": NEW} | ({} if purpose is None else {"requestType": purpose})
    return w.auth.runtime.tokens.issue(claims, expires_in=timedelta(minutes=5))


@pytest.mark.rule("email-password §7.5")
async def test_the_link_to_the_current_address_changes_nothing_yet(sqlite_url: str) -> None:
    """``{status: true}`` or a redirect, no cookies, no row changed; the new address gets a mail."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        token, before = _link(w, ada, purpose=CONFIRM), await w.snapshot()
        answer = await w.person().get("/verify-email", params={"token": token})
        led = await ada.get("/verify-email", params={"token": token, "callbackURL": "/settings"})

        assert (answer.status_code, answer.json(), cookies_set(answer)) == (200, {"status": True}, {})
        assert (led.status_code, led.headers["location"]) == (302, "/settings")
        assert await w.snapshot() == before
        assert await _sent(w) == [("verify", NEW)] * 2


@pytest.mark.rule("email-password §7.5", "email-password §7.6", "email-password §11 verify-email")
@pytest.mark.parametrize("signed_in", [True, False])
async def test_the_link_to_the_new_address_changes_it(database_url: str, *, signed_in: bool) -> None:
    """Address and flag change, the host learns of it, and who had no session has one: the link is a credential."""
    seen: list[tuple[str, bool]] = []

    async def after(user: UserFields) -> None:
        seen.append((user.email, user.email_verified))

    async def before(user: UserFields) -> None:
        seen.append(("before", user.email_verified))

    options = {"before_email_verification": before, "after_email_verification": after}
    async with world(database_url, verification=options) as w:
        ada = await w.sign_up("ada")
        browser = ada if signed_in else w.person()
        answer = await browser.get("/verify-email", params={"token": _link(w, ada, purpose=VERIFY)})

        body = answer.json()
        assert (answer.status_code, body["status"]) == (200, True)
        assert body["user"] == ada.user | {
            "email": NEW,
            "emailVerified": True,
            "updatedAt": body["user"]["updatedAt"],
        }
        assert (await _addresses(w), seen) == ([(NEW, True)], [(NEW, True)])
        assert cookies_set(answer) == {SESSION: REMEMBERED}
        assert len(await w.rows("session")) == (1 if signed_in else 2)
        assert (await browser.session() or {})["user"] == body["user"]
        assert await _sent(w) == []


@pytest.mark.rule("email-password §7.5")
@pytest.mark.parametrize("signed_in", [True, False])
async def test_a_link_of_the_old_kind_changes_and_asks_to_verify(database_url: str, *, signed_in: bool) -> None:
    """Without a purpose: the address changes unverified, a plain link goes to it, and there is a session."""
    seen: list[str] = []

    async def after(user: UserFields) -> None:
        seen.append(user.email)

    async with world(database_url, verification={"after_email_verification": after}) as w:
        ada = await w.sign_up("ada")
        browser = ada if signed_in else w.person()
        answer = await browser.get("/verify-email", params={"token": _link(w, ada, purpose=None)})
        mail = (await w.settled()).last(NEW, "verify")

        assert (answer.status_code, answer.json()["user"]["email"]) == (200, NEW)
        assert answer.json()["user"]["emailVerified"] is False
        assert (cookies_set(answer), len(await w.rows("session"))) == ({SESSION: REMEMBERED}, 1 if signed_in else 2)
        assert (_claims(w, mail.token), seen) == ({"email": NEW}, [])
        await w.person().http.get(mail.url)
        assert (await _addresses(w), seen) == ([(NEW, True)], [NEW])


@pytest.mark.rule("email-password §7.5", "email-password §7 verify-email")
@pytest.mark.parametrize("purpose", [CONFIRM, VERIFY, None])
async def test_nobody_follows_somebody_elses_link(sqlite_url: str, purpose: str | None) -> None:
    """With the session of another address: INVALID_USER, whatever the link is for; the session goes on."""
    async with world(sqlite_url) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        token, before = _link(w, ada, purpose=purpose), await w.snapshot()
        told = await bob.get("/verify-email", params={"token": token})
        led = await bob.get("/verify-email", params={"token": token, "callbackURL": "/settings"})

        assert (told.status_code, told.json()) == (401, {"message": "Invalid user", "code": "INVALID_USER"})
        assert led.headers["location"] == "/settings?error=INVALID_USER"
        assert (await w.snapshot(), await _sent(w)) == (before, [])
        assert (cookies_set(told), cookies_set(led)) == ({}, {})


@pytest.mark.rule("email-password §7.5")
async def test_a_link_works_once_because_the_address_is_gone(sqlite_url: str) -> None:
    """Followed again, the link names an address that nobody has any more; a fresh visitor is not signed in."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        token = _link(w, ada, purpose=VERIFY)
        await ada.get("/verify-email", params={"token": token})
        before = await w.snapshot()
        again = await w.person().get("/verify-email", params={"token": token})

        assert (said(again), cookies_set(again)) == ((401, "USER_NOT_FOUND"), {})
        assert await w.snapshot() == before


@pytest.mark.rule("email-password §7.6")
@pytest.mark.parametrize("purpose", [VERIFY, None])
@pytest.mark.parametrize("signed_in", [True, False])
async def test_an_address_taken_meanwhile_stays_where_it_is(
    database_url: str, purpose: str | None, *, signed_in: bool
) -> None:
    """Somebody has taken the new address since the mail was sent: a clean 401, nothing changes, no session."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        token = _link(w, ada, purpose=purpose)
        await w.sign_up("new")
        browser, before = ada if signed_in else w.person(), await w.snapshot()
        told = await browser.get("/verify-email", params={"token": token})
        led = await browser.get("/verify-email", params={"token": token, "callbackURL": "/settings"})

        assert (said(told), cookies_set(told)) == ((401, "INVALID_USER"), {})
        assert (led.headers["location"], cookies_set(led)) == ("/settings?error=INVALID_USER", {})
        assert (await w.snapshot(), await _sent(w)) == (before, [])


@pytest.mark.rule("email-password §1 afterEmailVerification", "email-password §7.5")
async def test_a_host_may_object_after_the_change(sqlite_url: str) -> None:
    """What the callback raises undoes the change."""
    code = ErrorCode("NOT_OURS", "Not one of our addresses")

    async def after(user: UserFields) -> None:
        raise APIError(403, code)

    async with world(sqlite_url, verification={"after_email_verification": after}) as w:
        ada = await w.sign_up("ada")
        answer = await w.person().get("/verify-email", params={"token": _link(w, ada, purpose=VERIFY)})

        assert (said(answer), cookies_set(answer)) == ((403, "NOT_OURS"), {})
        assert (await _addresses(w), len(await w.rows("session"))) == ([(ada.email, False)], 1)

"""Several accounts in one browser: the multi-session plugin."""

from datetime import datetime
from typing import Any

import httpx2
import pytest

from fastapi_betterauth import ConfigurationError
from fastapi_betterauth.crypto.secret import Secret
from fastapi_betterauth.crypto.signing import sign
from fastapi_betterauth.plugins.multi_session import MultiSession
from fastapi_betterauth.plugins.two_factor import TwoFactor
from tests.builders.answers import EXPIRED, REMEMBERED, SESSION, cookies_set, said
from tests.builders.world import PASSWORD, Person, World, world

PLUGINS: dict[str, Any] = {"plugins": [MultiSession()]}
LIST, ACTIVATE, REVOKE = (f"/multi-session/{what}" for what in ("list-device-sessions", "set-active", "revoke"))
BAD = (401, "INVALID_SESSION_TOKEN")


def _cookie_of(token: str) -> str:
    return f"{SESSION}_multi-{token.lower()}"


def _held(person: Person) -> list[str]:
    """The multi cookies a browser holds."""
    return sorted(c.name for c in person.http.cookies.jar if "_multi-" in c.name)


async def _as(browser: Person, name: str, **extra: Any) -> str:
    """Sign somebody in, in this browser. Returns: the token."""
    body = {"email": f"{name}@people.test", "password": PASSWORD, **extra}
    answer = await browser.post("/sign-in/email", body)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


async def _people(w: World, *names: str) -> None:
    for name in names:
        await w.sign_up(name)


async def _names(browser: Person) -> list[str]:
    answer = await browser.get(LIST)
    assert answer.status_code == 200, answer.text
    return [one["user"]["name"] for one in answer.json()]


async def _who(browser: Person) -> str | None:
    found = await browser.session()
    return found and found["user"]["name"]


@pytest.mark.rule("multi-session §2", "multi-session §4.1", "multi-session §3 list-device-sessions")
async def test_each_account_has_a_cookie(database_url: str) -> None:
    """Named after its token, lasting even where the session's own cookie does not; all accounts are listed."""
    async with world(database_url, **PLUGINS) as w:
        await _people(w, "ada", "bob")
        browser = w.person()
        first = await _as(browser, "ada")
        body = {"email": "bob@people.test", "password": PASSWORD, "rememberMe": False}
        second = await browser.post("/sign-in/email", body)

        assert cookies_set(second)[_cookie_of(second.json()["token"])] == REMEMBERED
        assert _held(browser) == sorted([_cookie_of(first), _cookie_of(second.json()["token"])])
        assert sorted(await _names(browser)) == ["Ada", "Bob"]
        assert await _who(browser) == "Bob"
        assert (await w.person().get(LIST)).json() == []


@pytest.mark.rule("multi-session §4.2", "multi-session §4.7")
async def test_an_account_is_there_once(database_url: str) -> None:
    """Who signs in again in the same browser leaves the earlier session; other browsers keep theirs."""
    async with world(database_url, **PLUGINS) as w:
        ada = await w.sign_up("ada")
        browser = w.person()
        first = await _as(browser, "ada")
        await _as(browser, "ada")

        assert _cookie_of(first) not in _held(browser)
        assert await _names(browser) == ["Ada"]
        assert len(await w.rows("session")) == 2
        assert await _who(ada) == "Ada"


@pytest.mark.rule("multi-session §3 set-active", "multi-session §4.5", "multi-session §4.4")
async def test_users_switch(database_url: str) -> None:
    """Nothing begins and nothing ends; the name of the cookie may be given in any case."""
    async with world(database_url, **PLUGINS) as w:
        await _people(w, "ada", "bob")
        browser = w.person()
        first, second = await _as(browser, "ada"), await _as(browser, "bob")
        before = await w.rows("session")
        answer = await browser.post(ACTIVATE, {"sessionToken": first.upper()})

        assert answer.json()["user"]["name"] == "Ada"
        assert answer.json()["session"]["token"] == first
        assert await _who(browser) == "Ada"
        assert await w.rows("session") == before
        await browser.post(ACTIVATE, {"sessionToken": second})
        assert await _who(browser) == "Bob"
        browser.http.cookies.delete(SESSION)
        assert said(await browser.post(ACTIVATE, {"sessionToken": first})) == (200, None)
        await _as(browser, "bob", rememberMe=False)
        line = next(
            line
            for line in (await browser.post(ACTIVATE, {"sessionToken": first})).headers.get_list("set-cookie")
            if line.startswith(f"{SESSION}=")
        )
        assert "Max-Age" not in line


@pytest.mark.case("SC-PLUG-06")
@pytest.mark.rule("multi-session §4.4", "multi-session §4.11", "multi-session §3 set-active", "multi-session §3 revoke")
async def test_only_cookies_that_we_wrote_count(two_databases_url: str) -> None:
    """Knowing somebody's token is nothing; a cookie of one name and another token is what it says inside."""
    async with world(two_databases_url, **PLUGINS) as w:
        eve, ada = await w.sign_up("eve"), await w.sign_up("ada")
        forged = sign(ada.token, Secret("another secret of another instance, long enough"))
        for value in (ada.token, forged, f"{ada.token}.{'A' * 43}=", ""):
            eve.http.cookies.set(_cookie_of(ada.token), value, domain="app.test")
            for path in (ACTIVATE, REVOKE):
                assert said(await eve.post(path, {"sessionToken": ada.token})) == BAD, value
        assert await _names(eve) == ["Eve"]
        own = eve.cookie(_cookie_of(eve.token)) or ""
        eve.http.cookies.set(_cookie_of(ada.token), own, domain="app.test")
        answer = await eve.post(ACTIVATE, {"sessionToken": ada.token})
        assert answer.json()["user"]["name"] == "Eve"
        eve.http.cookies.set(_cookie_of(ada.token), forged, domain="app.test")
        assert said(await eve.post("/sign-out")) == (200, None)
        assert await _who(ada) == "Ada"


@pytest.mark.rule("multi-session §3 set-active", "multi-session §4.9", "multi-session §4.10")
async def test_a_dead_session_cannot_be_taken_up(two_databases_url: str) -> None:
    """Ended elsewhere, or over: 401, and its cookie goes."""
    async with world(two_databases_url, **PLUGINS) as w:
        ada = await w.sign_up("ada")
        await _people(w, "bob")
        browser = w.person()
        first = await _as(browser, "ada")
        await _as(browser, "bob")
        await ada.post("/revoke-other-sessions")
        assert await _names(browser) == ["Bob"]
        answer = await browser.post(ACTIVATE, {"sessionToken": first})
        assert said(answer) == BAD
        assert cookies_set(answer) == {_cookie_of(first): EXPIRED}
        assert said(await browser.post(ACTIVATE, {"sessionToken": first})) == BAD
        assert said(await browser.post(ACTIVATE, {})) == (400, "VALIDATION_ERROR")


@pytest.mark.rule("multi-session §3 revoke", "multi-session §4.6")
async def test_one_account_can_be_signed_out(database_url: str) -> None:
    """One in the background just goes; after the active one the oldest of the others is active; at last nobody is."""
    async with world(database_url, **PLUGINS) as w:
        await _people(w, "ada", "bob", "eve")
        browser = w.person()
        tokens = [await _as(browser, name) for name in ("ada", "bob", "eve")]

        assert said(await w.person().post(REVOKE, {"sessionToken": tokens[0]})) == (401, "UNAUTHORIZED")
        assert said(await browser.post(REVOKE, {"sessionToken": "unknown"})) == BAD
        answer = await browser.post(REVOKE, {"sessionToken": tokens[1]})
        assert (answer.json(), cookies_set(answer)) == ({"status": True}, {_cookie_of(tokens[1]): EXPIRED})
        assert await _who(browser) == "Eve"
        await browser.post(REVOKE, {"sessionToken": tokens[2]})
        assert await _who(browser) == "Ada"
        assert await _names(browser) == ["Ada"]
        last = await browser.post(REVOKE, {"sessionToken": tokens[0]})
        assert cookies_set(last)[SESSION] == EXPIRED
        assert (_held(browser), await _who(browser)) == ([], None)
        assert len(await w.rows("session")) == 3


@pytest.mark.rule("multi-session §4.8")
async def test_signing_out_ends_all(database_url: str) -> None:
    """Every account of the browser; other browsers are not concerned."""
    async with world(database_url, **PLUGINS) as w:
        ada = await w.sign_up("ada")
        await _people(w, "bob")
        browser = w.person()
        for name in ("ada", "bob"):
            await _as(browser, name)
        answer = await browser.post("/sign-out")

        assert {name for name, attributes in cookies_set(answer).items() if attributes == EXPIRED} >= {SESSION}
        assert (_held(browser), await _names(browser)) == ([], [])
        assert len(await w.rows("session")) == 2
        assert await _who(ada) == "Ada"


@pytest.mark.rule("multi-session §4.8", "multi-session §2")
async def test_secure_cookies_keep_their_prefix(sqlite_url: str) -> None:
    """Over https the cookies are ``__Secure-``, when they are set and when they go."""
    async with world(sqlite_url, base="https://app.test", **PLUGINS) as w:
        browser = await w.sign_up("ada")
        assert _held(browser) == [f"__Secure-{_cookie_of(browser.token)}"]
        answer = await browser.post("/sign-out")
        gone: httpx2.Response = answer
        assert f"__Secure-{_cookie_of(browser.token)}" in cookies_set(gone)
        assert _held(browser) == []


@pytest.mark.case("SC-PLUG-07")
@pytest.mark.rule("multi-session §1", "multi-session §4.3")
async def test_a_browser_holds_so_many(two_databases_url: str) -> None:
    """One more signs in, too, but cannot be switched to later; nobody is thrown out for it."""
    async with world(two_databases_url, plugins=[MultiSession(maximum_sessions=2)]) as w:
        await _people(w, "ada", "bob", "eve")
        browser = w.person()
        first, second = await _as(browser, "ada"), await _as(browser, "bob")
        third = await _as(browser, "eve")

        assert _held(browser) == sorted([_cookie_of(first), _cookie_of(second)])
        assert await _who(browser) == "Eve"
        assert said(await browser.post(ACTIVATE, {"sessionToken": third})) == BAD
        again = await _as(browser, "ada")  # takes the place of her earlier session
        assert _cookie_of(again) in _held(browser)


@pytest.mark.rule("multi-session §4.10", "multi-session §7")
async def test_a_challenged_sign_in_leaves_the_others(sqlite_url: str) -> None:
    """While somebody looks for a second factor the other accounts of the browser stay."""
    async with world(sqlite_url, plugins=[MultiSession(), TwoFactor(skip_verification_on_enable=True)]) as w:
        ada = await w.sign_up("ada")
        assert said(await ada.post("/two-factor/enable", {"password": PASSWORD})) == (200, None)
        await _people(w, "bob")
        browser = w.person()
        second = await _as(browser, "bob")
        answer = await browser.post("/sign-in/email", {"email": ada.email, "password": PASSWORD})
        assert answer.json()["twoFactorRedirect"] is True
        assert await _names(browser) == ["Bob"]
        assert said(await browser.post(ACTIVATE, {"sessionToken": second})) == (200, None)


@pytest.mark.rule("multi-session §4.9")
async def test_a_renewed_session_keeps_its_cookie(sqlite_url: str) -> None:
    """It is not renewed with it, and no second one appears."""
    async with world(sqlite_url, **PLUGINS) as w:
        browser = await w.sign_up("ada")
        ends = datetime.fromisoformat(((await browser.session()) or {})["session"]["expiresAt"])
        w.clock.move(days=2)
        answer = await browser.get("/get-session")
        assert datetime.fromisoformat(answer.json()["session"]["expiresAt"]) > ends
        assert list(cookies_set(answer)) == [SESSION]
        assert _held(browser) == [_cookie_of(browser.token)]


@pytest.mark.rule("multi-session §1")
def test_at_least_one_must_fit() -> None:
    """The option is named."""
    with pytest.raises(ConfigurationError, match="maximum_sessions"):
        MultiSession(maximum_sessions=0)

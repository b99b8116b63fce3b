"""Cross-site requests, over HTTP (SC-CSRF)."""

import asyncio
import logging
from collections.abc import Mapping, Sequence

import pytest
from starlette.requests import Request

from fastapi_betterauth import AdvancedOptions
from tests.builders.world import PASSWORD, Person, World, world
from tests.security.surface import endpoints

EVIL = "https://evil.test"
SIGN_IN = {"email": "ada@people.test", "password": PASSWORD}


async def _sends(person: Person, path: str, headers: Mapping[str, str], **kwargs: object) -> tuple[int, str | None]:
    """POST with these headers and no others about where it comes from; returns status and code."""
    person.http.headers.pop("origin", None)
    answer = await person.http.post(f"/api/auth{path}", headers=headers, **kwargs)  # type: ignore[arg-type]  # json, data
    return answer.status_code, answer.json().get("code") if answer.content else None


def _trusting_by_tenant(**origins: str) -> object:
    async def trusted(request: Request | None) -> Sequence[str]:
        if request is None:
            return ()
        await asyncio.sleep(0)
        return [origins[request.headers["x-tenant"]]]

    return trusted


@pytest.mark.case("SC-CSRF-01", "SC-CSRF-02", "SC-CSRF-03")
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"origin": EVIL}, "INVALID_ORIGIN"),
        ({}, "MISSING_OR_NULL_ORIGIN"),
        ({"origin": "null"}, "MISSING_OR_NULL_ORIGIN"),
        ({"origin": "null", "referer": "http://app.test/page"}, "MISSING_OR_NULL_ORIGIN"),
        ({"origin": "null", "referer": "http://app.test/", "sec-fetch-site": "cross-site"}, "MISSING_OR_NULL_ORIGIN"),
        ({"referer": f"{EVIL}/page"}, "INVALID_ORIGIN"),
    ],
)
async def test_every_mutating_route_refuses_foreign_origins(
    two_databases_url: str, headers: dict[str, str], code: str
) -> None:
    """With a session cookie and an origin that is foreign, missing or null, no POST does anything."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")
        before = await w.snapshot()

        answers = {e.path: await _sends(ada, e.path, headers, json=e.example()) for e in endpoints(w, "POST")}

        assert {path: answer for path, answer in answers.items() if answer != (403, code)} == {}
        assert len(answers) > 15
        assert await w.snapshot() == before
        assert (await w.settled()).sent == []


@pytest.mark.case("SC-CSRF-04")
@pytest.mark.parametrize(
    "referer",
    [
        "http://app.test.evil.com/",
        "https://evil.com/?http://app.test",
        "https://evil.com/http://app.test/",
        "http://app.test@evil.com/",
        "http://app.test:81/",
        "//app.test/",
    ],
)
async def test_referer_is_compared_as_an_origin(two_databases_url: str, referer: str) -> None:
    """Without an Origin the Referer counts, as a whole origin and never as a prefix."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")

        good = await _sends(ada, "/update-user", {"referer": "http://app.test/page?x"}, json={"name": "Good"})
        bad = await _sends(ada, "/update-user", {"referer": referer}, json={"name": "Bad"})

        assert good == (200, None)
        assert bad == (403, "INVALID_ORIGIN")
        assert (await w.rows("user"))[0]["name"] == "Good"


@pytest.mark.case("SC-CSRF-05")
@pytest.mark.parametrize("content", ["json", "data"])
async def test_a_foreign_form_signs_nobody_in(two_databases_url: str, content: str) -> None:
    """A cross-site navigation without cookies neither signs in nor up, whatever origin it claims."""
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "origin": "http://app.test"}
    async with world(two_databases_url) as w:
        await w.sign_up("ada")
        before = await w.snapshot()
        victim = w.person("victim")

        signed_in = await _sends(victim, "/sign-in/email", headers, **{content: SIGN_IN})
        new = {"name": "Eve", "email": "eve@people.test", "password": PASSWORD}
        signed_up = await _sends(victim, "/sign-up/email", headers, **{content: new})

        assert signed_in == signed_up == (403, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED")
        assert await w.snapshot() == before
        assert list(victim.http.cookies.jar) == []


@pytest.mark.case("SC-CSRF-06")
@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"origin": EVIL}, (403, "INVALID_ORIGIN")),
        ({"referer": f"{EVIL}/page"}, (403, "INVALID_ORIGIN")),
        ({"origin": EVIL, "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}, (403, "INVALID_ORIGIN")),
        ({"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}, (403, "MISSING_OR_NULL_ORIGIN")),
        ({"origin": "http://app.test"}, (200, None)),
        ({}, (200, None)),
    ],
)
async def test_sign_in_without_cookies_asks_for_the_origin(
    two_databases_url: str, headers: dict[str, str], expected: tuple[int, str | None]
) -> None:
    """What looks like a browser must come from a trusted origin; what looks like curl may sign in."""
    async with world(two_databases_url) as w:
        await w.sign_up("ada")
        sessions = len(await w.rows("session"))

        answer = await _sends(w.person("visitor"), "/sign-in/email", headers, json=SIGN_IN)

        assert answer == expected
        assert len(await w.rows("session")) == sessions + (expected[0] == 200)


@pytest.mark.case("SC-CSRF-07")
@pytest.mark.parametrize("path", ["/request-password-reset", "/send-verification-email"])
async def test_foreign_sites_cannot_have_mail_sent(two_databases_url: str, path: str) -> None:
    """Without cookies a foreign origin still has no mail sent and no verification row written."""
    async with world(two_databases_url) as w:
        await w.sign_up("ada")
        before = await w.snapshot()

        answer = await _sends(w.person("visitor"), path, {"origin": EVIL}, json={"email": "ada@people.test"})

        assert answer == (403, "INVALID_ORIGIN")
        assert (await w.settled()).sent == []
        assert await w.snapshot() == before


@pytest.mark.case("SC-CSRF-08", "SC-CSRF-09")
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://sibling.app.test", "sec-fetch-site": "same-site"},
        {"origin": "http://app.test:3000", "sec-fetch-site": "same-site"},
        {"origin": EVIL, "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"},
    ],
)
async def test_fetch_metadata_excuses_no_origin(two_databases_url: str, headers: dict[str, str]) -> None:
    """Neither same-site nor same-origin metadata makes up for an origin that is not trusted."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")

        answer = await _sends(ada, "/update-user", headers, json={"name": "Mallory"})

        assert answer == (403, "INVALID_ORIGIN")
        assert (await w.rows("user"))[0]["name"] == "Ada"


@pytest.mark.case("SC-CSRF-11")
@pytest.mark.parametrize(
    ("options", "origin", "navigation", "target"),
    [
        ({}, 403, 403, 403),
        ({"disable_csrf_check": True}, 200, 200, 403),
        ({"disable_origin_check": True}, 200, 200, 200),
        ({"disable_origin_check": True, "disable_csrf_check": False}, 200, 403, 200),
        ({"disable_csrf_check": True, "disable_origin_check": True}, 200, 200, 200),
    ],
)
async def test_each_switch_opens_what_the_reference_opens(
    sqlite_url: str, options: dict[str, bool], origin: int, navigation: int, target: int
) -> None:
    """By default all is shut; the origin switch takes the CSRF switch along, unless that is set to False."""
    form = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "origin": EVIL}
    async with world(sqlite_url, advanced=AdvancedOptions(**options)) as w:  # type: ignore[arg-type]  # two booleans
        ada, away = await w.sign_up("ada"), {"callbackURL": f"{EVIL}/x"}

        foreign = await _sends(ada, "/update-user", {"origin": EVIL}, json={"name": "Ada"})
        login = await _sends(w.person(), "/sign-in/email", form, json=SIGN_IN)
        led_away = await _sends(ada, "/sign-out", {"origin": "http://app.test"}, json=away)

        assert [foreign[0], login[0], led_away[0]] == [origin, navigation, target]


@pytest.mark.case("SC-CSRF-11", "SC-CONF-01")
@pytest.mark.parametrize("option", ["disable_csrf_check", "disable_origin_check"])
async def test_each_switch_is_warned_about(sqlite_url: str, caplog: pytest.LogCaptureFixture, option: str) -> None:
    """In production a check that is off is named in the log, at start."""
    with caplog.at_level(logging.WARNING, "fastapi_betterauth"):
        async with world(sqlite_url, environment="production", advanced=AdvancedOptions(**{option: True})):  # type: ignore[arg-type]  # a boolean
            warned = [record.getMessage() for record in caplog.records if option in record.getMessage()]

    assert len(warned) == 1


@pytest.mark.case("SC-CSRF-12", "SC-CSRF-13")
@pytest.mark.parametrize("junk", [{"authorization": "Bearer x"}, {"x-api-key": "x"}, {"authorization": "Basic eA=="}])
async def test_junk_credentials_excuse_nothing(two_databases_url: str, junk: dict[str, str]) -> None:
    """A cookie brings the origin check along, whatever other credentials are claimed."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")

        answer = await _sends(ada, "/update-user", {"origin": EVIL, **junk}, json={"name": "Mallory"})

        assert answer == (403, "INVALID_ORIGIN")
        assert (await w.rows("user"))[0]["name"] == "Ada"


@pytest.mark.case("SC-CSRF-14")
async def test_forms_with_cookies_need_the_right_origin(two_databases_url: str) -> None:
    """A form is refused from elsewhere and taken from the app itself."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")

        foreign = await _sends(ada, "/sign-in/email", {"origin": EVIL}, data=SIGN_IN)
        own = await _sends(ada, "/sign-in/email", {"origin": "http://app.test"}, data=SIGN_IN)

        assert foreign == (403, "INVALID_ORIGIN")
        assert own == (200, None)


@pytest.mark.case("SC-CSRF-16")
async def test_foreign_sites_sign_nobody_out(two_databases_url: str) -> None:
    """An image cannot sign out because GET does not exist, a form cannot because of its origin."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")

        image = await ada.get("/sign-out", headers={"origin": EVIL, "sec-fetch-dest": "image"})
        form = await _sends(ada, "/sign-out", {"origin": EVIL})

        assert image.status_code == 404
        assert form == (403, "INVALID_ORIGIN")
        assert await ada.session() is not None


@pytest.mark.case("SC-CSRF-17")
async def test_the_error_page_cannot_be_framed(sqlite_url: str) -> None:
    """The built-in page forbids frames, in both ways browsers know."""
    async with world(sqlite_url) as w:
        answer = await w.person().get("/error?error=boom")

        assert answer.status_code == 200
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-frame-options"] == "DENY"


async def _asks_as(w: World, person: Person, tenant: str, origin: str) -> int:
    headers = {"origin": origin, "x-tenant": tenant}
    return (await person.http.post("/api/auth/update-user", json={"name": tenant}, headers=headers)).status_code


@pytest.mark.case("SC-CSRF-18")
@pytest.mark.parametrize("rounds", [2, 20])
async def test_origins_of_one_tenant_never_count_for_another(two_databases_url: str, rounds: int) -> None:
    """Origins told per request are kept by that request alone, however requests interleave."""
    trusted = _trusting_by_tenant(one="https://one.test", two="https://two.test")
    async with world(two_databases_url, trusted_origins=trusted) as w:
        ada = w.person("ada")
        await ada.post("/sign-up/email", {"name": "A", **SIGN_IN}, headers={"x-tenant": "one"})

        right = [_asks_as(w, ada, tenant, f"https://{tenant}.test") for tenant in ("one", "two") * rounds]
        wrong = [_asks_as(w, ada, tenant, "https://one.test") for tenant in ("two",) * rounds]
        answers = await asyncio.gather(*right, *wrong)

        assert answers == [200] * 2 * rounds + [403] * rounds


@pytest.mark.case("SC-CSRF-19")
@pytest.mark.parametrize("header", ["expo-origin", "electron-origin", "x-origin", "x-forwarded-origin"])
async def test_no_other_header_stands_in_for_the_origin(two_databases_url: str, header: str) -> None:
    """Without the plugin that reads it, a header of another name is no Origin."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")

        alone = await _sends(ada, "/update-user", {header: "http://app.test"}, json={"name": "M"})
        beside = await _sends(ada, "/update-user", {header: "http://app.test", "origin": EVIL}, json={"name": "M"})

        assert alone == (403, "MISSING_OR_NULL_ORIGIN")
        assert beside == (403, "INVALID_ORIGIN")

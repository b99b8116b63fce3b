"""Redirect targets, through every endpoint that takes one (SC-REDIR)."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.builders.world import PASSWORD, Person, World, world
from tests.security.surface import REDIRECT_FIELDS, Endpoint, endpoints

EVIL = "https://evil.test"

# fmt: off
PAYLOADS = {
    "SC-REDIR-01": ["//evil.test", "///evil.test", "////evil.test", EVIL],
    "SC-REDIR-02": [
        "/\\evil.test", "\\/evil.test", "\\\\evil.test", "/\\/evil", "/%5cevil.test", "/%2fevil.test", "/%2F%2Fevil",
        "/%5C%5Cevil.test",
    ],
    "SC-REDIR-03": ["/ok\n", "/ok\r\n//evil", "/\t/evil.test", "/ok\x7f", "\n//evil.test", "/ok\x85"],
    "SC-REDIR-04": ["/ünïcode", "/∕evil.test", "/／evil.test", "/ok\u2028"],  # noqa: RUF001 - the trick itself
    "SC-REDIR-05": [
        "https:evil.test", "https:/evil.test", "http:\\\\evil.test", "HtTpS:evil", "http:///evil.test",
        "http:app.test", "http:/app.test",
    ],
    "SC-REDIR-06": [
        "https://app.test@evil.test", "http://app.test:pw@evil.test", "http://evil.test\\@app.test",
        "http://me@app.test/", "http://:@app.test/",
    ],
    "SC-REDIR-07": [
        "javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", " javascript:alert(1)",
        "javascript://app.test/%0aalert(1)", "data:text/html,x", "vbscript:x", "blob:http://app.test/x",
        "file:///etc/passwd", "view-source:http://app.test",
    ],
    "SC-REDIR-08": [
        "http://evil。test", "http://app.test。evil.io", "http://ａpp.test.evil.io", "http://app.te\u00adst.evil.io",  # noqa: RUF001
        "http://app\u200d.test", "http://аpp.test",  # noqa: RUF001
    ],
    "SC-REDIR-09": [
        "http://app%2Etest@evil.test", "http://%65vil.test", "http://app.test%2f@evil.test", "http://app.test%252f@x.y",
        "http://app.test%00.evil.test",
    ],
    "SC-REDIR-17": [".", "..", "?x", "#x", "../..", "evil.test"],
}
# fmt: on


async def _submit(person: Person, endpoint: Endpoint, field: str, value: Any) -> httpx2.Response:
    """Send a target where the endpoint takes it."""
    if field in endpoint.query:
        return await person.http.request(endpoint.method, endpoint.url, params={"token": "a-token", field: value})
    return await person.http.request(endpoint.method, endpoint.url, json=endpoint.example(**{field: value}))


def _targets(w: World) -> list[tuple[Endpoint, str]]:
    return [(endpoint, field) for endpoint in endpoints(w) for field in endpoint.fields]


def _code(answer: httpx2.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("code") if answer.content else None


@pytest.mark.case(
    "SC-REDIR-01",
    "SC-REDIR-02",
    "SC-REDIR-03",
    "SC-REDIR-04",
    "SC-REDIR-05",
    "SC-REDIR-06",
    "SC-REDIR-07",
    "SC-REDIR-08",
    "SC-REDIR-09",
    "SC-REDIR-12",
    "SC-REDIR-17",
)
@pytest.mark.parametrize("case", PAYLOADS)
async def test_every_field_of_every_endpoint_refuses_tricks(two_databases_url: str, case: str) -> None:
    """Each target that a browser could take elsewhere is refused with its field's code, and nothing happens."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")
        before, table, passed = await w.snapshot(), _targets(w), []

        for endpoint, field in table:
            for payload in PAYLOADS[case]:
                answer = await _submit(ada, endpoint, field, payload)
                if _code(answer) != (403, REDIRECT_FIELDS[field]) or "location" in answer.headers:
                    passed.append((endpoint.path, field, payload, answer.status_code))

        assert passed == []
        assert len(table) >= 15
        assert await w.snapshot() == before
        assert (await w.settled()).sent == []


@pytest.mark.case("SC-REDIR-12")
async def test_the_query_of_a_post_is_looked_at_as_well(two_databases_url: str) -> None:
    """A callback in the query of any POST is refused like one in its body, before anything else."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")
        before = await w.snapshot()

        answers = {
            e.path: _code(await ada.http.post(e.url, params={"callbackURL": f"{EVIL}/"}, json=e.example()))
            for e in endpoints(w, "POST")
        }

        assert set(answers.values()) == {(403, "INVALID_CALLBACK_URL")}
        assert await w.snapshot() == before


@pytest.mark.case("SC-REDIR-03", "SC-REDIR-12")
async def test_nul_in_a_target_is_refused_at_the_door(two_databases_url: str) -> None:
    """A NUL byte is refused before anybody asks where it would lead."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")

        answers = [await _submit(ada, endpoint, field, "/ok\x00") for endpoint, field in _targets(w)]

        assert {_code(answer) for answer in answers} == {(400, "BAD_REQUEST")}


@pytest.mark.case("SC-REDIR-13")
@pytest.mark.parametrize("value", [["/ok", EVIL], {"toString": "x"}, 7, True])
async def test_targets_are_text_or_nothing(two_databases_url: str, value: object) -> None:
    """A list, object, number or boolean is a 400, and is never made into text."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")
        before = await w.snapshot()
        in_bodies = [(endpoint, field) for endpoint, field in _targets(w) if field in endpoint.body]

        answers = [await _submit(ada, endpoint, field, value) for endpoint, field in in_bodies]

        assert [answer.status_code for answer in answers] == [400] * len(in_bodies)
        assert {answer.json()["message"].partition(": ")[2] for answer in answers} == {"expected a string"}
        assert await w.snapshot() == before


@pytest.mark.case("SC-REDIR-10")
async def test_a_nested_target_is_not_followed(two_databases_url: str) -> None:
    """What a trusted target carries in its query is the app's affair; the redirect ends at the target."""
    target = "http://app.test/go?to=https://evil.test#https://evil.test"
    async with world(two_databases_url, verification={"send_on_sign_up": True}) as w:
        await w.sign_up("ada")
        token = (await w.settled()).last("ada@people.test", "verify").token

        query = {"token": token, "callbackURL": target, "redirect": EVIL, "next": EVIL}
        answer = await w.person().get("/verify-email", params=query)

        assert (answer.status_code, answer.headers["location"]) == (302, target)


@pytest.mark.case("SC-REDIR-11", "SC-REDIR-14")
async def test_a_bad_target_does_not_spend_the_link(two_databases_url: str) -> None:
    """An edited verification link is refused with nothing changed, and the token still works in a good link."""
    async with world(two_databases_url, verification={"send_on_sign_up": True}) as w:
        ada = await w.sign_up("ada")
        token = (await w.settled()).last(ada.email, "verify").token
        before = await w.snapshot()

        bad = await ada.get("/verify-email", params={"token": token, "callbackURL": EVIL})
        unchanged = await w.snapshot() == before
        good = await ada.get("/verify-email", params={"token": token, "callbackURL": "/ok"})

        assert _code(bad) == (403, "INVALID_CALLBACK_URL")
        assert unchanged
        assert (good.status_code, good.headers["location"]) == (302, "/ok")
        assert (await w.rows("user"))[0]["email_verified"]


@pytest.mark.case("SC-REDIR-11", "SC-REDIR-14", "SC-REDIR-16")
async def test_an_edited_deletion_link_deletes_nobody(two_databases_url: str) -> None:
    """A deletion link that leads elsewhere answers 403, as the contract has it, and goes to no page at all."""
    sent = []

    async def deliver(mail: Any) -> None:
        sent.append(mail)

    async with world(two_databases_url, delete_user={"send_delete_account_verification": deliver}) as w:
        ada = await w.sign_up("ada")
        await ada.post("/delete-user")
        await w.settled()
        before = await w.snapshot()

        query = {"token": sent[0].token, "callbackURL": f"{EVIL}/bye"}
        answer = await ada.get("/delete-user/callback", params=query, headers={"referer": EVIL})

        assert _code(answer) == (403, "INVALID_CALLBACK_URL")
        assert "location" not in answer.headers
        assert await w.snapshot() == before


@pytest.mark.case("SC-REDIR-14")
async def test_a_target_is_checked_again_when_it_is_used(two_databases_url: str) -> None:
    """A link sent while a site was trusted leads nowhere once it is trusted no longer."""
    async with world(two_databases_url, trusted_origins=["https://partner.test"]) as w:
        ada = await w.sign_up("ada")
        await ada.post("/request-password-reset", {"email": ada.email, "redirectTo": "https://partner.test/new"})
        url = (await w.settled()).last(ada.email, "reset").url

    async with world(two_databases_url) as later:
        answer = await later.person().http.get(url)

        assert _code(answer) == (403, "INVALID_CALLBACK_URL")
        assert "location" not in answer.headers


@pytest.mark.case("SC-REDIR-15")
@pytest.mark.rule("email-password §5.3")
@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/page?x=1", "http://app.test/page?x=1&error=INVALID_TOKEN"),
        ("/page#part", "http://app.test/page?error=INVALID_TOKEN#part"),
        ("/page?x=%20%3F&error=old#a?b", "http://app.test/page?x=%20%3F&error=INVALID_TOKEN#a?b"),
        ("/page?", "http://app.test/page?error=INVALID_TOKEN"),
        ("http://app.test/?a#b", "http://app.test/?a&error=INVALID_TOKEN#b"),
    ],
)
async def test_errors_are_merged_into_the_target(two_databases_url: str, target: str, expected: str) -> None:
    """Parameters join the query that is there, the fragment stays last, and there is one question mark."""
    async with world(two_databases_url) as w:
        answer = await w.person().get("/reset-password/no-such-token", params={"callbackURL": target})

        assert (answer.status_code, answer.headers["location"]) == (302, expected)


@pytest.mark.case("SC-REDIR-16", "SC-REDIR-17")
@pytest.mark.rule("email-password §5 GET reset-password")
async def test_without_a_target_errors_go_to_the_error_page(two_databases_url: str) -> None:
    """A browser flow that fails without a target ends at our error page, not where its headers point."""
    async with world(two_databases_url) as w:
        headers = {"referer": f"{EVIL}/page", "origin": EVIL}
        answer = await w.person().get("/reset-password/no-such-token?callbackURL=", headers=headers)

        location = "http://app.test/api/auth/error?error=INVALID_TOKEN"
        assert (answer.status_code, answer.headers["location"]) == (302, location)


@pytest.mark.case("SC-REDIR-17")
async def test_an_empty_target_counts_as_absent(two_databases_url: str) -> None:
    """An empty callback redirects nowhere."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")

        answer = await ada.sign_in(callbackURL="")

        assert (answer.status_code, answer.json()["redirect"]) == (200, False)
        assert "location" not in answer.headers


@pytest.mark.case("SC-REDIR-18", "SC-HTTP-05")
async def test_credentials_are_never_sent_on(two_databases_url: str) -> None:
    """No POST answers 307 or 308, with or without a callback, slash or form."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")
        body = {"email": ada.email, "password": PASSWORD, "callbackURL": "/welcome"}

        tables = [(e.url + slash, e.example()) for e in endpoints(w, "POST") for slash in ("", "/")]
        answers = [await ada.http.post(url, json=example) for url, example in tables]
        answers += [await ada.http.post("/api/auth/sign-in/email", **{kind: body}) for kind in ("json", "data")]  # type: ignore[arg-type]  # json, data

        assert [a.status_code for a in answers if a.status_code in (307, 308)] == []
        assert answers[-1].status_code == 200


@pytest.mark.case("SC-REDIR-19")
async def test_a_verified_visitor_carries_no_secret_in_the_address(two_databases_url: str) -> None:
    """Verification signs in by cookie; neither session nor link token is in the page's address."""
    options = {"send_on_sign_up": True, "auto_sign_in_after_verification": True}
    async with world(two_databases_url, verification=options) as w:
        await w.sign_up("ada")
        token = (await w.settled()).last("ada@people.test").token
        other = w.person("other")

        answer = await other.get("/verify-email", params={"token": token, "callbackURL": "/welcome?x=1"})

        assert answer.headers["location"] == "/welcome?x=1"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert other.cookie() is not None


@pytest.mark.case("SC-REDIR-19")
async def test_the_reset_page_gets_its_token_and_nothing_else(two_databases_url: str) -> None:
    """The page that takes the new password gets the one-time token, and sends no Referer on."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")
        await ada.post("/request-password-reset", {"email": ada.email, "redirectTo": "/new-password"})
        mail = (await w.settled()).last(ada.email, "reset")

        answer = await ada.http.get(mail.url)

        assert parse_qs(urlsplit(answer.headers["location"]).query) == {"token": [mail.token]}
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert ada.token not in answer.headers["location"]

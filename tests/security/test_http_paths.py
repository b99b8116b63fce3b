"""Paths and methods: nothing gets past the rule of a path by spelling it otherwise (SC-HTTP)."""

from typing import Any

import pytest
from fastapi import FastAPI

from fastapi_betterauth import AdvancedOptions, APIError, Hooks
from tests.builders.world import PASSWORD, World, world
from tests.security.raw import JSON_HEADERS, RawAnswer, raw_request
from tests.security.surface import endpoints

EVIL = "https://evil.test"
SIGN_IN = b'{"email":"ada@people.test","password":"%s"}' % PASSWORD.encode()

SPELLINGS = [
    "//api/auth/sign-in/email",
    "/api/auth//sign-in/email",
    "/api/auth/sign-in//email",
    "/api/auth/./sign-in/email",
    "/api/auth/x/../sign-in/email",
    "/api/auth/sign-in/%65mail",
    "/api/auth/SIGN-IN/email",
    "/API/AUTH/sign-in/email",
    "/api/auth/sign-in/email/",
    "/api/auth/sign-in/email%20",
    "/api/auth/sign-in/email%0a",
]
HIDDEN = [
    "/api/auth/sign-in%2Femail",
    "/api/auth/sign-in%252Femail",
    "/api/auth%2Fsign-in%2Femail",
    "/api/auth/ok/..%2fsign-in%2femail",
    "/api/auth/ok/..;/sign-in/email",
    "/api/auth/sign-in;x=1/email",
    "/api/auth/sign-in/email;x",
    "/api/auth/sign-in%5Cemail",
    "/api/auth/%2e/sign-in/email",
    "/api/auth/sign-in/email%00",
]


class _Counting:
    """A hook before everything: the names of the operations that ran."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    async def __call__(self, call: Any) -> None:
        self.seen.append(call.operation.name)


async def _sign_in_at(w: World, target: str) -> RawAnswer:
    return await raw_request(w.app, "POST", target, headers=JSON_HEADERS, body=SIGN_IN)


@pytest.mark.case("SC-HTTP-01")
@pytest.mark.parametrize("slashes", [False, True])
async def test_no_spelling_reaches_a_disabled_path(two_databases_url: str, slashes: bool) -> None:  # noqa: FBT001 - a column of the table
    """A disabled path is 404 in every spelling, and its hooks stay silent."""
    hook = _Counting()
    options: dict[str, Any] = {
        "advanced": AdvancedOptions(skip_trailing_slashes=slashes),
        "disabled_paths": ["/sign-in/email"],
        "hooks": Hooks(before_all=hook),
    }
    async with world(two_databases_url, **options) as w:
        await w.sign_up("ada")
        sessions, hook.seen = len(await w.rows("session")), []

        answers = [await _sign_in_at(w, target) for target in ("/api/auth/sign-in/email", *SPELLINGS, *HIDDEN)]

        assert {answer.status for answer in answers} == {404}
        assert hook.seen == []
        assert len(await w.rows("session")) == sessions


@pytest.mark.case("SC-HTTP-01")
async def test_every_accepted_spelling_is_the_same_operation(two_databases_url: str) -> None:
    """What is not 404 ran the hooks of sign-in and nothing else."""
    hook = _Counting()
    async with world(two_databases_url, hooks=Hooks(before_all=hook)) as w:
        await w.sign_up("ada")
        hook.seen = []

        answers = [await _sign_in_at(w, target) for target in SPELLINGS]

        accepted = [answer for answer in answers if answer.status != 404]
        assert [answer.status for answer in accepted] == [200] * len(accepted)
        assert hook.seen == ["sign_in_email"] * len(accepted)


@pytest.mark.case("SC-HTTP-02")
@pytest.mark.parametrize("target", HIDDEN)
async def test_a_path_that_hides_its_structure_is_unknown(two_databases_url: str, target: str) -> None:
    """Encoded slashes, backslashes, dots, percent signs and path parameters are 404; no hook, no handler."""
    hook = _Counting()
    async with world(two_databases_url, hooks=Hooks(before_all=hook)) as w:
        await w.sign_up("ada")
        before, hook.seen = await w.snapshot(), []

        answer = await _sign_in_at(w, target)

        assert (answer.status, hook.seen) == (404, [])
        assert await w.snapshot() == before


@pytest.mark.case("SC-HTTP-03")
@pytest.mark.parametrize("path", ["/api/authx/ok", "/x/api/auth/ok", "/api/auth/x/api/auth/ok", "/api/aut/ok", "/ok"])
async def test_a_path_that_looks_like_ours_is_not(sqlite_url: str, path: str) -> None:
    """Only what stands below the base path is ours."""
    async with world(sqlite_url) as w:
        assert (await w.person().http.get(path)).status_code == 404


@pytest.mark.case("SC-HTTP-03")
async def test_the_hosts_routes_beside_ours_stay_the_hosts(sqlite_url: str) -> None:
    """A host route whose path contains the base path answers for itself."""
    app = FastAPI()
    app.get("/x/api/auth/ok")(lambda: {"mine": True})
    app.get("/api/authors")(lambda: {"mine": True})

    async with world(sqlite_url, app=app) as w:
        answers = [await w.person().http.get(path) for path in ("/x/api/auth/ok", "/api/authors")]

        assert [answer.json() for answer in answers] == [{"mine": True}] * 2


@pytest.mark.case("SC-HTTP-05")
@pytest.mark.parametrize("slashes", [False, True])
async def test_no_slash_is_redirected(two_databases_url: str, slashes: bool) -> None:  # noqa: FBT001 - a column of the table
    """With a foreign Host and a slash too many there is no redirect, and no header repeats the Host."""
    headers = ((b"host", b"evil.test"), (b"content-type", b"application/json"))
    advanced = AdvancedOptions(skip_trailing_slashes=slashes)
    async with world(two_databases_url, advanced=advanced) as w:
        answers = [
            await raw_request(w.app, endpoint.method, endpoint.url + "/", headers=headers, body=SIGN_IN)
            for endpoint in endpoints(w)
        ]

        assert [a.status for a in answers if a.status in {301, 307, 308}] == []
        assert [a.headers for a in answers if b"evil" in repr(a.headers).encode()] == []


@pytest.mark.case("SC-HTTP-10")
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "POST"])
async def test_other_methods_do_not_exist(two_databases_url: str, method: str) -> None:
    """A method that an endpoint does not list is 404, whatever override is asked for; nothing happens."""
    override = {"x-http-method-override": "POST", "x-method-override": "POST", "x-http-method": "POST"}
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")
        before, known = await w.snapshot(), {(e.method, e.url) for e in endpoints(w)}
        urls = {url for _, url in known if (method, url) not in known}

        answers = [await ada.http.request(method, f"{url}?_method=POST", headers=override) for url in urls]

        assert {answer.status_code for answer in answers} == {404}
        assert [a.headers for a in answers if "set-cookie" in a.headers or "allow" in a.headers] == []
        assert await w.snapshot() == before
        assert (await w.settled()).sent == []


@pytest.mark.case("SC-HTTP-11")
async def test_no_get_changes_anything_by_itself(two_databases_url: str) -> None:
    """Every GET, called with a session from a foreign page, leaves all rows as they were."""
    headers = {"origin": EVIL, "referer": EVIL, "sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")
        before, mails = await w.snapshot(), len((await w.settled()).sent)

        table = endpoints(w, "GET")
        for endpoint in table:
            query = {"token": "guess", "callbackURL": "/", "accountId": before["account"][0]["id"]}
            await ada.http.get(endpoint.url, params=query, headers=headers)

        assert len(table) >= 8
        assert await w.snapshot() == before
        assert len((await w.settled()).sent) == mails


@pytest.mark.case("SC-HTTP-28")
async def test_what_is_for_the_server_only_is_not_on_the_wire(two_databases_url: str) -> None:
    """Setting a first password is 404 and undocumented over HTTP; in-process it works."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")

        answer = await ada.post("/set-password", {"newPassword": "another password"})
        caller = w.auth.api.bind(headers={"cookie": f"better-auth.session_token={ada.cookie()}"})
        with pytest.raises(APIError, match="PASSWORD_ALREADY_SET"):
            await caller.set_password(new_password="another password")

        assert answer.status_code == 404
        assert "/set-password" not in [endpoint.path for endpoint in endpoints(w)]


@pytest.mark.case("SC-HTTP-29")
async def test_nobody_can_claim_to_be_the_server(two_databases_url: str) -> None:
    """No header, query or body field makes a request a server call or gives it a user."""
    async with world(two_databases_url) as w:
        ada, stranger = await w.sign_up("ada"), w.person("stranger")
        before = await w.snapshot()
        claims = {"asServer": "true", "userId": ada.user["id"], "session": ada.token, "overHttp": "false"}
        headers = {"x-internal": "1", "x-as-server": "true", "x-user-id": ada.user["id"]}

        answers = {
            e.path: await stranger.http.request(
                e.method, e.url, params=claims, headers=headers, json=e.example(**claims)
            )
            for e in endpoints(w)
            if e.guarded
        }

        # These three take no unknown key, and say so before they ask for a session.
        strict = {"/get-access-token", "/refresh-token", "/account-info"}
        assert {path for path, answer in answers.items() if answer.status_code != 401} == strict
        assert {answers[path].status_code for path in strict} == {400}
        assert await w.snapshot() == before

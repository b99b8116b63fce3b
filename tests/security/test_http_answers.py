"""What answers carry, and to whom (SC-HTTP-24, SC-HTTP-25, SC-HTTP-27, SC-HTTP-30..33)."""

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI

from fastapi_betterauth import OnAPIError, current_session, optional_session
from tests.builders.bounded import bounded
from tests.builders.world import World, world
from tests.security.raw import JSON_HEADERS, Header, RawAnswer, raw_request
from tests.security.surface import endpoints

BREAK = "%0d%0aSet-Cookie:%20evil=1%0d%0aLocation:%20https://evil.test"


def _guarded_app() -> FastAPI:
    """A host app with one guarded and one open route."""
    app = FastAPI()

    @app.get("/me")
    def me(current: Annotated[Any, Depends(current_session)]) -> dict[str, str]:
        return {"email": current.user.email}

    @app.get("/perhaps")
    def perhaps(current: Annotated[Any, Depends(optional_session)]) -> dict[str, bool]:
        return {"signed_in": current is not None}

    return app


async def _get(w: World, target: str, *headers: Header) -> RawAnswer:
    return await raw_request(w.app, "GET", target, headers=[JSON_HEADERS[0], *headers])


def _is_plain(answer: RawAnswer) -> bool:
    """No header was added and none holds a line break."""
    names = [name for name, _ in answer.headers]
    return b"set-cookie" not in names and not any(b"\r" in value or b"\n" in value for _, value in answer.headers)


@pytest.mark.case("SC-HTTP-24")
@pytest.mark.parametrize(
    "target",
    [
        f"/api/auth/reset-password/x{BREAK}?callbackURL=/ok",
        f"/api/auth/reset-password/x?callbackURL=/ok{BREAK}",
        "/api/auth/reset-password/x?callbackURL=/ok%250d%250aSet-Cookie:evil",
        f"/api/auth/verify-email?token=x{BREAK}&callbackURL=/ok",
        f"/api/auth/error?error=x{BREAK}&error_description=y{BREAK}",
    ],
)
async def test_line_breaks_add_no_header(sqlite_url: str, target: str) -> None:
    """Encoded line breaks in paths, tokens, targets and error texts are refused or stay encoded."""
    elsewhere = OnAPIError(error_url="http://app.test/oops?from=auth")
    async with world(sqlite_url) as here, world(sqlite_url, on_api_error=elsewhere) as there:
        answers = [await _get(w, target) for w in (here, there)]

        assert [answer.headers for answer in answers if not _is_plain(answer)] == []
        assert {answer.status for answer in answers} <= {200, 302, 403, 404}


@pytest.mark.case("SC-HTTP-24")
async def test_line_breaks_in_a_post_add_no_header(two_databases_url: str) -> None:
    """A target with a line break is refused; an encoded one that is accepted leaves encoded."""
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")

        raw = await ada.sign_in(callbackURL="/ok\r\nSet-Cookie: evil=1")
        encoded = await ada.sign_in(callbackURL=f"/ok{BREAK.replace('%20', '')}")

        assert raw.status_code == 403
        assert encoded.headers["location"] == f"/ok{BREAK.replace('%20', '')}"
        assert "evil" not in str(encoded.headers.get_list("set-cookie"))


@pytest.mark.case("SC-HTTP-25", "SC-REDIR-08")
async def test_a_target_beyond_ascii_leaves_encoded(two_databases_url: str) -> None:
    """A trusted host with an umlaut can be a target; the header holds ASCII only, and nothing fails."""
    target = "https://bücher.test/regal?title=ö"
    async with world(two_databases_url, trusted_origins=["https://bücher.test"]) as w:
        ada = await w.sign_up("ada")
        await ada.post("/request-password-reset", {"email": ada.email, "redirectTo": target})
        mail = (await w.settled()).last(ada.email, "reset")

        signed_in = await ada.sign_in(callbackURL=target)
        redirected = await ada.http.get(mail.url)

        encoded = "https://b%C3%BCcher.test/regal?title=%C3%B6"
        assert signed_in.headers["location"] == encoded
        assert redirected.headers["location"] == f"{encoded}&token={mail.token}"


@pytest.mark.case("SC-REDIR-08")
@pytest.mark.parametrize("host", ["faß.test", "fa\u200dss.test", "fass\u200c.test"])
async def test_letters_that_python_would_replace_are_another_host(sqlite_url: str, host: str) -> None:
    """Where Python's IDNA and a browser's differ, the browser's host is not taken for the trusted one."""
    async with world(sqlite_url, trusted_origins=["https://fass.test"]) as w:
        ada = await w.sign_up("ada")

        assert (await ada.sign_in(callbackURL="https://fass.test/x")).status_code == 200
        assert (await ada.sign_in(callbackURL=f"https://{host}/x")).status_code == 403


@pytest.mark.case("SC-HTTP-27")
@pytest.mark.parametrize("code", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a b", "ä", "x" * 200])
async def test_the_error_page_shows_text_only(sqlite_url: str, code: str) -> None:
    """Only what looks like a code is shown as one, a description is escaped, and no script may run."""
    async with world(sqlite_url, app_name="<b>App</b>") as w:
        query = {"error": code, "error_description": "<script>alert(2)</script>&"}
        answer = await w.person().get("/error", params=query)

        assert '<p class="code">UNKNOWN</p>' in answer.text
        assert "&lt;script&gt;alert(2)&lt;/script&gt;&amp;" in answer.text
        assert "<script" not in answer.text
        assert "<b>" not in answer.text
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert "unsafe" not in policy


@pytest.mark.case("SC-HTTP-27")
async def test_the_error_page_shows_known_codes(sqlite_url: str) -> None:
    """A code is shown as it is, with its description, however the wire spells the parameter's name."""
    async with world(sqlite_url) as w:
        answer = await w.person().get("/error?error=state_mismatch&error_description=Try+again")

        assert '<p class="code">state_mismatch</p>' in answer.text
        assert "<p>Try again</p>" in answer.text


@pytest.mark.case("SC-HTTP-30")
async def test_no_cache_keeps_an_answer(two_databases_url: str) -> None:
    """get-session forbids storing, in success and failure; every other answer is stale at once and varies.

    The golden transcripts show no Cache-Control anywhere else, so there Expires and Vary do its work.
    """
    async with world(two_databases_url) as w:
        for person in (await w.sign_up("ada"), w.person("nobody")):
            for endpoint in endpoints(w):
                answer = await person.http.request(endpoint.method, endpoint.url, json=endpoint.example())
                if endpoint.path == "/get-session":
                    assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")
                else:
                    found = answer.headers.get("expires"), answer.headers.get("vary")
                    assert found == ("0", "Cookie, Authorization"), endpoint.path


@pytest.mark.case("SC-HTTP-31")
async def test_no_origin_is_let_in_to_read(two_databases_url: str) -> None:
    """No answer, preflights included, carries a CORS header: that is the host app's affair."""
    headers = {"origin": "https://evil.test", "access-control-request-method": "POST"}
    async with world(two_databases_url) as w:
        ada = await w.sign_up("ada")

        answers = [
            await ada.http.request(method, e.url, headers=headers)
            for e in endpoints(w)
            for method in (e.method, "OPTIONS")
        ]

        named = {name for answer in answers for name in answer.headers if name.startswith("access-control")}
        assert named == set()


@pytest.mark.case("SC-HTTP-32")
@pytest.mark.parametrize(
    "headers",
    [
        [(b"cookie", b"better-auth.session_token=x; " * 2300)],
        [(b"cookie", b"a=" + b"%" * 64_000)],
        [(b"cookie", b"better-auth.session_token=" + b"%41" * 21_000)],
        [(b"cookie", b";" * 64_000)],
        [(b"x-forwarded-for", b"1.2.3.4")] * 1000,
        [(b"origin", b"http://app.test")] * 1000,
        [(b"cookie", b"better-auth.session_token=x")] * 1000,
        [(b"origin", b"http://" + b"a." * 50_000)],
        [(b"referer", b"http://app.test/" + b"?" * 60_000)],
    ],
)
async def test_many_and_large_headers_cost_little(sqlite_url: str, headers: list[Header]) -> None:
    """Duplicates by the thousand and huge cookies are read in linear time and end in a plain answer."""
    async with world(sqlite_url) as w:
        with bounded():
            answer = await _get(w, "/api/auth/get-session", *headers)
            posted = await raw_request(w.app, "POST", "/api/auth/sign-out", headers=[*JSON_HEADERS, *headers])

        assert (answer.status, answer.body) == (200, b"null")
        assert posted.status in {200, 403}


@pytest.mark.case("SC-HTTP-33")
@pytest.mark.parametrize(
    "value",
    [
        b"Bearer",
        b"Bearer ",
        b"Bearer  a b",
        b"Basic %%%",
        b"Bearer \xff\xfe",
        b"Basic",
        b"",
        b" ",
        b"x" * 100_000,
        b"Basic Og==",
    ],
)
async def test_junk_authorization_lets_nobody_in(two_databases_url: str, value: bytes) -> None:
    """Guarded endpoints and guards answer 401 to whatever stands in Authorization; optional ones: nobody."""
    async with world(two_databases_url, app=_guarded_app()) as w:
        guarded = [e for e in endpoints(w, "GET") if e.guarded and not e.query]
        header = (b"authorization", value)

        ours = [(await _get(w, endpoint.url, header)).status for endpoint in guarded]
        host = (await _get(w, "/me", header)).status
        optional = await _get(w, "/perhaps", header)

        assert ours == [401] * len(guarded)
        assert len(guarded) >= 2
        assert host == 401
        assert (optional.status, optional.body) == (200, b'{"signed_in":false}')


@pytest.mark.case("SC-HTTP-33")
@pytest.mark.parametrize(
    "cookie", [b"\xff.\xff", b"x", b"..", b"a.b", b"%00.%00", b"%ff%fe.x", b'"', b"\x00", b"=" * 50_000]
)
async def test_junk_session_cookies_let_nobody_in(two_databases_url: str, cookie: bytes) -> None:
    """A session cookie that is no signed token is no session, in endpoints and guards alike."""
    async with world(two_databases_url, app=_guarded_app()) as w:
        header = (b"cookie", b"better-auth.session_token=" + cookie)

        statuses = [(await _get(w, target, header)).status for target in ("/api/auth/list-sessions", "/me")]

        assert statuses == [401, 401]
        assert (await _get(w, "/api/auth/get-session", header)).body == b"null"

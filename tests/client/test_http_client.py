"""The Python client over HTTP (client sheet §10)."""

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import httpx2
import pytest

from fastapi_betterauth import AuthError, ConfigurationError, RateLimited, Redirected, SessionOptions, UserFields
from fastapi_betterauth.client import AsyncAuthClient, AuthClient
from tests.builders.world import BASE, PASSWORD, World, world
from tests.live_server import live_server


class LocalUser(UserFields):
    """A user with an additional field."""

    locale: str | None = "en"


@asynccontextmanager
async def _client(w: World) -> AsyncIterator[AsyncAuthClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=w.app)) as http:
        yield AsyncAuthClient(BASE, http=http)


def _answering(
    answer: httpx.Response, seen: list[httpx.Request] | None = None, origin: str | None = None
) -> AsyncAuthClient:
    """A client whose server always says the same."""

    def respond(request: httpx.Request) -> httpx.Response:
        if seen is not None:
            seen.append(request)
        return answer

    return AsyncAuthClient(BASE, origin=origin, http=httpx.AsyncClient(transport=httpx.MockTransport(respond)))


async def _signed_up(client: AsyncAuthClient, name: str = "ada") -> None:
    await client.sign_up_email(name=name.title(), email=f"{name}@people.test", password=PASSWORD)


@pytest.mark.rule("client §10 result")
async def test_answers_are_typed_and_keep_additional_fields(sqlite_url: str) -> None:
    """Results are models with snake_case attributes; fields of the host come along."""
    async with world(sqlite_url, user={"fields": LocalUser}) as w, _client(w) as client:
        signed_up = await client.sign_up_email(
            name="Ada", email="ada@people.test", password=PASSWORD, fields={"locale": "fr"}
        )
        session = await client.get_session()

        assert session is not None
        assert (session.user.email, session.session.token) == ("ada@people.test", signed_up.token)
        assert (session.user.model_extra or {})["locale"] == "fr"


@pytest.mark.rule("client §10 cookies", "client §10 origin")
async def test_the_session_is_kept_and_changes_are_allowed(sqlite_url: str) -> None:
    """The jar keeps the session, and changes name their origin, so that they pass the check."""
    async with world(sqlite_url) as w, _client(w) as client:
        await _signed_up(client)
        await client.update_user(name="Ada Lovelace")
        session = await client.get_session()
        await client.sign_out()

        assert session is not None
        assert session.user.name == "Ada Lovelace"
        assert await client.get_session() is None


@pytest.mark.rule("client §10 result")
async def test_refusals_are_exceptions_with_status_and_code(sqlite_url: str) -> None:
    """An error answer raises; status, code and message are there to switch on."""
    async with world(sqlite_url) as w, _client(w) as client:
        with pytest.raises(AuthError) as caught:
            await client.sign_in_email(email="nobody@people.test", password="not the password")

        assert (caught.value.status, caught.value.code) == (401, "INVALID_EMAIL_OR_PASSWORD")


@pytest.mark.rule("client §10 redirects")
async def test_redirects_are_told_not_followed(sqlite_url: str) -> None:
    """A 302 is an answer that says where it leads."""
    async with world(sqlite_url) as w, _client(w) as client:
        answer = await client.request_password_reset_callback(token="nothing", callback_url="/new")

        assert answer == Redirected(f"{BASE}/new?error=INVALID_TOKEN")


@pytest.mark.rule("client §10 deferred refresh", "client §4.2")
async def test_a_deferred_renewal_is_done_at_once(sqlite_url: str) -> None:
    """When the server says that renewal is due, the client asks for it and answers with the new session."""
    async with world(sqlite_url, session=SessionOptions(defer_session_refresh=True)) as w, _client(w) as client:
        await _signed_up(client)
        w.clock.move(days=2)
        session = await client.get_session()

        assert session is not None
        assert (session.session.expires_at - w.clock()).days >= 6


@pytest.mark.rule("client §10 cookies")
async def test_a_session_can_be_exported_and_taken_up(sqlite_url: str) -> None:
    """Another client goes on with an exported session."""
    async with world(sqlite_url) as w, _client(w) as first, _client(w) as second:
        await _signed_up(first)
        second.import_session(first.export_session())

        assert await second.get_session() is not None
        assert first.cookies_header().startswith("better-auth.session_token=")


@pytest.mark.rule("client §10 dynamic")
async def test_other_endpoints_can_be_called(sqlite_url: str) -> None:
    """``request`` reaches endpoints that have no method."""
    async with world(sqlite_url) as w, _client(w) as client:
        assert await client.request("GET", "/ok") == {"ok": True}


@pytest.mark.rule("client §10 429")
async def test_too_many_requests_tell_how_long_to_wait() -> None:
    """A 429 raises with the seconds to wait."""
    refusal = httpx.MockTransport(lambda _request: httpx.Response(429, headers={"x-retry-after": "7"}, text=""))
    async with httpx.AsyncClient(transport=refusal) as http:
        with pytest.raises(RateLimited) as caught:
            await AsyncAuthClient(BASE, http=http).ok()

    assert caught.value.retry_after == 7


@pytest.mark.rule("client §10 429")
@pytest.mark.parametrize("header", ["", "soon"])
async def test_a_wait_nobody_can_read_is_not_known(header: str) -> None:
    """Without a usable header the wait is None, not an accident."""
    with pytest.raises(RateLimited) as caught:
        await _answering(httpx.Response(429, headers={"x-retry-after": header})).ok()

    assert caught.value.retry_after is None


@pytest.mark.rule("client §3.1")
@pytest.mark.parametrize("text", ["", "<html>Bad gateway</html>", '["not", "an object"]'])
async def test_an_error_body_may_be_anything(text: str) -> None:
    """An empty body, or a proxy's page, is an error with a status and nothing else."""
    with pytest.raises(AuthError) as caught:
        await _answering(httpx.Response(502, text=text)).ok()

    assert (caught.value.status, caught.value.code, caught.value.message) == (502, None, None)


@pytest.mark.rule("client §10 redirects")
async def test_a_redirect_that_no_endpoint_makes_is_an_error() -> None:
    """A proxy that leads to https says so by an error that names the target."""
    moved = httpx.Response(308, headers={"location": "https://app.test/api/auth/sign-out"})

    with pytest.raises(AuthError, match=r"https://app\.test") as caught:
        await _answering(moved).sign_out()

    assert caught.value.status == 308


async def test_some_other_server_is_an_error() -> None:
    """A page in the place of the endpoint's JSON is an AuthError that does not repeat the page."""
    with pytest.raises(AuthError, match="Is the URL right") as caught:
        await _answering(httpx.Response(200, text="<html>marker-1234</html>")).get_session()

    assert "marker-1234" not in str(caught.value)


@pytest.mark.rule("client §2.5")
async def test_a_path_parameter_leads_nowhere_else() -> None:
    """What is put into a path is encoded: a token cannot name another endpoint."""
    seen: list[httpx.Request] = []
    client = _answering(httpx.Response(302, headers={"location": "/"}), seen)

    await client.request_password_reset_callback(token="../sign-out?", callback_url="/new page")

    assert seen[0].url.raw_path == b"/api/auth/reset-password/..%2Fsign-out%3F?callbackURL=%2Fnew+page"


@pytest.mark.rule("client §10 origin")
async def test_the_origin_is_an_option_and_only_changes_name_it() -> None:
    """Apps name their scheme; a GET names nothing."""
    seen: list[httpx.Request] = []
    client = _answering(httpx.Response(200, text='{"success":true}'), seen, origin="myapp://")

    await client.sign_out()
    await client.request("get", "ok")

    assert [request.headers.get("origin") for request in seen] == ["myapp://", None]


@pytest.mark.rule("client §10 cookies")
async def test_an_imported_session_ends_with_the_servers_answer(sqlite_url: str) -> None:
    """An imported cookie is the server's: it is replaced when the server sets it, and no other server sees it."""
    async with world(sqlite_url) as w, _client(w) as first, _client(w) as second:
        await _signed_up(first)
        second.import_session(first.export_session())
        await second.sign_out()
        await _signed_up(second, "bob")
        session = await second.get_session()

        assert session is not None
        assert session.user.email == "bob@people.test"
        assert second.cookies_header().count("session_token") == 1
        elsewhere = AuthClient("http://elsewhere.test", http=httpx.Client(cookies=second._http.cookies))
        assert elsewhere.cookies_header() == ""


@pytest.mark.rule("client §10 tests")
async def test_httpx2_carries_calls_as_well(sqlite_url: str) -> None:
    """A client of httpx2 serves as well as one of httpx."""
    async with world(sqlite_url) as w, httpx2.AsyncClient(transport=httpx2.ASGITransport(app=w.app)) as http:
        client = AsyncAuthClient(BASE, http=http)
        await _signed_up(client)

        assert await client.get_session() is not None


def _without(*modules: str) -> str:
    blocked = "".join(f"sys.modules[{name!r}] = None; " for name in modules)
    program = (
        f"import sys; {blocked}from fastapi_betterauth.client import AuthClient; print(AuthClient('http://a.test'))"
    )
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False).stdout


def test_httpx2_alone_is_enough() -> None:
    """Where httpx is not installed, httpx2 is taken."""
    assert _without("httpx") == "AuthClient('http://a.test/api/auth')\n"


def test_a_missing_library_names_the_extra() -> None:
    """Without either library the error says what to install; the rest of the package works."""
    blocked = "import sys; sys.modules['httpx'] = sys.modules['httpx2'] = None; "
    program = f"{blocked}import fastapi_betterauth.client as c; c.AuthClient"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert done.stderr.rstrip().endswith("Install fastapi-better-auth[client].")


async def test_a_client_of_the_hosts_stays_open() -> None:
    """What the client opened it closes; what it was given stays open."""
    async with httpx.AsyncClient() as http:
        async with AsyncAuthClient(BASE, http=http):
            pass
        own = AsyncAuthClient(BASE)
        await own.close()

        assert not http.is_closed
        assert own._owned.is_closed


@pytest.mark.rule("client §1")
@pytest.mark.parametrize(
    ("url", "base_path", "base"),
    [
        ("https://app.test", "/api/auth", "https://app.test/api/auth"),
        ("https://app.test/", "auth/", "https://app.test/auth"),
        ("https://app.test/accounts", "/api/auth", "https://app.test/accounts"),
        ("https://app.test", "/", "https://app.test"),
        (None, "/api/auth", "https://env.test/api/auth"),
    ],
)
def test_the_server_is_found(monkeypatch: pytest.MonkeyPatch, url: str | None, base_path: str, base: str) -> None:
    """The URL's own path wins over the base path; without a URL BETTER_AUTH_URL is asked."""
    monkeypatch.setenv("BETTER_AUTH_URL", "https://env.test")

    with AuthClient(url, base_path=base_path) as client:
        assert repr(client) == f"AuthClient({base!r})"


@pytest.mark.case("SC-LOG-03")
def test_a_client_shows_no_cookie() -> None:
    """The ``repr`` of a client holds its URL and nothing else."""
    with AuthClient(BASE) as client:
        client.import_session({"better-auth.session_token": "marker-1234"})

        assert repr(client) == "AuthClient('http://app.test/api/auth')"


def test_a_client_without_url_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a URL and without BETTER_AUTH_URL the error says what to write."""
    monkeypatch.delenv("BETTER_AUTH_URL", raising=False)

    with pytest.raises(ConfigurationError, match="AuthClient"):
        AuthClient()


@pytest.mark.rule("client §10 surface")
def test_the_blocking_client_speaks_the_same(sqlite_url: str) -> None:
    """The generated twin signs up, reads its session and signs out on a real server."""
    with live_server("tests.js.app:app", {"DATABASE_URL": sqlite_url}) as base, AuthClient(base) as client:
        signed_up = client.sign_up_email(name="Ada", email="ada@blocking.test", password=PASSWORD)
        session = client.get_session()
        client.sign_out()

        assert session is not None
        assert session.session.token == signed_up.token
        assert client.get_session() is None

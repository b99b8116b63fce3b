"""The Python client over HTTP (client sheet §10)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from fastapi_betterauth import AuthError, ConfigurationError, RateLimited, Redirected, SessionOptions, UserFields
from fastapi_betterauth.client.http import AsyncAuthClient, AuthClient
from tests.builders.world import BASE, PASSWORD, World, world
from tests.live_server import live_server


class LocalUser(UserFields):
    """A user with an additional field."""

    locale: str | None = "en"


@asynccontextmanager
async def _client(w: World) -> AsyncIterator[AsyncAuthClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=w.app)) as http:
        yield AsyncAuthClient(BASE, http=http)


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


@pytest.mark.rule("client §10 deferred refresh")
async def test_a_deferred_renewal_is_done_at_once(sqlite_url: str) -> None:
    """When the server says that renewal is due, the client asks for it and answers with the new session."""
    async with world(sqlite_url, session=SessionOptions(defer_refresh=True)) as w, _client(w) as client:
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


def test_the_blocking_client_speaks_the_same(sqlite_url: str) -> None:
    """The generated twin signs up, reads its session and signs out on a real server."""
    with live_server("tests.js.app:app", {"DATABASE_URL": sqlite_url}) as base, AuthClient(base) as client:
        signed_up = client.sign_up_email(name="Ada", email="ada@blocking.test", password=PASSWORD)
        session = client.get_session()
        client.sign_out()

        assert session is not None
        assert session.session.token == signed_up.token
        assert client.get_session() is None

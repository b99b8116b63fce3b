"""``auth.api``: the endpoints in-process (security sheet §8)."""

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Response
from sqlalchemy import delete
from starlette.requests import Request

from fastapi_betterauth import (
    AdvancedOptions,
    APIError,
    CurrentSession,
    DynamicBaseURL,
    HookCall,
    Hooks,
    IPAddressOptions,
    Redirected,
    UserFields,
    current_session,
)
from fastapi_betterauth.features.health.routes import ok
from fastapi_betterauth.features.sign_in.schemas import SignedIn
from tests.builders.world import BASE, PASSWORD, Person, World, world

ADA: dict[str, Any] = {"name": "Ada", "email": "ada@people.test", "password": PASSWORD}


class LocalUser(UserFields):
    """A user with an additional field."""

    locale: str | None = "en"


def _headers_of(person: Person, **further: str) -> dict[str, str]:
    return {"cookie": f"better-auth.session_token={person.cookie()}", **further}


@pytest.mark.rule("security-ratelimit-hooks §8 result")
async def test_results_are_typed(sqlite_url: str) -> None:
    """Calls return the endpoint's model, with the host's fields on the user."""
    async with world(sqlite_url, user={"fields": LocalUser}) as w:
        signed_up = await w.auth.api.sign_up_email(**ADA, fields={"locale": "fr"})
        signed_in = await w.auth.api.sign_in_email(email=ADA["email"], password=PASSWORD)

        assert isinstance(signed_in, SignedIn)
        assert signed_in.user.id == signed_up.user.id
        assert signed_up.user.model_dump()["locale"] == "fr"


@pytest.mark.rule("security-ratelimit-hooks §8 errors")
async def test_refusals_are_raised(sqlite_url: str) -> None:
    """A refusal is the APIError that would have been answered, with status and code."""
    async with world(sqlite_url) as w:
        with pytest.raises(APIError) as caught:
            await w.auth.api.sign_in_email(email="nobody@people.test", password="not the password")

        assert (caught.value.status, caught.value.code) == (401, "INVALID_EMAIL_OR_PASSWORD")


@pytest.mark.rule("security-ratelimit-hooks §8 kept")
async def test_input_is_validated(sqlite_url: str) -> None:
    """Validation is the same as over HTTP."""
    async with world(sqlite_url) as w:
        with pytest.raises(APIError) as caught:
            await w.auth.api.sign_up_email(name="Ada", email="no address", password=PASSWORD)

        assert caught.value.status == 400
        assert await w.rows("user") == []


@pytest.mark.rule("security-ratelimit-hooks §8 kept")
async def test_guards_ask_for_a_session(sqlite_url: str) -> None:
    """Endpoints that demand a session refuse a call on nobody's behalf."""
    async with world(sqlite_url) as w:
        with pytest.raises(APIError) as caught:
            await w.auth.api.list_user_accounts()

        assert (caught.value.status, caught.value.code) == (401, "UNAUTHORIZED")


@pytest.mark.rule("security-ratelimit-hooks §5.1", "security-ratelimit-hooks §8 kept")
async def test_hooks_run(sqlite_url: str) -> None:
    """Request hooks see calls of the server, and can tell them from HTTP."""
    seen: list[tuple[str, bool]] = []

    async def note(call: HookCall) -> None:
        seen.append((call.operation.name, call.context.over_http))

    async with world(sqlite_url, hooks=Hooks(before_all=note, after_all=note)) as w:
        await w.auth.api.ok()
        await w.person().get("/ok")

        assert seen == [(ok.name, False)] * 2 + [(ok.name, True)] * 2


@pytest.mark.rule("security-ratelimit-hooks §8 skipped")
async def test_origins_are_not_asked_for(sqlite_url: str) -> None:
    """A call with cookies, a foreign Origin and a foreign callback is the server's own affair."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        api = w.auth.api.bind(headers=_headers_of(ada, origin="https://evil.test"))

        await api.update_user(name="Ada Lovelace")
        await api.sign_in_email(email=ada.email, password=PASSWORD, callback_url="https://evil.test")

        assert (await ada.session() or {})["user"]["name"] == "Ada Lovelace"


@pytest.mark.rule("security-ratelimit-hooks §8 skipped")
async def test_disabled_paths_are_open_to_the_server(sqlite_url: str) -> None:
    """``disabled_paths`` closes endpoints to HTTP only."""
    async with world(sqlite_url, disabled_paths=["/sign-up/email"]) as w:
        over_http = await w.person("ada").sign_up()

        assert (over_http.status_code, over_http.text) == (404, "Not Found")
        assert (await w.auth.api.sign_up_email(**ADA)).token


async def test_a_call_is_one_transaction(sqlite_url: str) -> None:
    """A call that fails leaves nothing behind."""

    async def refuse(call: HookCall) -> None:
        raise APIError(409, message="no")

    async with world(sqlite_url, hooks=Hooks(after_all=refuse)) as w:
        with pytest.raises(APIError, match="no"):
            await w.auth.api.sign_up_email(**ADA)

        assert await w.rows("user") == []


async def test_mail_is_sent_for_calls_as_well(sqlite_url: str) -> None:
    """Background work of a call is done."""
    async with world(sqlite_url) as w:
        await w.auth.api.sign_up_email(**ADA)
        await w.auth.api.request_password_reset(email=ADA["email"], redirect_to="/new")

        mail = (await w.settled()).last(ADA["email"], "reset")
        assert mail.url.startswith(f"{BASE}/api/auth/reset-password/")


@pytest.mark.rule("security-ratelimit-hooks §8 get-session")
async def test_headers_say_on_whose_behalf(sqlite_url: str) -> None:
    """``bind(headers=…)`` takes an incoming request's headers; without them nobody is signed in."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")

        found = await w.auth.api.bind(headers=_headers_of(ada)).get_session()

        assert found is not None
        assert found.user.email == ada.email
        assert await w.auth.api.get_session() is None


async def test_all_cookie_lines_of_a_request_count(sqlite_url: str) -> None:
    """A request whose cookies came in several lines, as HTTP/2 allows, is understood when it is handed over."""
    app = FastAPI()
    async with world(sqlite_url, app=app) as w:

        @app.get("/who")
        async def who(request: Request) -> str | None:
            found = await w.auth.api.bind(headers=request.headers).get_session()
            return found and found.user.email

        ada = await w.sign_up("ada")
        lines = [("cookie", f"better-auth.session_token={ada.cookie()}"), ("cookie", "other=1")]

        assert (await w.person().http.get("/who", headers=lines)).json() == ada.email


async def test_a_guards_session_says_on_whose_behalf(sqlite_url: str) -> None:
    """``bind(session=…)`` takes what a guard handed over; signing out ends that session."""
    app = FastAPI()
    async with world(sqlite_url, app=app) as w:

        @app.post("/leave")
        async def leave(current: Annotated[CurrentSession, Depends(current_session)]) -> list[str]:
            api = w.auth.api.bind(session=current)
            accounts = await api.list_user_accounts()
            await api.sign_out()
            return [account.provider_id for account in accounts]

        ada = await w.sign_up("ada")

        assert (await ada.http.post("/leave")).json() == ["credential"]
        assert await w.rows("session") == []


@pytest.mark.rule("security-ratelimit-hooks §8 Set-Cookie")
async def test_cookies_are_put_on_a_response(sqlite_url: str) -> None:
    """``bind(response=…)`` gives the caller's browser the cookies and headers of the call."""
    app = FastAPI()
    async with world(sqlite_url, app=app) as w:

        @app.post("/enter")
        async def enter(response: Response) -> str:
            api = w.auth.api.bind(response=response)
            found = await api.sign_in_email(email=ADA["email"], password=PASSWORD, callback_url="/start")
            return found.user.name

        await w.auth.api.sign_up_email(**ADA)
        visitor = w.person()
        answer = await visitor.http.post("/enter")

        assert (answer.json(), answer.headers["location"]) == ("Ada", "/start")
        assert (await visitor.session() or {})["user"]["email"] == ADA["email"]


async def test_a_failed_call_puts_nothing_on_the_response(sqlite_url: str) -> None:
    """A refused sign-in sets no cookie."""
    async with world(sqlite_url) as w:
        response = Response()
        with pytest.raises(APIError):
            await w.auth.api.bind(response=response).sign_in_email(email=ADA["email"], password=PASSWORD)

        assert "set-cookie" not in response.headers


async def test_the_device_is_read_from_the_headers(sqlite_url: str) -> None:
    """A session begun by the server for a visitor shows the visitor's address and browser."""
    ip_address = IPAddressOptions(ip_address_headers=["x-real-ip"])
    async with world(sqlite_url, advanced=AdvancedOptions(ip_address=ip_address)) as w:
        api = w.auth.api.bind(headers={"x-real-ip": "203.0.113.7", "user-agent": "Lynx"})
        await api.sign_up_email(**ADA)

        (session,) = await w.rows("session")
        assert (session["ip_address"], session["user_agent"]) == ("203.0.113.7", "Lynx")


async def test_the_device_is_read_from_the_request(sqlite_url: str) -> None:
    """``bind(request=…)`` knows whose request it is, and where it comes from, as the endpoints do."""
    app = FastAPI()
    async with world(sqlite_url, app=app) as w:

        @app.post("/in")
        async def enter(request: Request, response: Response) -> str:
            api = w.auth.api.bind(request=request, response=response)
            return (await api.sign_in_email(email=ADA["email"], password=PASSWORD)).user.email

        @app.get("/who")
        async def who(request: Request) -> str | None:
            found = await w.auth.api.bind(request=request).get_session()
            return found and found.user.email

        await w.auth.api.sign_up_email(**ADA)
        visitor = w.person()
        await visitor.http.post("/in", headers={"user-agent": "Lynx"})

        assert (await visitor.http.get("/who")).json() == ADA["email"]
        *_, session = await w.rows("session")
        assert (session["ip_address"], session["user_agent"]) == ("127.0.0.1", "Lynx")


@pytest.mark.rule("security-ratelimit-hooks §8 errors")
async def test_redirects_are_values(sqlite_url: str) -> None:
    """What would be a 302 says where it leads."""
    async with world(sqlite_url) as w:
        nowhere = await w.auth.api.request_password_reset_callback(token="nothing", callback_url="/new")
        page = await w.auth.api.error(error="state_mismatch")
        ada = await w.sign_up("ada")
        await ada.post("/send-verification-email", {"email": ada.email})
        token = (await w.settled()).last(ada.email, "verify").token
        verified = await w.auth.api.verify_email(token=token, callback_url="/welcome")

        assert nowhere == Redirected(f"{BASE}/new?error=INVALID_TOKEN")
        assert isinstance(page, str)
        assert isinstance(verified, Redirected)
        assert verified.location.endswith("/welcome")


async def _without_password(w: World) -> Person:
    """Somebody who has an account, but no password."""
    ada = await w.sign_up("ada")
    async with w.auth.database.engine.begin() as connection:
        await connection.execute(delete(w.auth.tables.account.table))
    return ada


@pytest.mark.rule(
    "security-ratelimit-hooks §7 server-only",
    "email-password §6.3",
    "email-password §6 set-password",
    "client §10 server-only",
)
async def test_a_first_password_is_set_by_the_server(sqlite_url: str) -> None:
    """``set_password`` gives whoever has none a password, once."""
    async with world(sqlite_url) as w:
        ada = await _without_password(w)
        api = w.auth.api.bind(headers=_headers_of(ada))
        await api.set_password(new_password="a first password")

        ada.password = "a first password"
        assert (await ada.sign_in()).status_code == 200
        with pytest.raises(APIError) as caught:
            await api.set_password(new_password="a second password")
        assert caught.value.code == "PASSWORD_ALREADY_SET"


async def test_without_a_base_url_the_error_says_what_to_do(sqlite_url: str) -> None:
    """With a base URL per request and no request, the error names the three remedies."""
    async with world(sqlite_url, base_url=DynamicBaseURL(allowed_hosts=("app.test",))) as w:
        with pytest.raises(
            APIError, match=r"set base_url, give it a fallback, or pass the request's headers"
        ) as caught:
            await w.auth.api.ok()

        assert caught.value.status == 500
        assert (await w.auth.api.bind(headers={"host": "app.test"}).ok()).ok


@pytest.mark.rule("core-config §2 in-process call")
@pytest.mark.parametrize(
    ("options", "headers", "origin"),
    [
        ({}, {"host": "app.test"}, "https://app.test"),
        ({}, {"host": "localhost:8000"}, "http://localhost:8000"),
        ({"protocol": "http"}, {"host": "app.test"}, "http://app.test"),
        ({"fallback": "https://fallback.test"}, {}, "https://fallback.test"),
    ],
)
async def test_links_of_calls_follow_the_headers(
    sqlite_url: str, options: dict[str, Any], headers: dict[str, str], origin: str
) -> None:
    """Where the base URL depends on the request, links point to the host of the headers, or to the fallback."""
    base_url = DynamicBaseURL(allowed_hosts=("app.test", "localhost:8000"), **options)
    async with world(sqlite_url, base_url=base_url) as w:
        api = w.auth.api.bind(headers=headers)
        await api.sign_up_email(**ADA)
        await api.request_password_reset(email=ADA["email"])

        assert (await w.settled()).last(ADA["email"], "reset").url.startswith(f"{origin}/api/auth/")

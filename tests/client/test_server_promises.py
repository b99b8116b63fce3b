"""What the official clients expect of a server, whatever the endpoint (client sheet §1 to §5, §9)."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from fastapi_betterauth import SessionOptions, UserFields
from fastapi_betterauth.features.operations import OPERATIONS
from tests.builders.answers import SESSION, cookies_set, said
from tests.builders.world import PASSWORD, Person, World, world
from tests.security.surface import Endpoint, endpoints

CALLS = {
    "sign_up_email": ("POST", "/sign-up/email"),
    "sign_in_email": ("POST", "/sign-in/email"),
    "sign_in_social": ("POST", "/sign-in/social"),
    "sign_out": ("POST", "/sign-out"),
    "get_session": ("GET", "/get-session"),
    "refresh_session": ("POST", "/get-session"),
    "list_sessions": ("GET", "/list-sessions"),
    "revoke_session": ("POST", "/revoke-session"),
    "revoke_sessions": ("POST", "/revoke-sessions"),
    "revoke_other_sessions": ("POST", "/revoke-other-sessions"),
    "update_session": ("POST", "/update-session"),
    "update_user": ("POST", "/update-user"),
    "change_email": ("POST", "/change-email"),
    "change_password": ("POST", "/change-password"),
    "delete_user": ("POST", "/delete-user"),
    "request_password_reset": ("POST", "/request-password-reset"),
    "reset_password": ("POST", "/reset-password"),
    "send_verification_email": ("POST", "/send-verification-email"),
    "verify_email": ("GET", "/verify-email"),
    "link_social_account": ("POST", "/link-social"),
    "unlink_account": ("POST", "/unlink-account"),
    "list_user_accounts": ("GET", "/list-accounts"),
    "account_info": ("GET", "/account-info"),
    "get_access_token": ("POST", "/get-access-token"),
    "refresh_token": ("POST", "/refresh-token"),
    "verify_password": ("POST", "/verify-password"),
}
"""What each call of the official client asks for (client sheet §5)."""

CAMEL = re.compile(r"[a-z]+(?:[A-Z][a-z0-9]*)*")
LOOKS_LIKE_A_DATE = re.compile(r"\d{4}-\d{2}-\d{2}T")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")


class Member(UserFields):
    """A user with a name of several words."""

    favourite_number_2: int | None = None


@pytest.mark.rule("client §5", "client §2.3")
def test_calls_find_their_endpoints() -> None:
    """Method and path of each call are those that the official client sends."""
    offered = {operation.name: operation for operation in OPERATIONS}

    assert {name: (offered[name].methods[0], offered[name].path) for name in CALLS} == CALLS


@pytest.mark.rule("client §2.1")
def test_paths_can_be_written_as_properties() -> None:
    """Each segment is what a property name in camelCase becomes, or a parameter."""
    segments = {part for operation in OPERATIONS for part in operation.path.split("/")[1:] if part[0] != "{"}

    for segment in segments:
        words = segment.split("-")
        name = words[0] + "".join(word.capitalize() for word in words[1:])
        assert re.sub(r"[A-Z]+", lambda capitals: f"-{capitals[0].lower()}", name) == segment


async def _day(w: World) -> list[httpx2.Response]:
    """Answers of all kinds, bodies of successes and refusals among them."""
    ada = await w.sign_up("ada", favouriteNumber2=7)
    phone = await w.another_device(ada)
    answers = [await ada.sign_in(callbackURL="/in"), await w.person().get("/get-session")]
    answers += [await ada.get(path) for path in ("/get-session", "/list-sessions", "/list-accounts", "/ok")]
    answers += [await ada.post(path) for path in ("/update-user", "/update-session", "/change-email", "/sign-in/email")]
    answers.append(await ada.post("/update-user", {"name": "Ada L"}))
    answers.append(await ada.post("/verify-password", {"password": PASSWORD}))
    answers.append(await ada.post("/send-verification-email", {"email": ada.email}))
    answers.append(await ada.get("/verify-email", params={"token": (await w.settled()).last(ada.email).token}))
    answers.append(await ada.post("/change-password", {"currentPassword": PASSWORD, "newPassword": "a new password"}))
    answers.append(await ada.post("/revoke-session", {"token": phone.token}))
    answers += [await ada.post("/revoke-other-sessions"), await ada.post("/sign-out")]
    answers.append(await w.person("bob").sign_up(rememberMe=False))
    return answers


def _entries(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """All names with their plain values, however deep."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _entries(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from _entries(inner, name)
    else:
        yield name, value


@pytest.mark.rule("client §9.1", "client §3.3", "client §3.2", "client §9.7", "client §3.1")
async def test_answers_are_what_clients_can_read(sqlite_url: str) -> None:
    """JSON by its content type, camelCase keys, ids as text, dates with three decimals and Z, errors with a message."""
    async with world(sqlite_url, user={"fields": Member}) as w:
        answers = await _day(w)

        assert {answer.headers["content-type"] for answer in answers} == {"application/json"}
        assert {answer.status_code for answer in answers} == {200, 400}
        entries = [entry for answer in answers for entry in _entries(answer.json())]
        names, dates = {name for name, _ in entries if name}, [v for _, v in entries if LOOKS_LIKE_A_DATE.match(str(v))]
        assert {"favouriteNumber2", "emailVerified", "expiresAt"} < names
        assert [name for name in names if not CAMEL.fullmatch(name)] == []
        assert len(dates) > 10
        assert [date for date in dates if not DATE.fullmatch(str(date))] == []
        assert {type(value) for name, value in entries if name == "id" or name.endswith("Id")} == {str}
        refusals = [answer.json() for answer in answers if answer.status_code != 200]
        assert all(set(body) <= {"message", "code"} and isinstance(body["message"], str) for body in refusals)


@pytest.mark.rule("client §9.1", "client §3.2", "client §4.2")
async def test_no_session_is_null(sqlite_url: str) -> None:
    """Whoever is nobody gets JSON null with 200, also where a session has ended; never an empty body or a 401."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        w.clock.move(days=8)
        visitor = w.person()
        answers = [await visitor.get("/get-session"), await ada.get("/get-session")]

        assert [(answer.status_code, answer.text) for answer in answers] == [(200, "null")] * 2


@pytest.mark.rule("client §4.2")
async def test_a_deferred_renewal_is_asked_for_without_a_body(sqlite_url: str) -> None:
    """``needsRefresh`` is told by GET; the POST that follows has no body at all and brings the renewed session."""
    options: SessionOptions = SessionOptions(defer_session_refresh=True)
    async with world(sqlite_url, session=options) as w:
        ada = await w.sign_up("ada")
        w.clock.move(days=2)
        told = await ada.get("/get-session")
        renewed = await ada.http.post("/api/auth/get-session")

        assert (told.json()["needsRefresh"], cookies_set(told)) == (True, {})
        assert (renewed.status_code, SESSION in cookies_set(renewed)) == (200, True)
        assert renewed.json()["session"]["expiresAt"] > told.json()["session"]["expiresAt"]


@pytest.mark.rule("client §4.5")
async def test_the_keys_of_a_session_stay_the_same(sqlite_url: str) -> None:
    """Whatever happens to it in between, a session has the same keys in the same order: nothing flickers."""
    async with world(sqlite_url, user={"fields": Member}) as w:
        ada = await w.sign_up("ada")
        shapes = [_shape(await ada.session())]
        await ada.post("/update-user", {"image": "a.png", "favouriteNumber2": 7})
        shapes.append(_shape(await ada.session()))
        await ada.post("/update-user", {"image": None, "favouriteNumber2": None})
        shapes.append(_shape(await ada.session()))
        w.clock.move(days=2)
        shapes.append(_shape(await ada.session()))
        await ada.sign_in(rememberMe=False)
        shapes.append(_shape(await ada.session()))

        assert shapes == [shapes[0]] * 5


def _shape(session: Any) -> dict[str, list[str]]:
    return {part: list(session[part]) for part in session}


@pytest.mark.rule("client §9.5")
@pytest.mark.parametrize("path", ["/sign-out", "/revoke-sessions", "/revoke-other-sessions", "/delete-user"])
async def test_where_nothing_is_needed_an_empty_object_is_enough(sqlite_url: str, path: str) -> None:
    """Clients send ``{}`` where they have nothing to say."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")

        assert said(await ada.post(path, {})) == (200, None)


@pytest.mark.rule("client §9.5", "client §2.3")
@pytest.mark.parametrize("path", ["/sign-out", "/revoke-sessions", "/revoke-other-sessions"])
async def test_where_nothing_is_read_no_body_is_needed(sqlite_url: str, path: str) -> None:
    """A POST without a body and without a content type does its work."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")

        assert said(await ada.http.post(f"/api/auth{path}")) == (200, None)


STRICT = {"/get-access-token", "/refresh-token", "/account-info"}


async def _called(person: Person, endpoint: Endpoint, **further: Any) -> tuple[int, str | None]:
    """What an endpoint says to a request that is complete."""
    own = {"email": f"new-{person.email}"} if "email" in endpoint.body else {}
    if endpoint.method == "GET":
        return said(await person.http.get(endpoint.url, params={"accountId": "x", **further}))
    return said(await person.http.post(endpoint.url, json=endpoint.example(**own, **further)))


@pytest.mark.rule("client §9.6")
async def test_unknown_keys_never_fail_but_where_they_must(sqlite_url: str) -> None:
    """A complete body fares alike with and without a key that nobody knows; three endpoints refuse it."""
    async with world(sqlite_url) as w:
        taken = [e for e in endpoints(w) if (e.method == "POST" and e.path != "/get-session") or e.path in STRICT]

        for number, endpoint in enumerate(taken):
            first, second = await w.sign_up(f"a{number}"), await w.sign_up(f"b{number}")
            plain, further = await _called(first, endpoint), await _called(second, endpoint, unknownKey="x")

            expected = (400, "VALIDATION_ERROR") if endpoint.path in STRICT else plain
            assert (endpoint.path, further) == (endpoint.path, expected)
            assert plain != (400, "VALIDATION_ERROR"), endpoint.path
        assert len(taken) > 20


@pytest.mark.rule("client §9.4")
@pytest.mark.parametrize(
    ("origin", "other"),
    [
        ("myapp://", "otherapp://"),
        ("https://preview-7.app.example", "https://preview-7.app.example.evil.test"),
        ("http://app.test", "https://app.test"),
    ],
)
async def test_trusted_origins_of_every_kind_may_write(sqlite_url: str, origin: str, other: str) -> None:
    """The scheme of an app, a pattern and the app itself pass as origin and as callback; others do not."""
    async with world(sqlite_url, trusted_origins=["myapp://", "https://*.app.example"]) as w:
        ada = await w.sign_up("ada")
        target = f"{origin}/in" if not origin.endswith("//") else f"{origin}in"
        body = {"email": ada.email, "password": PASSWORD, "callbackURL": target}
        good = await ada.post("/sign-in/email", body, headers={"origin": origin})
        relative = await ada.post("/sign-in/email", body | {"callbackURL": "/in"}, headers={"origin": origin})
        foreign = await ada.post("/sign-in/email", body, headers={"origin": other})

        assert (good.status_code, good.json()["url"]) == (200, target)
        assert (relative.status_code, relative.json()["url"]) == (200, "/in")
        assert said(foreign) == (403, "INVALID_ORIGIN")


def _page(w: World) -> Person:
    """A page of another origin that the host lets in."""
    person = w.person("ada")
    person.http.headers["origin"] = "https://web.example"
    return person


@pytest.mark.rule("client §1 cross-origin")
async def test_a_page_of_another_origin_is_served_behind_cors(sqlite_url: str) -> None:
    """With CORS middleware in front and the origin trusted, preflight and calls with credentials work."""
    app, page = FastAPI(), "https://web.example"
    app.add_middleware(
        CORSMiddleware,
        allow_origins=[page],
        allow_credentials=True,
        allow_methods=["GET", "POST"],
        allow_headers=["content-type"],
        expose_headers=["x-retry-after"],
    )
    async with world(sqlite_url, app=app, trusted_origins=[page]) as w:
        browser = _page(w)
        asked = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
        preflight = await browser.http.options("/api/auth/sign-up/email", headers=asked)
        signed_up = await browser.sign_up()

        assert preflight.status_code == 200
        for answer in (preflight, signed_up):
            assert answer.headers["access-control-allow-origin"] == page
            assert answer.headers["access-control-allow-credentials"] == "true"
        assert signed_up.headers["access-control-expose-headers"] == "x-retry-after"
        assert SESSION in cookies_set(signed_up)
        assert (await browser.session() or {})["user"]["email"] == browser.email


@pytest.mark.rule("client §2.4")
async def test_queries_are_read_as_clients_write_them(sqlite_url: str) -> None:
    """A space is ``%20``, a boolean its JSON text."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        w.clock.move(days=2)
        kept = await ada.http.get("/api/auth/get-session?disableRefresh=true")
        led = await ada.http.get("/api/auth/reset-password/x?callbackURL=%2Fnew%3Fq%3Da%2520b")

        assert (kept.json()["user"]["email"], cookies_set(kept)) == (ada.email, {})
        assert led.headers["location"] == "http://app.test/new?q=a%20b&error=INVALID_TOKEN"

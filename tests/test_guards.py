"""Guards on host routes: who is let through, and what the others are told."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, WebSocket
from sqlalchemy import MetaData, event
from starlette.requests import HTTPConnection

from fastapi_betterauth import (
    BetterAuth,
    CurrentSession,
    SessionOptions,
    UserFields,
    current_session,
    current_user,
    fresh_session,
    optional_session,
    require_verified_email,
)
from tests.builders.websocket import connect
from tests.builders.world import BASE, SECRET, Person, World, world

UNAUTHORIZED = {"detail": {"code": "UNAUTHORIZED", "message": "Unauthorized"}}
NOT_FRESH = {"detail": {"code": "SESSION_NOT_FRESH", "message": "Session is not fresh"}}
NOT_VERIFIED = {"detail": {"code": "EMAIL_NOT_VERIFIED", "message": "Email not verified"}}
DOWN = "postgresql+asyncpg://nobody:nothing@127.0.0.1:9/none"
FORMS = ["/free", "/bound"]


def _guarded(app: FastAPI, prefix: str, guards: Any) -> None:
    """Put a route behind each guard of a set: the module's, or an instance's."""

    @app.get(f"{prefix}/session")
    async def session(current: Annotated[CurrentSession, Depends(guards.current_session)]) -> str:
        return current.user.email

    @app.get(f"{prefix}/sync")
    def sync(current: Annotated[CurrentSession, Depends(guards.current_session)]) -> str:
        return current.user.email

    @app.get(f"{prefix}/optional")
    async def optional(current: Annotated[CurrentSession | None, Depends(guards.optional_session)]) -> str | None:
        return current and current.user.email

    @app.get(f"{prefix}/user")
    async def user(user: Annotated[UserFields, Depends(guards.current_user)]) -> str:
        return user.email

    @app.get(f"{prefix}/fresh", dependencies=[Depends(guards.fresh_session)])
    async def fresh() -> str:
        return "fresh"

    @app.get(f"{prefix}/verified", dependencies=[Depends(guards.require_verified_email)])
    async def verified() -> str:
        return "verified"

    @app.websocket(f"{prefix}/socket")
    async def socket(socket: WebSocket, user: Annotated[UserFields, Depends(guards.current_user)]) -> None:
        await socket.accept()
        await socket.send_text(user.email)
        await socket.close()


class _Free:
    """The free guards, named as an instance's are."""

    current_session = current_session
    optional_session = optional_session
    current_user = current_user
    fresh_session = fresh_session
    require_verified_email = require_verified_email


def _app() -> FastAPI:
    app = FastAPI()
    _guarded(app, "/free", _Free)
    return app


async def _with_bound_guards(w: World) -> Person:
    _guarded(w.app, "/bound", w.auth)
    return await w.sign_up("ada")


def _cookie(person: Person) -> str:
    return f"better-auth.session_token={person.cookie()}"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", ["/session", "/sync", "/optional", "/user"])
async def test_a_session_is_handed_over(sqlite_url: str, form: str, path: str) -> None:
    """With a session, guards hand over who it is, to sync and async endpoints."""
    async with world(sqlite_url, app=_app()) as w:
        ada = await _with_bound_guards(w)

        answer = await ada.http.get(form + path)

        assert (answer.status_code, answer.json()) == (200, ada.email)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", ["/session", "/sync", "/user", "/fresh", "/verified"])
async def test_without_a_session_the_answer_is_401(sqlite_url: str, form: str, path: str) -> None:
    """Without a session: 401 with a code, and a challenge."""
    async with world(sqlite_url, app=_app()) as w:
        await _with_bound_guards(w)

        answer = await w.person().http.get(form + path)

        assert (answer.status_code, answer.json()) == (401, UNAUTHORIZED)
        assert answer.headers["www-authenticate"] == "Cookie"


@pytest.mark.parametrize("form", FORMS)
async def test_an_optional_session_may_be_missing(sqlite_url: str, form: str) -> None:
    """``optional_session`` hands over None when nobody is signed in."""
    async with world(sqlite_url, app=_app()) as w:
        await _with_bound_guards(w)

        answer = await w.person().http.get(f"{form}/optional")

        assert (answer.status_code, answer.json()) == (200, None)


@pytest.mark.case("SC-SESS-16")
@pytest.mark.parametrize("form", FORMS)
async def test_an_old_sign_in_is_not_fresh(sqlite_url: str, form: str) -> None:
    """A sign-in stays fresh for a day, renewal or not; afterwards it is a 403 with a code."""
    async with world(sqlite_url, app=_app()) as w:
        ada = await _with_bound_guards(w)
        young = await ada.http.get(f"{form}/fresh")
        w.clock.move(days=1.5)
        await ada.session()
        old = await ada.http.get(f"{form}/fresh")

        assert (young.status_code, old.status_code, old.json()) == (200, 403, NOT_FRESH)


async def test_freshness_can_be_switched_off(sqlite_url: str) -> None:
    """With a fresh age of zero every session is fresh."""
    async with world(sqlite_url, app=_app(), session=SessionOptions(fresh_age=0)) as w:
        ada = await w.sign_up("ada")
        w.clock.move(days=3)

        assert (await ada.http.get("/free/fresh")).status_code == 200


@pytest.mark.parametrize("form", FORMS)
async def test_an_unverified_address_can_be_refused(sqlite_url: str, form: str) -> None:
    """``require_verified_email``: 403 with a code until the link was followed."""
    async with world(sqlite_url, app=_app()) as w:
        ada = await _with_bound_guards(w)
        before = await ada.http.get(f"{form}/verified")
        await ada.post("/send-verification-email", {"email": ada.email})
        await ada.get("/verify-email", params={"token": (await w.settled()).last(ada.email).token})
        after = await ada.http.get(f"{form}/verified")

        assert (before.status_code, before.json(), after.status_code) == (403, NOT_VERIFIED, 200)


@pytest.mark.parametrize("form", FORMS)
async def test_a_websocket_is_accepted_with_a_session(sqlite_url: str, form: str) -> None:
    """The same guards work on WebSocket routes."""
    async with world(sqlite_url, app=_app()) as w:
        ada = await _with_bound_guards(w)

        shake = await connect(w.app, f"{form}/socket", _cookie(ada))

        assert (shake.accepted, shake.texts) == (True, [ada.email])


@pytest.mark.parametrize("form", FORMS)
async def test_a_websocket_is_refused_without_a_session(sqlite_url: str, form: str) -> None:
    """Without a session a WebSocket is closed with 1008 before it was accepted; the reason is the code."""
    async with world(sqlite_url, app=_app()) as w:
        await _with_bound_guards(w)

        shake = await connect(w.app, f"{form}/socket")

        assert (shake.accepted, shake.close_code, shake.close_reason) == (False, 1008, "UNAUTHORIZED")


@contextmanager
def _statements(w: World) -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    seen: list[str] = []
    engine = w.auth.database.reader.sync_engine

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def test_several_guards_look_up_once(sqlite_url: str) -> None:
    """However many guards a request meets, bound and free, the session is read once."""
    app = FastAPI(dependencies=[Depends(optional_session)])
    async with world(sqlite_url, app=app) as w:

        @app.get("/much", dependencies=[Depends(fresh_session), Depends(w.auth.current_user)])
        async def much(current: Annotated[CurrentSession, Depends(current_session)]) -> str:
            return current.user.email

        ada = await w.sign_up("ada")
        with _statements(w) as seen:
            answer = await ada.http.get("/much")

        assert answer.status_code == 200
        assert len(seen) == 1, seen


async def test_the_session_is_known_outside_of_dependencies(sqlite_url: str) -> None:
    """``auth.get_session`` tells middleware who makes a request; the guards after it look no more."""
    async with world(sqlite_url) as w:
        _guarded(w.app, "", w.auth)
        seen: list[str] = []

        async def noting(scope: Any, receive: Any, send: Any) -> None:
            current = await w.auth.get_session(HTTPConnection(scope))
            seen.append(current.user.email if current else "nobody")
            await inner(scope, receive, send)

        ada = await w.sign_up("ada")
        inner, w.app.middleware_stack = w.app.middleware_stack, noting
        await ada.http.get("/user")
        await w.person().http.get("/user")

        assert seen == [ada.email, "nobody"]


@pytest.mark.case("SC-FAULT-01", "SC-HTTP-34")
@pytest.mark.parametrize("path", ["/session", "/optional", "/user", "/fresh", "/verified"])
async def test_an_absent_database_lets_nobody_through(path: str) -> None:
    """Who comes with a cookie while the database is away gets 503, also where a session is optional."""
    auth = BetterAuth(base_url=BASE, secret=SECRET, environment="test", database=DOWN, metadata=MetaData())
    app = _app()
    app.include_router(auth.router)
    cookie = f"better-auth.session_token={auth.runtime.signer.sign('a' * 32)}"
    async with world("sqlite+aiosqlite://") as other:
        other.app = app
        answer = await other.person().http.get(f"/free{path}", headers={"cookie": cookie})

    assert (answer.status_code, answer.json()["detail"]["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert answer.headers["retry-after"] == "1"


async def test_a_guard_can_be_overridden_in_a_hosts_tests(sqlite_url: str) -> None:
    """FastAPI's ``dependency_overrides`` takes guards as keys."""
    app = _app()
    async with world(sqlite_url, app=app) as w:
        now = w.clock()
        user = UserFields(id="u1", name="Ada", email="ada@people.test", created_at=now, updated_at=now)
        app.dependency_overrides[current_user] = lambda: user

        assert (await w.person().http.get("/free/user")).json() == user.email

"""Cookies that guards renew reach the client, whatever the endpoint answers with."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import Depends, FastAPI, WebSocket
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response, StreamingResponse

from fastapi_betterauth import (
    AdvancedOptions,
    CrossSubdomainCookies,
    CurrentSession,
    DynamicBaseURL,
    SessionOptions,
    current_session,
    optional_session,
)
from tests.builders.websocket import connect
from tests.builders.world import Person, World, world

Current = Annotated[CurrentSession[Any, Any], Depends(current_session)]
KINDS = ["model", "redirect", "stream", "file", "json", "refusal"]


def _app() -> FastAPI:
    app = FastAPI()

    @app.get("/model")
    def model(current: Current) -> str:
        return current.user.email

    @app.get("/redirect")
    async def redirect(current: Current) -> Response:
        return RedirectResponse("/elsewhere")

    @app.get("/stream")
    async def stream(current: Current) -> Response:
        async def parts() -> AsyncIterator[bytes]:
            yield b"one"
            yield b"two"

        return StreamingResponse(parts())

    @app.get("/file")
    async def file(current: Current) -> Response:
        return FileResponse(Path(__file__))

    @app.get("/json")
    async def json(current: Current) -> Response:
        response = JSONResponse({"email": current.user.email})
        response.set_cookie("mine", "kept")
        return response

    @app.get("/refusal")
    async def refusal(current: Current) -> Response:
        return Response(status_code=418)

    @app.websocket("/socket")
    async def socket(socket: WebSocket, current: Current) -> None:
        await socket.accept(headers=[(b"x-mine", b"kept")])
        await socket.close()

    return app


def _session_cookies(answer: httpx2.Response) -> list[str]:
    return [line for line in answer.headers.get_list("set-cookie") if line.startswith("better-auth.")]


async def _expiry(w: World) -> Any:
    return (await w.rows("session"))[0]["expires_at"]


async def _due(w: World) -> Person:
    """Somebody whose session is due for renewal."""
    ada = await w.sign_up("ada")
    w.clock.move(days=2)
    return ada


@pytest.mark.rule("sessions §4.9")
@pytest.mark.parametrize("kind", KINDS)
async def test_a_renewed_cookie_is_on_every_response(sqlite_url: str, kind: str) -> None:
    """A redirect, a stream, a file, JSON: the renewed cookie is on it, once, next to the host's own."""
    async with world(sqlite_url, app=_app()) as w:
        ada = await _due(w)
        before = await _expiry(w)

        answer = await ada.http.get(f"/{kind}")

        (line,) = _session_cookies(answer)
        assert line.startswith("better-auth.session_token=")
        assert "Max-Age=604800" in line
        assert (answer.cookies.get("mine") == "kept") is (kind == "json")
        assert await _expiry(w) > before


@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_is_set_when_nothing_is_due(sqlite_url: str, kind: str) -> None:
    """A young session leaves responses alone."""
    async with world(sqlite_url, app=_app()) as w:
        ada = await w.sign_up("ada")

        assert _session_cookies(await ada.http.get(f"/{kind}")) == []


async def test_a_renewed_cookie_goes_with_the_websocket_handshake(sqlite_url: str) -> None:
    """Accepting a WebSocket sends the renewed cookie, next to the host's headers."""
    async with world(sqlite_url, app=_app()) as w:
        ada = await _due(w)

        shake = await connect(w.app, "/socket", f"better-auth.session_token={ada.cookie()}")

        (line,) = shake.cookies_set()
        assert line.startswith("better-auth.session_token=")
        assert ("x-mine", "kept") in shake.headers


@pytest.mark.rule("sessions §4.5")
async def test_the_cookie_of_a_session_that_ended_is_cleared(sqlite_url: str) -> None:
    """Who comes with the cookie of a revoked session is told to forget it along with the 401."""
    async with world(sqlite_url, app=_app()) as w:
        ada = await w.sign_up("ada")
        other = await w.another_device(ada)
        await other.post("/revoke-other-sessions")

        answer = await ada.http.get("/model")

        assert answer.status_code == 401
        assert all("Max-Age=0" in line for line in _session_cookies(answer))
        assert ada.cookie() is None


async def test_mounted_apps_renew_as_well(sqlite_url: str) -> None:
    """A guard in a mounted app finds the instance around it, and its cookies travel."""
    async with world(sqlite_url) as w:
        w.app.mount("/sub", _app())
        ada = await _due(w)

        answer = await ada.http.get("/sub/file")

        assert answer.status_code == 200
        assert len(_session_cookies(answer)) == 1


async def test_a_mounted_app_may_have_the_router(sqlite_url: str) -> None:
    """With the router in the mounted app, whose lifespan nobody runs, guards work; renewal waits."""
    outer, inner = FastAPI(), _app()
    outer.mount("/sub", inner)
    async with world(sqlite_url, app=inner) as w:
        ada = await _due(w)
        inner.middleware_stack = None
        before = await _expiry(w)
        w.app = outer
        visitor = w.person()
        answer = await visitor.http.get("/sub/model", headers={"cookie": f"better-auth.session_token={ada.cookie()}"})

        assert (answer.status_code, answer.json()) == (200, ada.email)
        assert (_session_cookies(answer), await _expiry(w)) == ([], before)


async def test_without_lifespan_nothing_is_lost(sqlite_url: str) -> None:
    """An app whose server runs no lifespan lets people in; sessions are not extended behind their cookie's back."""
    async with world(sqlite_url) as w:
        ada = await _due(w)
        before = await _expiry(w)
        bare = _app()
        bare.include_router(w.auth.router)
        w.app = bare
        visitor = w.person()
        visitor.http.cookies.update(ada.http.cookies)
        answer = await visitor.http.get("/model")
        kept = await _expiry(w)
        renewed = await visitor.get("/get-session")

        assert (answer.status_code, _session_cookies(answer), kept) == (200, [], before)
        assert len(_session_cookies(renewed)) == 1


@pytest.mark.rule("sessions §4.8")
async def test_a_deferred_renewal_is_left_to_the_client(sqlite_url: str) -> None:
    """With deferred renewal, guards only read."""
    async with world(sqlite_url, app=_app(), session=SessionOptions(defer_session_refresh=True)) as w:
        ada = await _due(w)
        before = await _expiry(w)

        answer = await ada.http.get("/model")

        assert (_session_cookies(answer), await _expiry(w)) == ([], before)


@pytest.mark.rule("sessions §4.6")
async def test_a_browser_session_stays_one(sqlite_url: str) -> None:
    """Who did not want to be remembered gets no lasting cookie from a guard."""
    async with world(sqlite_url, app=_app()) as w:
        ada = await w.sign_up("ada")
        guest = await w.another_device(ada, rememberMe=False)
        w.clock.move(hours=20)

        answer = await guest.http.get("/model")

        assert answer.status_code == 200
        assert not any("Max-Age=604800" in line for line in _session_cookies(answer))


@pytest.mark.rule("core-config §2 cookies")
async def test_a_domain_that_follows_the_host_is_kept(sqlite_url: str) -> None:
    """Where cookies are shared among sub-domains of whatever host is asked, a guard's cookie has that domain too."""
    options: dict[str, Any] = {
        "base_url": DynamicBaseURL(allowed_hosts=("app.test",)),
        "advanced": AdvancedOptions(cross_subdomain_cookies=CrossSubdomainCookies()),
    }
    async with world(sqlite_url, app=_app(), **options) as w:
        ada = await _due(w)

        (line,) = _session_cookies(await ada.http.get("/model"))

        assert "Domain=app.test" in line


async def test_optional_guards_renew_as_well(sqlite_url: str) -> None:
    """``optional_session`` extends what it finds."""
    app = FastAPI()

    @app.get("/home", dependencies=[Depends(optional_session)])
    async def home() -> Response:
        return RedirectResponse("/start")

    async with world(sqlite_url, app=app) as w:
        ada = await _due(w)

        assert len(_session_cookies(await ada.http.get("/home"))) == 1


async def test_instances_are_closed_and_opened_again(sqlite_url: str) -> None:
    """A second run of the same app's lifespan does not send cookies twice."""
    app = _app()
    async with world(sqlite_url, app=app) as w:
        ada = await _due(w)
        async with app.router.lifespan_context(app):
            assert len(_session_cookies(await ada.http.get("/json"))) == 1

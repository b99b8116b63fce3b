"""An app that hosts one instance or several: where the router may stand, and what it leaves alone."""

from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException
from sqlalchemy import MetaData
from starlette.responses import Response

from fastapi_betterauth import AdvancedOptions, BetterAuth, CurrentSession, UserFields, current_session, current_user
from tests.builders.world import BASE, SECRET, World, world


def _host_routes(app: FastAPI) -> None:
    @app.get("/items")
    def items() -> str:
        return "items"

    @app.get("/items/{item}")
    def item(item: int) -> int:
        return item

    @app.get("/api/other")
    def other() -> str:
        return "other"

    @app.get("/me")
    def me(user: Annotated[UserFields, Depends(current_user)]) -> str:
        return user.email


def _world_with_host_routes(sqlite_url: str, place: str) -> Any:
    """A host whose routes stand before or after the router."""
    app = FastAPI()
    if place == "before":
        _host_routes(app)
    return world(sqlite_url, app=app)


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/items", 200, None),
        ("GET", "/items/7", 200, None),
        ("GET", "/items/seven", 422, None),
        ("POST", "/items", 405, "GET"),
        ("GET", "/items/", 307, None),
        ("GET", "/nothing", 404, None),
        ("GET", "/api/other", 200, None),
        ("GET", "/api/authority", 404, None),
        ("GET", "/openapi.json", 200, None),
    ],
)
async def test_the_hosts_routes_answer_as_ever(
    sqlite_url: str, place: str, method: str, path: str, status: int, allow: str | None
) -> None:
    """Wherever the router stands, the host keeps its own 200, 404, 405, 422 and slash redirects."""
    async with _world_with_host_routes(sqlite_url, place) as w:
        if place == "after":
            _host_routes(w.app)

        answer = await w.person().http.request(method, path)

        assert (answer.status_code, answer.headers.get("allow")) == (status, allow)
        assert status != 404 or answer.json() == {"detail": "Not Found"}


@pytest.mark.parametrize("place", ["before", "after"])
async def test_guards_work_wherever_the_router_stands(sqlite_url: str, place: str) -> None:
    """Routes before and after the router find the instance."""
    async with _world_with_host_routes(sqlite_url, place) as w:
        if place == "after":
            _host_routes(w.app)
        ada = await w.sign_up("ada")

        assert (await ada.http.get("/me")).json() == ada.email


async def test_the_router_may_be_nested_under_a_prefix(sqlite_url: str) -> None:
    """Included by way of another router, with a prefix, the endpoints and guards work there."""
    app = FastAPI()
    _host_routes(app)
    async with world(sqlite_url, app=app) as w:
        outer = APIRouter(prefix="/v1")
        outer.include_router(w.auth.router)
        nested = FastAPI()
        nested.include_router(outer)
        _host_routes(nested)
        ada = await w.sign_up("ada")
        w.app = nested
        visitor = w.person()
        visitor.http.cookies.update(ada.http.cookies)

        assert (await visitor.http.get("/v1/api/auth/get-session")).json()["user"]["email"] == ada.email
        assert (await visitor.http.get("/me")).json() == ada.email
        assert (await visitor.http.get("/v1/api/auth/nothing")).status_code == 404


async def _key(x_key: Annotated[str | None, Header()] = None) -> None:
    if x_key != "open":
        raise HTTPException(418, "no key")


async def _with_dependencies(w: World) -> None:
    app = FastAPI()
    app.include_router(w.auth.router, dependencies=[Depends(_key)])
    w.app = app


@pytest.mark.parametrize("path", ["/ok", "/get-session", "/error"])
async def test_the_hosts_dependencies_run_on_auth_routes(sqlite_url: str, path: str) -> None:
    """``include_router(dependencies=[…])`` keeps people out; the host's exception is answered as the host's."""
    async with world(sqlite_url) as w:
        await _with_dependencies(w)

        without = await w.person().get(path)
        with_key = await w.person().get(path, headers={"x-key": "open"})

        assert (without.status_code, without.json()) == (418, {"detail": "no key"})
        assert with_key.status_code == 200


async def test_the_hosts_dependencies_run_before_anything_is_written(sqlite_url: str) -> None:
    """A refused sign-up leaves nothing behind; with the key it works, body and all."""
    async with world(sqlite_url) as w:
        await _with_dependencies(w)
        refused = await w.person("ada").sign_up()
        rows = await w.rows("user")
        bob = w.person("bob")
        bob.http.headers["x-key"] = "open"

        assert (refused.status_code, rows) == (418, [])
        assert (await bob.sign_up()).status_code == 200


async def test_a_hosts_dependency_may_set_cookies_and_see_the_session(sqlite_url: str) -> None:
    """A guard among the host's dependencies decides on auth routes as on any other."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        app = FastAPI()
        app.include_router(w.auth.router, dependencies=[Depends(current_session)])
        w.app = app
        signed_in = w.person()
        signed_in.http.cookies.update(ada.http.cookies)

        assert (await signed_in.get("/ok")).status_code == 200
        assert (await w.person().get("/ok")).status_code == 401


def _second() -> BetterAuth[Any, Any]:
    return BetterAuth(
        base_url=BASE,
        base_path="/staff",
        secret=SECRET,
        environment="test",
        metadata=MetaData(),
        advanced=AdvancedOptions(cookie_prefix="staff"),
    )


async def test_two_instances_need_bound_guards(sqlite_url: str) -> None:
    """With two instances in one app each guards by its own guards; the free ones say what to do instead."""
    staff = _second()
    app = FastAPI()
    app.include_router(staff.router)
    async with world(sqlite_url, app=app) as w:

        @app.get("/free", dependencies=[Depends(current_session)])
        def free() -> None: ...

        @app.get("/customers")
        def customers(current: Annotated[CurrentSession, Depends(w.auth.current_session)]) -> str:
            return current.user.email

        @app.get("/staff-only", dependencies=[Depends(staff.current_session)])
        def staff_only() -> None: ...

        ada = await w.sign_up("ada")

        assert (await ada.http.get("/customers")).json() == ada.email
        assert (await ada.http.get("/staff-only")).status_code == 401
        with pytest.raises(RuntimeError, match=r"several BetterAuth routers.*auth\.current_session"):
            await _call_free_guard(app)


async def _call_free_guard(app: FastAPI) -> None:
    scope = {"type": "http", "method": "GET", "path": "/free", "headers": [], "query_string": b"", "root_path": ""}

    async def nothing(*_: Any) -> Any:
        return {"type": "http.request", "body": b""}

    await app(scope, nothing, nothing)


async def test_without_a_router_the_free_guards_say_so() -> None:
    """Forgetting to include the router is a clear error, not a 401."""
    app = FastAPI()

    @app.get("/free", dependencies=[Depends(current_session)])
    def free() -> None: ...

    with pytest.raises(RuntimeError, match="no BetterAuth router is included"):
        await _call_free_guard(app)


async def test_a_mounted_app_with_its_own_instance_uses_that(sqlite_url: str) -> None:
    """The nearest instance counts: staff of the mounted app are not customers of the outer one."""
    staff = _second()
    inner = FastAPI()
    inner.include_router(staff.router)

    @inner.get("/me")
    def me(user: Annotated[UserFields, Depends(current_user)]) -> str:
        return user.email

    async with world(sqlite_url) as w:
        w.app.mount("/inner", inner)
        ada = await w.sign_up("ada")

        assert (await ada.http.get("/inner/me")).status_code == 401
        await staff.close()


def test_docs_show_the_lock_on_guarded_routes() -> None:
    """The host's document names the cookie scheme, and puts the lock on guarded routes only."""
    auth = BetterAuth(base_url=BASE, secret=SECRET, environment="test", metadata=MetaData())
    app = FastAPI()
    app.include_router(auth.router)
    _host_routes(app)

    @app.get("/bound", dependencies=[Depends(auth.fresh_session)])
    def bound() -> Response:
        return Response()

    paths = app.openapi()["paths"]

    assert paths["/me"]["get"]["security"] == paths["/bound"]["get"]["security"] == [{"session": []}]
    assert "security" not in paths["/items"]["get"]
    assert app.openapi()["components"]["securitySchemes"]["session"]["name"] == "better-auth.session_token"

"""Roles and what they grant, and the guards that ask for it."""

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import HTTPConnection

from fastapi_betterauth import CurrentSession, require_permission, require_role
from fastapi_betterauth.access_control import Actions, Role, any_role_authorizes, create_access_control, role
from fastapi_betterauth.plugins.admin import ADMIN_ROLE, DEFAULT_STATEMENTS, USER_ROLE, Admin
from tests.builders.world import Person, World, world

EDITOR = role({"post": ["read", "write"], "comment": ["read"], "nothing": []})
UNKNOWN = "You are not allowed to access resource: "
REFUSED = 'unauthorized to access resource "'


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        pytest.param({"post": ["read"]}, None, marks=pytest.mark.rule("access-control §2")),
        pytest.param(
            {"post": ["read", "write"], "comment": ["read"]}, None, marks=pytest.mark.rule("access-control §2")
        ),
        pytest.param({"user": ["read"]}, f"{UNKNOWN}user", marks=pytest.mark.rule("access-control §3.2")),
        pytest.param({"post": ["read", "drop"]}, f'{REFUSED}post"', marks=pytest.mark.rule("access-control §3.4")),
        pytest.param({}, "Not authorized", marks=pytest.mark.rule("access-control §3.6")),
        pytest.param({"post": []}, f'{REFUSED}post"', marks=pytest.mark.rule("access-control §3.7")),
        pytest.param({"nothing": ["read"]}, f'{REFUSED}nothing"', marks=pytest.mark.rule("access-control §3.7")),
        pytest.param({"post": {"connector": "OR"}}, f'{REFUSED}post"', marks=pytest.mark.rule("access-control §3.8")),
        pytest.param({"post": {"actions": "read"}}, f'{REFUSED}post"', marks=pytest.mark.rule("access-control §3.8")),
        pytest.param({"post": ["READ"]}, f'{REFUSED}post"', marks=pytest.mark.rule("access-control §3.10")),
        pytest.param({"post": [1]}, f'{REFUSED}post"', marks=pytest.mark.rule("access-control §3.10")),
        pytest.param({"post": ["*"]}, f'{REFUSED}post"', marks=pytest.mark.rule("access-control §3.11")),
        pytest.param({"__class__": ["x"]}, f"{UNKNOWN}__class__", marks=pytest.mark.rule("access-control §3.12")),
        pytest.param({"user": None}, f"{UNKNOWN}user", marks=pytest.mark.rule("access-control §3.9")),
    ],
)
def test_all_that_is_asked_for_must_be_granted(request_: Any, error: str | None) -> None:
    """Without a connector every action on every resource counts."""
    answer = EDITOR.authorize(request_)

    assert (answer.success, answer.error) == (error is None, error)
    assert bool(answer) is answer.success


@pytest.mark.rule("access-control §2", "access-control §3.2", "access-control §3.3", "access-control §3.5")
@pytest.mark.parametrize(
    ("request_", "allowed"),
    [
        ({"user": ["read"], "post": ["read"]}, True),
        ({"post": ["drop"], "comment": ["read"]}, True),
        ({"user": ["read"]}, False),
        ({"post": ["drop"]}, False),
        ({}, False),
    ],
)
def test_one_resource_is_enough_with_or(request_: Any, *, allowed: bool) -> None:
    """The connector between resources."""
    assert EDITOR.authorize(request_, "OR").success is allowed


@pytest.mark.rule("access-control §2")
def test_one_action_is_enough_with_or() -> None:
    """The connector between actions; any other word than ``OR`` means all of them."""
    assert EDITOR.authorize({"post": Actions(["read", "drop"], "OR")})
    assert EDITOR.authorize({"post": {"actions": ["read", "drop"], "connector": "OR"}})
    assert not EDITOR.authorize({"post": Actions(["read", "drop"])})
    assert not EDITOR.authorize({"post": {"actions": ["read", "drop"], "connector": "or"}})


@pytest.mark.rule("access-control §3.9")
@pytest.mark.parametrize("wanted", [None, "read", 1, False])
def test_nonsense_is_an_error_and_no_denial(wanted: Any) -> None:
    """A resource that the role knows must be asked for with actions."""
    with pytest.raises(TypeError, match="Invalid access control request"):
        EDITOR.authorize({"post": wanted})


@pytest.mark.rule("access-control §1", "access-control §1.1", "access-control §1.2")
def test_roles_are_made_without_validation() -> None:
    """A role may know what the controller does not; its statements can be spread into another one."""
    access = create_access_control({"post": ["read", "write"]})
    reader = access.new_role({"post": ["read", "read"], "gone": ["x"]})
    both = access.new_role({**reader.statements, "post": [*reader.statements["post"], "write"]})

    assert both.authorize({"gone": ["x"], "post": ["write", "read"]})


@pytest.mark.rule("access-control §4")
def test_roles_are_not_unioned() -> None:
    """Two roles that grant a half each grant the whole to nobody; unknown names grant nothing."""
    roles = {"a": role({"x": ["1"]}), "b": role({"y": ["1"]})}

    assert any_role_authorizes(roles, ["b", "a", "c"], {"x": ["1"]})
    assert not any_role_authorizes(roles, ["a", "b"], {"x": ["1"], "y": ["1"]})


@pytest.mark.rule("access-control §5")
def test_built_in_roles_grant_what_the_sheet_says() -> None:
    """Admins may do everything but impersonate admins; users nothing."""
    everything = {resource: list(actions) for resource, actions in DEFAULT_STATEMENTS.items()}
    but_one = everything | {"user": [action for action in everything["user"] if action != "impersonate-admins"]}

    assert ADMIN_ROLE.authorize(but_one)
    assert not ADMIN_ROLE.authorize(everything)
    assert not USER_ROLE.authorize({"user": ["get"]})


names = st.text(max_size=3)
statements = st.dictionaries(names, st.lists(names, max_size=3), max_size=3)


@given(statements, statements)
def test_and_grants_only_what_is_listed(granted: dict[str, list[str]], wanted: dict[str, list[str]]) -> None:
    """Whatever the names, authorization is the subset relation on actions that were really asked for."""
    listed = bool(wanted) and all(
        actions and resource in granted and set(actions) <= set(granted[resource])
        for resource, actions in wanted.items()
    )

    assert Role(granted).authorize(wanted).success is listed


def _app() -> FastAPI:
    app = FastAPI()

    @app.delete("/posts", dependencies=[Depends(require_permission(post=["delete"]))])
    async def delete_posts() -> str:
        return "deleted"

    @app.get("/staff")
    async def staff(current: Annotated[CurrentSession, Depends(require_role("editor", "admin"))]) -> str:
        return current.user.email

    return app


ROLES = {"admin": role({"post": ["delete"]}), "editor": role({"post": ["read"]}), "user": USER_ROLE}


async def _as(w: World, names: str) -> Person:
    person = await w.sign_up("ada")
    await _give(w, names)
    return person


async def _give(w: World, names: str) -> None:
    async with w.auth.database.engine.begin() as connection:
        await connection.execute(w.auth.tables.user.table.update().values(role=names))


@pytest.mark.parametrize(
    ("names", "deletes", "is_staff"),
    [("admin", 200, 200), ("editor", 403, 200), ("user", 403, 403), ("editor,admin", 200, 200), (" admin", 403, 403)],
)
async def test_guards_ask_for_permissions_and_roles(sqlite_url: str, names: str, deletes: int, is_staff: int) -> None:
    """The free guards let in by permission or by role; others get 403 FORBIDDEN, strangers 401."""
    async with world(sqlite_url, app=_app(), plugins=[Admin(roles=ROLES)]) as w:
        ada = await _as(w, names)

        answers = [await ada.http.delete("/posts"), await ada.http.get("/staff")]
        strangers = await w.person().http.get("/staff")

        assert [answer.status_code for answer in answers] == [deletes, is_staff]
        assert all(a.json()["detail"]["code"] == "FORBIDDEN" for a in answers if a.status_code == 403)
        assert strangers.status_code == 401


@pytest.mark.case("SC-ADMIN-02")
async def test_a_demotion_acts_at_once(sqlite_url: str) -> None:
    """The role is read from the store with the session, by the bound guards as by the free ones."""
    app = FastAPI()
    async with world(sqlite_url, app=app, plugins=[Admin(roles=ROLES)]) as w:

        @app.get("/bound", dependencies=[Depends(w.auth.require_permission(post=["delete"]))])
        async def bound(current: Annotated[CurrentSession, Depends(w.auth.require_role("admin"))]) -> str:
            return current.user.email

        ada = await _as(w, "admin")
        before = await ada.http.get("/bound")
        await _give(w, "user")

        assert (before.status_code, (await ada.http.get("/bound")).status_code) == (200, 403)


async def test_guards_without_roles_say_what_is_missing(sqlite_url: str) -> None:
    """Without a plugin that knows roles the developer is told which one to add."""
    async with world(sqlite_url, app=_app()) as w:
        ada = await w.sign_up("ada")
        cookie = f"better-auth.session_token={ada.cookie()}".encode()
        connection = HTTPConnection({"type": "http", "headers": [(b"cookie", cookie)], "app": w.app})

        with pytest.raises(RuntimeError, match=r"plugins=\[Admin\(\)\]"):
            await w.auth.require_role("admin")(connection)

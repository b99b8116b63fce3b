"""The endpoints of plugins, in-process and over HTTP, blocking and not."""

import inspect
from typing import Any, cast

import pytest
from fastapi import FastAPI
from sqlalchemy import MetaData
from starlette.testclient import TestClient

from fastapi_betterauth import AuthError, BetterAuth, EmailAndPassword, SignInWaits, plugins
from fastapi_betterauth.client.http import AsyncAuthClient, AuthClient
from fastapi_betterauth.client.transport import Call
from fastapi_betterauth.pipeline.operation import Operation
from fastapi_betterauth.plugin import Plugin
from fastapi_betterauth.plugins.admin import Admin, AsyncAdminCalls
from fastapi_betterauth.plugins.two_factor import AsyncTwoFactorCalls, TwoFactor
from fastapi_betterauth.plugins.username import AsyncUsernameCalls, Username, UsernameCalls
from scripts.generate_slices import plugin_files
from tests.builders.answers import said
from tests.builders.world import BASE, PASSWORD, SECRET, world
from tests.plugins.two_factor.people import enrolled

KINDS: list[type[Plugin]] = [getattr(plugins, name) for name in plugins.__all__]
OPERATIONS = [(kind, operation) for kind in KINDS for operation in kind.operations]


def _classes(kind: type[Plugin]) -> tuple[type, type, type]:
    """The plugin's asynchronous, blocking and server classes."""
    server = type(vars(kind)["api"].__get__(kind.__new__(kind)))
    home = inspect.getmodule(server)
    return getattr(home, f"Async{kind.__name__}Calls"), getattr(home, f"{kind.__name__}Calls"), server


def _methods(surface: type) -> set[str]:
    return {name for name, member in vars(surface).items() if inspect.isfunction(member) and not name.startswith("_")}


class Recorder:
    """A transport that notes calls."""

    def __init__(self) -> None:
        self.calls: list[Call[Any]] = []

    async def send(self, call: Call[Any]) -> Any:
        self.calls.append(call)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.operations], ids=lambda kind: kind.__name__)
def test_every_operation_has_one_method_everywhere(kind: type[Plugin]) -> None:
    """Both clients offer what can be reached, the server's the rest as well; nobody offers more."""
    asynchronous, blocking, server = _classes(kind)
    public = {o.name for o in kind.operations if not o.server_only}

    assert _methods(asynchronous) == _methods(blocking) == public
    assert _methods(server) == {o.name for o in kind.operations} - public


@pytest.mark.parametrize(("kind", "operation"), OPERATIONS, ids=[operation.name for _, operation in OPERATIONS])
async def test_methods_call_the_path_of_their_operation(kind: type[Plugin], operation: Operation[Any]) -> None:
    """Each method calls the method and path of the operation whose name it bears."""
    recorder = Recorder()
    method = getattr(cast("Any", _classes(kind)[2])(recorder), operation.name)
    needed = {n: p for n, p in inspect.signature(method).parameters.items() if p.default is inspect.Parameter.empty}
    await method(**{name: {} if "dict" in str(p.annotation) else "x" for name, p in needed.items()})
    assert [(call.method, call.path) for call in recorder.calls] == [(operation.methods[0], operation.path)]


def test_slices_are_up_to_date() -> None:
    """They are what the generator makes of the operations."""
    assert [str(path) for path, text in plugin_files() if path.read_text() != text] == []


def test_a_plugin_is_imported_when_it_is_asked_for() -> None:
    """The index knows them all, and nothing else."""
    assert [kind.__name__ for kind in KINDS] == plugins.__all__
    with pytest.raises(AttributeError, match="Nothing"):
        _ = plugins.Nothing  # type: ignore[attr-defined]


async def test_a_second_factor_is_wanted(sqlite_url: str) -> None:
    """In-process it is an exception, not an answer of another shape."""
    async with world(sqlite_url, plugins=[TwoFactor(), Username()]) as w:
        await enrolled(w)
        with pytest.raises(SignInWaits) as caught:
            await w.auth.api.sign_in_email(email="ada@people.test", password=PASSWORD)
        assert caught.value.answer == {"twoFactorRedirect": True, "twoFactorMethods": ["totp"]}


async def test_over_http(sqlite_url: str) -> None:
    """The same calls through a client: sign in by name, wait, show a code, be signed in."""
    async with world(sqlite_url, plugins=[TwoFactor(), Username()]) as w:
        phone = await enrolled(w)
        assert said(await phone.person.post("/update-user", {"username": "ada_l"})) == (200, None)
        client = AsyncAuthClient(w.base, http=cast("Any", w.person().http))
        assert (await client.plugin(AsyncUsernameCalls).is_username_available(username="ada_l")).available is False
        with pytest.raises(SignInWaits):
            await client.plugin(AsyncUsernameCalls).sign_in_username(username="ada_l", password=PASSWORD)
        with pytest.raises(AuthError) as refused:
            await client.plugin(AsyncTwoFactorCalls).verify_totp(code="0")
        assert refused.value.code == "INVALID_CODE"
        verified = await client.plugin(AsyncTwoFactorCalls).verify_totp(code=phone.code())
        assert verified.token == (await client.get_session()).session.token  # type: ignore[union-attr]
        shown = await client.plugin(AsyncTwoFactorCalls).get_totp_uri(password=PASSWORD)
        assert shown.totp_uri == phone.uri


async def test_queries_travel(sqlite_url: str) -> None:
    """Numbers and lists too, in-process and over HTTP."""
    async with world(sqlite_url, plugins=[Admin(default_role="admin")]) as w:
        people = [await w.sign_up(name) for name in ("ada", "bob", "eve")]
        client = AsyncAuthClient(w.base, http=cast("Any", people[0].http))
        bound = w.auth.plugin(Admin).api.bind(headers={"cookie": f"better-auth.session_token={people[0].cookie()}"})
        for calls in (client.plugin(AsyncAdminCalls), bound):
            page = await calls.list_users(limit=1, sort_by="name", sort_direction="desc")
            assert ([user.name for user in page.users], page.total) == (["Eve"], 3)
            some = await calls.list_users(
                filter_field="email", filter_operator="in", filter_value=[people[0].email, people[1].email]
            )
            assert sorted(user.name for user in some.users) == ["Ada", "Bob"]


def test_blocking() -> None:
    """The blocking client has them as well."""
    auth: BetterAuth[Any, Any] = BetterAuth(
        base_url=BASE,
        secret=SECRET,
        environment="test",
        metadata=MetaData(),
        email_and_password=EmailAndPassword(enabled=True),
        plugins=[Username()],
    )
    app = FastAPI()
    app.include_router(auth.router)
    with TestClient(app, base_url=BASE) as http, AuthClient(BASE, http=cast("Any", http)) as client:
        client.sign_up_email(name="Ada", email="ada@people.test", password=PASSWORD, fields={"username": "ada_l"})
        names = client.plugin(UsernameCalls)
        assert [names.is_username_available(username=name).available for name in ("ada_l", "ada_m")] == [False, True]
        assert names.sign_in_username(username="ada_l", password=PASSWORD).user.name == "Ada"

"""Routes, ``auth.api`` and both clients offer the same endpoints, one to one."""

import inspect
import json
import re
from pathlib import Path
from typing import Any, cast

import pytest

from fastapi_betterauth.client import sync_calls
from fastapi_betterauth.client.calls import AsyncCalls
from fastapi_betterauth.client.sync_calls import Calls
from fastapi_betterauth.client.transport import Call
from fastapi_betterauth.features.operations import OPERATIONS
from fastapi_betterauth.in_process import InProcessTransport, ServerCalls
from scripts.generate_sync_client import generated
from tests.builders.world import world

CONTRACT = Path(__file__).parent.parent / "contract" / "endpoints.json"
OURS = {"refresh_session", "callback_oauth_form"}
"""The POST of ``/get-session`` and of ``/callback`` has no name of its own in the contract."""


def _methods(surface: type) -> set[str]:
    return {name for name, member in vars(surface).items() if inspect.isfunction(member) and not name.startswith("_")}


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name.replace("OAuth", "Oauth")).lower()


class Recorder:
    """A transport that notes calls."""

    def __init__(self) -> None:
        self.calls: list[Call[Any]] = []

    async def send(self, call: Call[Any]) -> Any:
        self.calls.append(call)
        return None


@pytest.mark.rule("client §10 surface", "client §10 server-only")
def test_every_operation_has_one_method_everywhere() -> None:
    """Each operation is a method of both clients, and of ``auth.api``; nobody offers more."""
    assert len({o.name for o in OPERATIONS}) == len(OPERATIONS)
    public = {o.name for o in OPERATIONS if not o.server_only}
    server_only = {o.name for o in OPERATIONS if o.server_only}

    assert _methods(AsyncCalls) == public
    assert _methods(Calls) == public
    assert _methods(ServerCalls) == server_only | {"bind", "call"}


@pytest.mark.rule("client §10 method choice")
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.name)
async def test_methods_call_the_path_of_their_operation(operation: Any) -> None:
    """Each method calls the method and path of the operation whose name it bears."""
    recorder = Recorder()
    surface = ServerCalls(cast("InProcessTransport", recorder)) if operation.server_only else AsyncCalls(recorder)
    method = getattr(surface, operation.name)
    arguments = {
        name: {} if name == "fields" else "x"
        for name, parameter in inspect.signature(method).parameters.items()
        if parameter.default is inspect.Parameter.empty
    }

    await method(**arguments)

    assert [(call.method, call.path) for call in recorder.calls] == [(operation.methods[0], operation.path)]


@pytest.mark.rule("client §2.1", "client §5")
def test_names_and_paths_are_those_of_the_contract() -> None:
    """The contract's name in snake_case, its method and its path, for every endpoint of the core."""
    contract = json.loads(CONTRACT.read_text())["core"]
    theirs = {(_snake(e["name"]), re.sub(r":(\w+)", r"{\1}", e["path"] or "")) for e in contract}
    ours = {(o.name, o.path) for o in OPERATIONS}

    missing = {name for name, _ in theirs} - {name for name, _ in ours}
    assert missing == set()
    assert {name for name, path in ours if (name, path) not in theirs} <= OURS | {"set_password"}


async def test_every_operation_is_documented(sqlite_url: str) -> None:
    """``/docs`` lists each endpoint with summary, tag, typed 200, its error codes, and the lock where it has one."""
    async with world(sqlite_url) as w:
        document = w.app.openapi()

    for operation in (o for o in OPERATIONS if not o.server_only):
        entry = document["paths"][f"/api/auth{operation.path}"][operation.methods[0].lower()]
        assert entry["summary"] == operation.summary
        assert entry["tags"] == [f"auth: {operation.tag}"]
        assert "200" in entry["responses"]
        assert {str(status) for status in operation.errors} <= set(entry["responses"])
        assert ("security" in entry) is operation.guarded
        assert ("requestBody" in entry) is (operation.body is not None)
    assert not any(path.endswith("/set-password") for path in document["paths"])


@pytest.mark.rule("client §10 surface")
def test_the_blocking_surface_is_up_to_date() -> None:
    """The blocking twin is what the generator makes of the asynchronous surface."""
    assert Path(sync_calls.__file__).read_text() == generated()

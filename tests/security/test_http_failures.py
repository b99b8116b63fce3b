"""What goes wrong on the way: refused, whole, and nobody else's business (SC-HTTP-34..37)."""

import ast
import asyncio
import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Generator
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from sqlalchemy import text
from sqlalchemy.pool import QueuePool

import fastapi_betterauth
from fastapi_betterauth import current_session, optional_session
from tests.builders.world import PASSWORD, Person, World, world
from tests.security.raw import JSON_HEADERS, raw_request

PACKAGE = Path(fastapi_betterauth.__file__).parent


def _host_app() -> FastAPI:
    app = FastAPI()

    @app.get("/me")
    def me(current: Annotated[Any, Depends(current_session)]) -> dict[str, str]:
        return {"email": current.user.email}

    @app.get("/perhaps")
    def perhaps(current: Annotated[Any, Depends(optional_session)]) -> dict[str, bool]:
        return {"signed_in": current is not None}

    return app


async def _break(w: World, statement: str) -> None:
    async with w.auth.database.engine.begin() as connection:
        await connection.execute(text(statement))


@pytest.mark.case("SC-HTTP-34")
async def test_guards_deny_when_they_cannot_tell(two_databases_url: str) -> None:
    """With the session table gone nobody is let through, neither as signed in nor as nobody."""
    async with world(two_databases_url, app=_host_app()) as w:
        ada = await w.sign_up("ada")
        await _break(w, "DROP TABLE session")

        answers = [await ada.http.get(path) for path in ("/me", "/perhaps")]
        ours = [await ada.get(path) for path in ("/get-session", "/list-sessions", "/list-accounts")]

        assert [answer.status_code for answer in answers] == [503, 503]
        assert {answer.status_code for answer in ours} <= {500, 503}
        assert ada.email not in "".join(answer.text for answer in [*answers, *ours])


@pytest.mark.case("SC-HTTP-34")
async def test_a_session_that_cannot_be_read_is_no_session(two_databases_url: str) -> None:
    """A user row that is gone takes its sessions along, foreign keys or not."""
    async with world(two_databases_url, app=_host_app()) as w:
        ada = await w.sign_up("ada")
        await _break(w, 'DELETE FROM "user"')

        assert (await ada.http.get("/me")).status_code == 401
        assert await ada.session() is None


@pytest.mark.case("SC-HTTP-35")
def test_no_decision_lives_in_an_assert() -> None:
    """The package holds no assert statement, so running Python with -O changes nothing."""
    found = [
        f"{path.name}:{node.lineno}"
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Assert) or (isinstance(node, ast.Name) and node.id == "__debug__")
    ]

    assert found == []


@pytest.mark.case("SC-HTTP-36")
def test_no_exception_is_shared() -> None:
    """No module holds an exception instance that two requests could raise."""
    names = [module.name for module in pkgutil.walk_packages([str(PACKAGE)], "fastapi_betterauth.")]

    found = [
        f"{name}.{attribute}"
        for name in names
        for attribute, value in vars(importlib.import_module(name)).items()
        if isinstance(value, BaseException)
    ]

    assert len(names) > 80
    assert found == []


async def _says(person: Person, path: str, own: str) -> str:
    """One request that names its sender in origin, host and agent; returns everything it got back."""
    person.http.headers["user-agent"] = f"agent-of-{own}"
    answer = await person.get(path) if path.startswith("/get") else await person.post(path, {"name": own})
    refused = await person.post("/sign-in/email", {"email": person.email, "password": f"wrong-{own}"})
    return answer.text + refused.text + str(answer.headers.multi_items()) + str(refused.headers.multi_items())


@pytest.mark.case("SC-HTTP-36")
@pytest.mark.parametrize("rounds", [1, 50])
async def test_interleaved_requests_keep_to_themselves(two_databases_url: str, rounds: int) -> None:
    """Two users at once, hundreds of requests: no body, header or cookie of one is in an answer of the other."""
    async with world(two_databases_url, trusted_origins=["http://ada.test", "http://bob.test"]) as w:
        people = {name: await w.sign_up(name) for name in ("ada", "bob")}
        for name, person in people.items():
            person.http.headers["origin"] = f"http://{name}.test"

        turns = [(n, path) for n in people for path in ("/get-session", "/update-user")] * rounds
        heard = await asyncio.gather(*(_says(people[name], path, name) for name, path in turns))

        wrong = []
        for (name, _), said in zip(turns, heard, strict=True):
            other = people["bob" if name == "ada" else "ada"]
            wrong += [mark for mark in (other.name, other.token, other.user["id"]) if mark in said]
        assert wrong == []


class _CancelledAt:
    """Awaits something, and has the task cancelled at its n-th suspension, as a disconnect does."""

    def __init__(self, work: Awaitable[Any], at: int) -> None:
        self.work, self.at, self.reached = work, at, False

    def __await__(self) -> Generator[Any, Any, Any]:
        inner, count = self.work.__await__(), 0
        step: Callable[[], Any] = partial(next, inner)
        while True:
            try:
                waited_for = step()
            except StopIteration as done:
                return done.value
            count += 1
            task = asyncio.current_task()
            if count == self.at and task is not None:
                self.reached = True
                task.cancel()
            try:
                yield waited_for
            except BaseException as error:  # noqa: BLE001 - handed on to where it belongs
                step = partial(inner.throw, error)
            else:
                step = partial(next, inner)


async def _sign_up_cut_off(w: World, at: int) -> bool:
    """Sign somebody up and disconnect; returns whether it was before the end."""
    body = b'{"name":"P","email":"p%d@people.test","password":"%s"}' % (at, PASSWORD.encode())
    cut = _CancelledAt(raw_request(w.app, "POST", "/api/auth/sign-up/email", headers=JSON_HEADERS, body=body), at)

    async def run() -> None:
        await cut

    await asyncio.gather(asyncio.create_task(run()), return_exceptions=True)
    return cut.reached


@pytest.mark.slow
@pytest.mark.case("SC-HTTP-37")
async def test_a_disconnect_leaves_all_or_nothing(two_databases_url: str) -> None:
    """Cut off at each await in turn, sign-up leaves user, account and session together or none of them."""
    async with world(two_databases_url) as w:
        at = 1
        while await _sign_up_cut_off(w, at):
            at += 1
        tables = await w.snapshot()

        users = sorted(row["id"] for row in tables["user"])
        assert at > 5
        assert sorted(row["user_id"] for row in tables["account"]) == users
        assert sorted(row["user_id"] for row in tables["session"]) == users
        await w.sign_up("ada")
        pool = w.auth.database.engine.pool
        assert isinstance(pool, QueuePool)
        # The session look-up on PostgreSQL keeps one connection of its own for a moment.
        assert pool.checkedout() <= 1

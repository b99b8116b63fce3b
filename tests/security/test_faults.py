"""What fails around a request: the database, the process, mail, hooks. Nothing half-written, nothing hung."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy.pool import QueuePool

from fastapi_betterauth import ABORT, DatabaseHooks, TableHooks
from scripts.services import Postgres, running
from tests.builders.world import Person, World, world
from tests.databases import unavailable

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A PostgreSQL that a test may stop and start."""
    if None in Postgres.programs():
        unavailable("PostgreSQL is not on this machine")
    with running([Postgres]) as servers:
        server = servers[Postgres]
        assert isinstance(server, Postgres)
        yield server


class Load:
    """Sign-ups and session look-ups without a pause; keeps what was answered."""

    def __init__(self, w: World, ada: Person) -> None:
        self._world, self._ada = w, ada
        self._count = 0
        self._answered = asyncio.Condition()
        self.signed_up: list[str] = []
        self.seen: list[tuple[int, str | None]] = []

    async def run(self) -> None:
        """One client."""
        while True:
            self._count += 1
            person = self._world.person(f"p{self._count}")
            for answer in (await person.sign_up(), await self._ada.get("/get-session")):
                await self._note(answer)
            if person.token:
                self.signed_up.append(person.email)
            await person.http.aclose()

    async def _note(self, answer: httpx2.Response) -> None:
        body = answer.json() if answer.content else None
        async with self._answered:
            self.seen.append((answer.status_code, body.get("code") if body else "nobody"))
            self._answered.notify_all()

    async def until(self, status: int, many: int) -> None:
        """Return when this status was answered so many times more."""
        wanted = [s for s, _ in self.seen].count(status) + many
        async with self._answered:
            await self._answered.wait_for(lambda: [s for s, _ in self.seen].count(status) >= wanted)


@asynccontextmanager
async def _under(load: Load) -> AsyncIterator[Load]:
    tasks = [asyncio.create_task(load.run()) for _ in range(6)]
    try:
        yield load
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _consistent(w: World) -> bool:
    """Whether every user has one password and nothing belongs to nobody."""
    users = sorted(row["id"] for row in await w.rows("user"))
    accounts = sorted(row["user_id"] for row in await w.rows("account"))
    return users == accounts and {row["user_id"] for row in await w.rows("session")} <= set(users)


def _lent(w: World) -> int:
    pool = w.auth.database.engine.pool
    assert isinstance(pool, QueuePool)
    return pool.checkedout()


@pytest.mark.slow
@pytest.mark.case("SC-FAULT-01")
async def test_a_database_that_stops_and_returns(own_postgres: Postgres) -> None:
    """Stopped under load every answer is a 503 with a code; started again all is well, without half a user."""
    async with world(own_postgres.url) as w:
        ada = await w.sign_up("ada")
        async with _under(Load(w, ada)) as load:
            await load.until(200, 20)
            await asyncio.to_thread(own_postgres.stop)
            await load.until(503, 30)
            turning = set(load.seen)
            load.seen.clear()
            await load.until(503, 30)
            while_down = set(load.seen)
            own_postgres.start()
            await asyncio.to_thread(own_postgres.wait)
            await load.until(200, 40)

        assert while_down == {(503, "SERVICE_UNAVAILABLE")}
        assert turning == set(load.seen) == {(503, "SERVICE_UNAVAILABLE"), (200, None)}
        assert set(load.signed_up) <= {row["email"] for row in await w.rows("user")}
        assert await _consistent(w)
        assert [(await ada.post("/update-user", {"name": "A"})).status_code for _ in range(20)] == [200] * 20
        assert _lent(w) <= 1


@pytest.mark.case("SC-FAULT-01")
async def test_an_app_may_start_before_its_database(own_postgres: Postgres) -> None:
    """Started while the database is down an app answers 503, and serves once the database is there."""
    own_postgres.stop()

    async with world(own_postgres.url) as w:
        early = await w.person("ada").sign_up()
        own_postgres.start()
        await asyncio.to_thread(own_postgres.wait)
        later = await w.person("ada").sign_up()

        assert (early.status_code, early.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
        assert early.headers["retry-after"] == "1"
        assert later.status_code == 200


KILLED = """
import asyncio, sys
from fastapi_betterauth import DatabaseHooks, TableHooks
from tests.builders.world import world

async def hang(row, caller):
    print("written", flush=True)
    await asyncio.Event().wait()

async def main():
    hooks = DatabaseHooks(**{sys.argv[2]: TableHooks(before_create=hang)})
    async with world(sys.argv[1], database_hooks=hooks) as w:
        await w.person("ada").sign_up()

asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.case("SC-FAULT-03", "SC-PW-30")
@pytest.mark.rule("email-password §2.5")
@pytest.mark.parametrize("before", ["account", "session"])
async def test_a_killed_process_leaves_no_half_user(database_url: str, before: str) -> None:
    """Killed between two inserts of a sign-up nothing is there; the same person signs up afterwards."""
    process = subprocess.Popen(  # noqa: ASYNC220 - there is nothing else to do meanwhile
        [sys.executable, "-c", KILLED, database_url, before], cwd=ROOT, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
    finally:
        process.send_signal(signal.SIGKILL)
        process.communicate()

    async with world(database_url) as w:
        assert [len(await w.rows(table)) for table in ("user", "account", "session")] == [0, 0, 0]
        assert (await w.person("ada").sign_up()).status_code == 200


async def _raise(*_anything: object) -> None:
    raise RuntimeError("a defect of the host")


async def _refuse(*_anything: object) -> Any:
    return ABORT


async def _garbage(*_anything: object) -> Any:
    return {"no_such_field": 1}


@pytest.mark.case("SC-FAULT-07", "SC-PW-30")
@pytest.mark.rule("email-password §2.5")
@pytest.mark.parametrize("table", ["user", "account", "session"])
@pytest.mark.parametrize("hook", [_raise, _refuse, _garbage])
async def test_a_failing_hook_leaves_no_half_user(two_databases_url: str, table: str, hook: Any) -> None:
    """A hook before any of the three inserts that raises, refuses or answers nonsense undoes all of them."""
    broken = DatabaseHooks(**{table: TableHooks(before_create=hook)})

    async with world(two_databases_url, database_hooks=broken) as w:
        ada = w.person("ada")
        answer = await ada.sign_up()

        assert answer.status_code == (400 if hook is _refuse else 500)
        assert "set-cookie" not in answer.headers
        assert [len(await w.rows(t)) for t in ("user", "account", "session")] == [0, 0, 0]
        assert (await w.settled()).sent == []
    async with world(two_databases_url) as mended:
        await mended.sign_up("ada")


@pytest.mark.case("SC-FAULT-07")
@pytest.mark.parametrize("change", ["before_update", "before_delete"])
async def test_a_failing_hook_undoes_the_whole_request(database_url: str, change: str) -> None:
    """A reset whose hook raises half-way neither spends the link nor changes the password."""
    broken = DatabaseHooks(account=TableHooks(before_update=_raise), session=TableHooks(before_delete=_raise))

    async with world(database_url, database_hooks=broken, password={"revoke_sessions_on_password_reset": True}) as w:
        ada = await w.sign_up("ada")
        await ada.post("/request-password-reset", {"email": ada.email})
        token = (await w.settled()).last(ada.email, "reset").token
        before = await w.snapshot()

        answer = await w.person().post("/reset-password", {"newPassword": "a new password", "token": token})

        assert (answer.status_code, answer.content) == (500, b"")
        assert await w.snapshot() == before

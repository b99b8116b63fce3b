"""Attacks on storage: taking twice, counting past a limit, injection, lost updates, odd servers, one connection."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import and_, func, inspect, select, text, true
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlmodel import Field

from fastapi_betterauth import TableHooks, UserFields, VerificationFields
from fastapi_betterauth.errors import DatabaseUnavailable, TransientConflict
from fastapi_betterauth.storage.repository import Repository
from fastapi_betterauth.storage.transaction import UnitOfWork
from fastapi_betterauth.storage.verifications import VerificationOptions, Verifications
from tests.builders.meeting import Meeting
from tests.builders.world import Person, World, world
from tests.security.surface import Endpoint, endpoints

INJECTIONS = (
    "' OR '1'='1",
    "x'; DROP TABLE account; --",
    '" OR ""="',
    "\\' OR 1=1 #",
    "%' UNION SELECT 1 --",
    "$1 %s :a ?",
)

ROUNDS = [
    pytest.param(20, 2, id="2"),
    pytest.param(4, 20, id="20"),
    pytest.param(1000, 2, id="2-long", marks=pytest.mark.soak),
    pytest.param(100, 50, id="50-long", marks=pytest.mark.soak),
]


class RicherUser(UserFields):
    """A user with a second unique value and a counter."""

    handle: str | None = Field(default=None, unique=True)
    credit: int = 0


RICHER = {"fields": RicherUser}


def _verifications(w: World, unit: UnitOfWork, hook: Meeting | None = None) -> Verifications:
    hooks: TableHooks[VerificationFields] = TableHooks(before_delete=hook)
    return Verifications(Repository(unit, w.auth.tables.verification, [hooks], w.clock), VerificationOptions(), w.clock)


async def _kept(w: World, identifier: str, **age: float) -> None:
    unit = UnitOfWork(w.auth.database)
    expires_at = w.clock() + timedelta(**(age or {"hours": 1}))
    await _verifications(w, unit).create(identifier, "value", expires_at)
    await unit.commit()


async def _in_transaction(w: World, work: Callable[[UnitOfWork], Awaitable[object]]) -> bool:
    """Do work in a transaction of its own, again when another one stood in the way, as a request does."""
    while True:
        unit = UnitOfWork(w.auth.database)
        try:
            done = await work(unit)
            await unit.commit()
        except TransientConflict:
            continue
        else:
            return bool(done)
        finally:
            await unit.rollback()


@pytest.mark.case("SC-DB-03", "SC-DB-05")
@pytest.mark.parametrize(("rounds", "many"), ROUNDS)
async def test_consuming_has_one_winner(database_url: str, rounds: int, many: int) -> None:
    """Of many contenders who have all read a row one takes it: in every round, on every database."""
    async with world(database_url) as w:
        for _ in range(rounds):
            await _kept(w, "key")
            meeting = Meeting(many)

            async def consume(unit: UnitOfWork, meeting: Meeting = meeting) -> object:
                return await _verifications(w, unit, meeting).consume("key")

            won = await asyncio.gather(*(_in_transaction(w, consume) for _ in range(many)))

            assert sum(won) == 1
        assert await w.rows("verification") == []


@pytest.mark.case("SC-DB-03")
@pytest.mark.parametrize("database_url", ["postgres", "mariadb"], indirect=True)
async def test_a_connection_lost_before_the_commit_takes_nothing(database_url: str) -> None:
    """Who loses the connection between taking and committing has not taken the row; the next one gets it."""
    postgres = database_url.startswith("postgres")

    async with world(database_url) as w:
        await _kept(w, "key")
        unit = UnitOfWork(w.auth.database)
        taken = await _verifications(w, unit).consume("key")
        own = (await unit.rows(select(func.pg_backend_pid() if postgres else func.connection_id())))[0][0]
        async with w.auth.database.engine.connect() as other:
            await other.exec_driver_sql(f"SELECT pg_terminate_backend({own})" if postgres else f"KILL {own}")

        with pytest.raises(DatabaseUnavailable):
            await unit.commit()

        assert taken is not None
        assert await _in_transaction(w, lambda unit: _verifications(w, unit).consume("key"))


@pytest.mark.case("SC-DB-04")
@pytest.mark.parametrize("many", [2, 20])
async def test_counters_stop_at_their_limits(database_url: str, many: int) -> None:
    """However many count at once, a guarded counter ends at its limit, and at zero on the way back."""
    async with world(database_url, user=RICHER) as w:
        await w.sign_up("ada")

        async def count(unit: UnitOfWork, by: int) -> object:
            rows = Repository(unit, w.auth.tables.user, [], w.clock)
            within = rows.columns.credit < many - 1 if by > 0 else rows.columns.credit > 0
            return await rows.increment(and_(rows.columns.email == "ada@people.test", within), {"credit": by})

        up = await asyncio.gather(*(_in_transaction(w, lambda unit: count(unit, 1)) for _ in range(many)))
        top = (await w.rows("user"))[0]["credit"]
        down = await asyncio.gather(*(_in_transaction(w, lambda unit: count(unit, -1)) for _ in range(many)))

        assert (sum(up), top) == (many - 1, many - 1)
        assert (sum(down), (await w.rows("user"))[0]["credit"]) == (many - 1, 0)


def _text_fields(endpoint: Endpoint) -> list[str]:
    kinds = {name: str(schema) for name, schema in endpoint.body.items()}
    return [*(name for name, kind in kinds.items() if "string" in kind), *endpoint.query]


async def _send(person: Person, endpoint: Endpoint, name: str, value: str) -> int:
    query = {name: value} if name in endpoint.query else {}
    body = endpoint.example(**({} if query else {name: value})) if endpoint.method == "POST" else None
    answer = await person.http.request(endpoint.method, endpoint.url, params=query, json=body)
    return answer.status_code


@pytest.mark.case("SC-DB-01")
async def test_no_field_carries_sql(database_url: str) -> None:
    """SQL in each text field of each endpoint: no server error, and nobody else's row changes."""
    async with world(database_url, user=RICHER) as w:
        await w.sign_up("ada")
        before = await w.snapshot()
        bob = await w.sign_up("bob")

        for endpoint in endpoints(w):
            for name in _text_fields(endpoint):
                statuses = [await _send(bob, endpoint, name, value) for value in INJECTIONS]
                assert max(statuses) < 500, (endpoint.path, name, statuses)

        after = await w.snapshot()
        assert all(row in after[table] for table, rows in before.items() for row in rows)


@pytest.mark.case("SC-DB-01")
async def test_sql_that_is_stored_is_text(database_url: str) -> None:
    """What looks like SQL, or like a placeholder of a driver, comes back letter by letter."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")

        for value in INJECTIONS:
            await ada.post("/update-user", {"name": value})
            assert (await ada.session() or {})["user"]["name"] == value


@pytest.mark.case("SC-DB-06")
async def test_two_changes_at_once_both_last(database_url: str) -> None:
    """Name and image changed by two requests at the same moment: neither undoes the other."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        for number in range(5):
            changes = [{"name": f"Ada {number}"}, {"image": f"/{number}.png"}]

            answers = await asyncio.gather(*(ada.post("/update-user", change) for change in changes))

            row = (await w.rows("user"))[0]
            assert [answer.status_code for answer in answers] == [200, 200]
            assert {"name": row["name"]} | {"image": row["image"]} == changes[0] | changes[1]


@pytest.mark.case("SC-DB-09")
@pytest.mark.rule("email-password §2 errors", "email-password §8 update-user")
@pytest.mark.parametrize("auto_sign_in", [True, False])
async def test_another_taken_value_is_not_called_a_taken_address(database_url: str, auto_sign_in: bool) -> None:  # noqa: FBT001 - a column
    """A unique field of the host's that is taken: 422 and its own code, at sign-up and update, nothing written."""
    async with world(database_url, user=RICHER, password={"auto_sign_in": auto_sign_in}) as w:
        await w.sign_up("ada", handle="al")
        bob = await w.sign_up("bob")
        await bob.sign_in()
        before = await w.snapshot()

        answers = [await w.person("cleo").sign_up(handle="al"), await bob.post("/update-user", {"handle": "al"})]

        assert [a.status_code for a in answers] == [422, 422]
        assert [a.json()["code"] for a in answers] == ["FAILED_TO_CREATE_USER", "FAILED_TO_UPDATE_USER"]
        assert await w.snapshot() == before


@pytest.mark.case("SC-DB-11")
@pytest.mark.parametrize("mode", ["strict", "lenient"])
async def test_too_long_a_value_is_refused_never_cut(mariadb_url: str, mode: str) -> None:
    """A value beyond its column is a 400 on a server that would cut it, too; what fits is kept whole."""
    url = mariadb_url + ("?sql_mode=NO_ENGINE_SUBSTITUTION" if mode == "lenient" else "")

    async with world(url, user=RICHER) as w:
        ada = await w.sign_up("ada")
        answer = await ada.post("/update-user", {"handle": "x" * 256})
        fits = await ada.post("/update-user", {"handle": "é" * 255})

        assert (answer.status_code, answer.json()["code"], fits.status_code) == (400, "VALIDATION_ERROR", 200)
        assert (await w.rows("user"))[0]["handle"] == "é" * 255


@pytest.mark.case("SC-DB-12")
@pytest.mark.parametrize("condition", ["none", "everything", "nothing given"])
async def test_no_change_reaches_a_whole_table(database_url: str, condition: str) -> None:
    """Without a condition that names a column nothing is changed; a missing id matches no row."""
    async with world(database_url) as w:
        await w.sign_up("ada")
        before = await w.snapshot()
        unit = UnitOfWork(w.auth.database)
        rows = Repository(unit, w.auth.tables.user, [], w.clock)
        where: Any = {"none": rows.columns.id.is_(None), "everything": true(), "nothing given": and_(true())}[condition]
        calls = [lambda: rows.delete(where), lambda: rows.update_many(where, {"name": "x"})]
        calls += [lambda: rows.update(where, {"name": "x"}), lambda: rows.increment(where, {}, {"name": "x"})]

        for call in calls:
            if condition == "none":
                assert not await call()
            else:
                with pytest.raises(ValueError, match="whole table"):
                    await call()
        await unit.commit()
        assert await w.snapshot() == before


async def _without_foreign_keys(engine: AsyncEngine) -> None:
    """Drop the constraints; on SQLite they are off unless a connection switches them on."""
    if engine.dialect.name == "sqlite":
        return
    word = "CONSTRAINT" if engine.dialect.name == "postgresql" else "FOREIGN KEY"
    async with engine.begin() as connection:
        for table in ("session", "account"):
            keys = await connection.run_sync(lambda sync, table=table: inspect(sync).get_foreign_keys(table))
            for key in keys:
                await connection.execute(text(f"ALTER TABLE {table} DROP {word} {key['name']}"))


@pytest.mark.case("SC-DB-16", "SC-SESS-13")
@pytest.mark.rule("email-password §8.5")
async def test_deletion_does_not_rely_on_foreign_keys(database_url: str) -> None:
    """Without foreign keys in the database a deleted user leaves no session and no account either."""
    engine = create_async_engine(database_url)

    async with world(engine) as w:  # type: ignore[arg-type]  # an engine serves as well as a URL
        ada = await w.sign_up("ada")
        await w.another_device(ada)
        await w.sign_up("bob")
        await _without_foreign_keys(engine)

        answer = await ada.post("/delete-user", {"password": ada.password})

        assert answer.status_code == 200
        assert [len(await w.rows(table)) for table in ("user", "account", "session")] == [1, 1, 1]
    await engine.dispose()


@pytest.mark.case("SC-DB-17")
async def test_what_has_expired_is_swept_up(database_url: str) -> None:
    """Asking for a reset sweeps up every expired verification row, whosever it was, and leaves the others."""
    async with world(database_url) as w:
        for number in range(300):
            await _kept(w, f"old-{number}", minutes=1)
        await _kept(w, "young", hours=2)
        w.clock.move(minutes=2)

        await w.person().post("/request-password-reset", {"email": "nobody@people.test"})

        assert [row["identifier"] for row in await w.rows("verification")] == ["young"]

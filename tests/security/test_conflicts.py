"""Transactions that stand in each other's way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from fastapi_betterauth import DatabaseHooks, TableHooks
from tests.builders.world import World, world


@asynccontextmanager
async def _strict(url: str, **options: Any) -> AsyncIterator[World]:
    """A world whose transactions the database refuses rather than let one overwrite the other."""
    level = {} if url.startswith("sqlite") else {"isolation_level": "REPEATABLE READ"}
    engine: Any = create_async_engine(url, pool_size=10, **level)
    try:
        async with world(engine, **options) as w:
            yield w
    finally:
        await engine.dispose()


@pytest.mark.case("SC-DB-07")
async def test_conflicts_are_tried_again_or_told(two_databases_url: str) -> None:
    """Twenty changes of one row at once: each is done once, or answered 503; none is an error, none is done twice."""
    done: list[str] = []

    async def note(user: Any, _caller: Any) -> None:
        done.append(user.name)

    hooks = DatabaseHooks(user=TableHooks(after_update=note))
    async with _strict(two_databases_url, database_hooks=hooks) as w:
        ada = await w.sign_up("ada")
        names = [f"name {number}" for number in range(20)]
        answers = await asyncio.gather(*(ada.post("/update-user", {"name": name}) for name in names))
        ((stored,),) = [[row["name"]] for row in await w.rows("user")]

        statuses = [answer.status_code for answer in answers]
        taken = [name for name, status in zip(names, statuses, strict=True) if status == 200]
        assert set(statuses) <= {200, 503}
        assert sorted(done) == sorted(taken)
        assert stored in taken
        assert all(a.json()["code"] == "SERVICE_UNAVAILABLE" for a in answers if a.status_code == 503)


@pytest.mark.case("SC-DB-07")
async def test_a_conflict_makes_no_second_account(two_databases_url: str) -> None:
    """Ten people sign up at once while the same transactions are refused: each has one user, account and session."""
    async with _strict(two_databases_url) as w:
        people = [w.person(f"p{number}") for number in range(10)]
        answers = await asyncio.gather(*(person.sign_up() for person in people))

        good = sum(answer.status_code == 200 for answer in answers)
        assert {answer.status_code for answer in answers} <= {200, 503}
        assert [len(await w.rows(table)) for table in ("user", "account", "session")] == [good] * 3

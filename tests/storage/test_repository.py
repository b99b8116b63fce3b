"""The few ways in which rows are read and changed (database sheet §5)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import and_

from fastapi_betterauth import TableHooks, VerificationFields
from fastapi_betterauth.storage.repository import Repository, contains, same_ignoring_case
from fastapi_betterauth.storage.transaction import UnitOfWork
from tests.builders.world import World, world


def _rows(w: World, unit: UnitOfWork, find_limit: int = 100) -> Repository[VerificationFields]:
    hooks: list[TableHooks[VerificationFields]] = []
    return Repository(unit, w.auth.tables.verification, hooks, w.clock, find_limit)


@asynccontextmanager
async def _filled(url: str, *identifiers: str) -> AsyncIterator[tuple[World, Repository[VerificationFields]]]:
    async with world(url) as w:
        unit = UnitOfWork(w.auth.database)
        rows = _rows(w, unit)
        for identifier in identifiers:
            await rows.create({"identifier": identifier, "value": "0", "expires_at": w.clock() + timedelta(hours=1)})
        await unit.commit()
        yield w, rows


@pytest.mark.rule("database §5 findMany")
async def test_lists_are_capped(database_url: str) -> None:
    """A list without a limit holds at most the configured number of rows."""
    async with _filled(database_url, *"abcdef") as (w, rows):
        capped = _rows(w, rows.unit, find_limit=4)

        assert len(await capped.find_many(capped.columns.value == "0")) == 4
        assert len(await capped.find_many(capped.columns.value == "0", limit=6)) == 6
        assert await capped.count(capped.columns.value == "0") == 6


@pytest.mark.rule("database §5 sortBy")
async def test_lists_are_sorted_and_paged(database_url: str) -> None:
    """Order, limit and offset make pages."""
    async with _filled(database_url, *"cabd") as (_w, rows):
        c = rows.columns

        page = await rows.find_many(c.value == "0", order=c.identifier.desc(), limit=2, offset=1)

        assert [row.identifier for row in page] == ["c", "b"]


@pytest.mark.case("SC-DB-02")
@pytest.mark.rule("database §5 contains")
async def test_search_text_is_literal(database_url: str) -> None:
    """Per cent signs, underscores and backslashes in a search mean themselves."""
    async with _filled(database_url, "100% sure", "100 sure", "a_b", "axb", "back\\slash") as (_w, rows):
        c = rows.columns

        assert [r.identifier for r in await rows.find_many(contains(c.identifier, "0%"))] == ["100% sure"]
        assert [r.identifier for r in await rows.find_many(contains(c.identifier, "a_b"))] == ["a_b"]
        assert [r.identifier for r in await rows.find_many(contains(c.identifier, "k\\s"))] == ["back\\slash"]


@pytest.mark.case("SC-DB-10")
@pytest.mark.rule("database §5 mode")
async def test_equality_is_exact_unless_asked_otherwise(database_url: str) -> None:
    """Case, accents and trailing spaces count; ignoring case is a question of its own."""
    async with _filled(database_url, "Key", "kéy", "key ") as (_w, rows):
        c = rows.columns

        assert await rows.find(c.identifier == "key") is None
        assert [r.identifier for r in await rows.find_many(same_ignoring_case(c.identifier, "KEY"))] == ["Key"]


@pytest.mark.case("SC-DB-04")
@pytest.mark.rule("database §5 incrementOne")
async def test_guarded_changes_stop_at_the_guard(database_url: str) -> None:
    """The condition selects the row and guards the change; when it fails nothing happens."""
    async with _filled(database_url, "a") as (_w, rows):
        c = rows.columns
        guard = and_(c.identifier == "a", c.value == "0")

        first = await rows.increment(guard, {}, {"value": "1"})
        second = await rows.increment(guard, {}, {"value": "2"})
        await rows.unit.commit()

        assert first is not None
        assert (first.value, second) == ("1", None)


async def test_an_empty_increment_is_a_mistake(sqlite_url: str) -> None:
    """An increment that changes nothing is refused."""
    async with _filled(sqlite_url, "a") as (_w, rows):
        with pytest.raises(ValueError, match="does nothing"):
            await rows.increment(rows.columns.identifier == "a", {})


@pytest.mark.case("SC-DB-03", "SC-DB-05")
@pytest.mark.rule("database §5 consumeOne")
async def test_a_row_is_taken_once(database_url: str) -> None:
    """Who takes a row second gets nothing, although both have read it."""
    async with _filled(database_url, "a") as (w, rows):
        row = await rows.find(rows.columns.identifier == "a")
        assert row is not None

        first = await rows.take(row)
        await rows.unit.commit()
        other = _rows(w, UnitOfWork(w.auth.database))
        second = await other.take(row)
        await other.unit.rollback()

        assert (first, second) == (True, False)

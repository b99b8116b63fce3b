"""Moments mean the same on every database (database sheet §2; SC-SESS-06)."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import StatementError

from tests.builders.world import world


@pytest.mark.case("SC-SESS-06")
async def test_a_moment_comes_back_as_the_same_instant(database_url: str) -> None:
    """An aware moment of any zone is stored as that instant, cut to milliseconds, whatever the server's zone."""
    moment = datetime(2026, 3, 29, 1, 59, 59, 987654, tzinfo=timezone(timedelta(hours=14)))

    async with world(database_url) as w:
        table = w.auth.tables.verification.table
        values = {"id": "1", "identifier": "x", "value": "v", "expires_at": moment, "created_at": moment}
        async with w.auth.database.engine.begin() as connection:
            await connection.execute(insert(table).values(**values, updated_at=moment))
            stored = (await connection.execute(select(table.c.expires_at))).scalar_one()

        assert stored == moment.replace(microsecond=987000)
        assert stored.utcoffset() == timedelta(0)


@pytest.mark.rule("database §2 SQLite values")
@pytest.mark.parametrize("value", ["1764590096123", "'2025-12-01T11:54:56.123Z'", "'2025-12-01T06:54:56.123-05:00'"])
async def test_sqlite_dates_are_read_however_they_were_written(sqlite_url: str, value: str) -> None:
    """Milliseconds and texts with any offset are read as the same instant."""
    async with world(sqlite_url) as w:
        table = w.auth.tables.verification.table
        row = f"insert into verification values ('1', 'x', 'v', {value}, {value}, {value})"
        async with w.auth.database.engine.begin() as connection:
            await connection.execute(text(row))
            stored = (await connection.execute(select(table.c.expires_at))).scalar_one()

        assert stored == datetime(2025, 12, 1, 11, 54, 56, 123000, tzinfo=UTC)


async def test_naive_moments_are_refused(sqlite_url: str) -> None:
    """A moment without a zone is a mistake, not a guess."""
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - the mistake under test

    async with world(sqlite_url) as w:
        statement = insert(w.auth.tables.verification.table).values(id="1", identifier="x", value="v", expires_at=naive)
        with pytest.raises(StatementError, match="time zone"):
            async with w.auth.database.engine.begin() as connection:
                await connection.execute(statement)

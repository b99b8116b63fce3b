"""What has expired is removed: by a command, by a call, and by processes in passing (database sheet §7)."""

import asyncio
import itertools
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from fastapi_betterauth import (
    AdvancedOptions,
    ConfigurationError,
    DatabaseOptions,
    MemoryStorage,
    RateLimit,
    SessionOptions,
    VerificationOptions,
)
from fastapi_betterauth.pipeline.clean_up import Pace, Removed
from fastapi_betterauth.storage.batches import BATCH
from tests.builders.world import World, world

COUNTED = RateLimit(enabled=True, storage="database")


def cleaning(every: float | None) -> AdvancedOptions:
    """Clean up this often."""
    return AdvancedOptions(database=DatabaseOptions(clean_up_every=every))


async def fill(w: World, table: str, count: int, **values: Any) -> None:
    """Add many rows to a table, with a number in every text that must be unique."""
    entity = next(e for e in w.auth.tables.all() if e.key == table)
    now = w.clock()
    rows = []
    for number in range(count):
        row = {name: f"{value}{number}" if isinstance(value, str) else value for name, value in values.items()}
        row["id"] = f"{table}-{values.get('token', values.get('identifier', 'x'))}-{number}"
        if table != "rate_limit":
            row |= {"created_at": now, "updated_at": now}
        rows.append(row)
    async with w.auth.database.engine.begin() as connection:
        await connection.execute(insert(entity.table), rows)


async def fill_all(w: World, user_id: str, count: int) -> None:
    """Expired and living rows of every kind, as many of each."""
    now, hour = w.clock(), timedelta(hours=1)
    sessions = next(e for e in w.auth.tables.all() if e.key == "session").table
    async with w.auth.database.engine.begin() as connection:
        for name, end in (("old", now - hour), ("new", now + hour)):
            rows = [
                {
                    "id": f"s{name}{number}",
                    "token": f"{name}{number}",
                    "user_id": user_id,
                    "expires_at": end,
                    "created_at": now,
                    "updated_at": now,
                }
                for number in range(count)
            ]
            await connection.execute(insert(sessions), rows)
    for name, end in (("old", now - hour), ("new", now + hour)):
        await fill(w, "verification", count, identifier=name, value="v", expires_at=end)


async def left(w: World, table: str) -> int:
    """How many rows a table has."""
    entity = next(e for e in w.auth.tables.all() if e.key == table)
    async with w.auth.database.reader.connect() as connection:
        return int((await connection.execute(select(func.count()).select_from(entity.table))).scalar_one())


@pytest.mark.rule("database §7")
async def test_what_has_expired_goes_and_the_rest_stays(database_url: str) -> None:
    """More rows than fit into one batch, of every kind; the counts are told."""
    many = BATCH + 7
    async with world(database_url, rate_limit=COUNTED) as w:
        ada = await w.sign_up("ada")
        await fill_all(w, ada.user["id"], many)
        counters = await left(w, "rate_limit")
        assert counters > 0
        assert await w.auth.clean_up() == Removed(sessions=many, verifications=many, rate_limits=0)

        assert (await left(w, "session"), await left(w, "verification")) == (many + 1, many)
        assert await ada.session() is not None
        w.clock.move(days=40)
        assert await w.auth.clean_up() == Removed(
            sessions=many + 1, verifications=many, rate_limits=await left(w, "rate_limit") or counters + 1
        )
        assert [await left(w, table) for table in ("session", "verification", "rate_limit")] == [0, 0, 0]


@pytest.mark.case("SC-DB-07")
async def test_requests_go_on_meanwhile(database_url: str) -> None:
    """Several clean-ups at once and people who sign in and out: nobody fails, nothing alive is lost."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        await fill_all(w, ada.user["id"], BATCH)

        done = await asyncio.gather(*(w.auth.clean_up() for _ in range(3)), *(w.another_device(ada) for _ in range(10)))

        assert sum(one.sessions for one in done if isinstance(one, Removed)) == BATCH
        assert await left(w, "session") == BATCH + 11


@pytest.mark.case("SC-SESS-07")
async def test_sessions_past_their_absolute_life_go(sqlite_url: str) -> None:
    """Although they were renewed."""
    options: SessionOptions[Any] = SessionOptions(absolute_lifetime=timedelta(days=8))
    async with world(sqlite_url, session=options) as w:
        ada = await w.sign_up("ada")
        w.clock.move(days=5)
        assert await ada.session() is not None
        assert (await w.auth.clean_up()).sessions == 0
        w.clock.move(days=4)

        assert (await w.auth.clean_up()).sessions == 1


@pytest.mark.case("SC-SESS-24")
async def test_a_record_of_sessions_is_kept(sqlite_url: str) -> None:
    """Preserved rows stay, and so do verifications whose clean-up is off; tables that are not there are left out."""
    kept: SessionOptions[Any] = SessionOptions(store_session_in_database=True, preserve_session_in_database=True)
    rows = VerificationOptions(store_in_database=True, disable_cleanup=True)
    async with world(sqlite_url, session=kept, verification_rows=rows, secondary_storage=MemoryStorage()) as w:
        ada = await w.sign_up("ada")
        await fill(w, "verification", 1, identifier="old", value="v", expires_at=w.clock() - timedelta(hours=1))
        w.clock.move(days=30)

        assert await w.auth.clean_up() == Removed()
        assert (await left(w, "session"), await left(w, "verification")) == (1, 1)
        assert ada.token
    async with world(sqlite_url, secondary_storage=MemoryStorage()) as w:
        assert await w.auth.clean_up() == Removed()


async def test_processes_clean_up_in_passing(two_databases_url: str) -> None:
    """Whoever hands a session out removes, afterwards and in the background, what has expired."""
    async with world(two_databases_url, advanced=cleaning(0)) as w:
        ada = await w.sign_up("ada")
        await fill_all(w, ada.user["id"], 5)

        await w.another_device(ada)
        await w.settled()

        assert (await left(w, "session"), await left(w, "verification")) == (7, 5)


async def test_processes_may_be_told_not_to(sqlite_url: str) -> None:
    """With None the command alone cleans up."""
    async with world(sqlite_url, advanced=cleaning(None)) as w:
        ada = await w.sign_up("ada")
        await fill_all(w, ada.user["id"], 5)
        await w.another_device(ada)
        await w.settled()

        assert await left(w, "session") == 12
        with pytest.raises(ConfigurationError, match="clean_up_every"):
            cleaning(-1)


def test_the_pace_is_kept() -> None:
    """It is due once within its time at first, then once each time."""
    seconds = 1000.0
    pace = Pace(timedelta(seconds=60), lambda: seconds)
    seen = []
    for seconds in (1000.0 + step for step in range(0, 600, 5)):
        seen += [seconds] if pace.is_due() else []

    assert seen[0] <= 1060
    assert all(later - earlier == 60 for earlier, later in itertools.pairwise(seen))
    assert not Pace(None, lambda: seconds).is_due()

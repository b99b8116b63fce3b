"""Comparing and mending the live schema (database sheet §8)."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Annotated, Any

import pytest
from sqlalchemy import MetaData, event, text

from fastapi_betterauth import AdvancedOptions, BetterAuth, ConfigurationError, DatabaseOptions, ServerOnly, UserFields
from tests.builders.world import SECRET, world


class GrownUser(UserFields):
    """Has one more column than the database."""

    nickname: str | None = None


class DemandingUser(UserFields):
    """Has a required column without a default."""

    tax_number: str


class ScoredUser(UserFields):
    """Has a number that only the server sets."""

    score: Annotated[int | None, ServerOnly] = 0


def _auth(url: str, **options: Any) -> BetterAuth[Any, Any]:
    settings: dict[str, Any] = {"secret": SECRET, "environment": "test", "metadata": MetaData(), **options}
    return BetterAuth(database=url, base_url="http://app.test", **settings)


@pytest.mark.rule("database §8.1", "core-config §8 validateSchema")
async def test_a_missing_table_is_named_at_start(database_url: str) -> None:
    """Without its tables the instance does not start; the error names them and the command that mends it."""
    auth = _auth(database_url)

    with pytest.raises(ConfigurationError, match=r"table 'user' is missing.*fastapi-betterauth migrate"):
        await auth.start()
    await auth.close()


@pytest.mark.rule("database §8.1")
async def test_a_missing_column_is_named_at_start(database_url: str) -> None:
    """A column that the database lacks is named at start."""
    async with world(database_url):
        pass
    auth = _auth(database_url, user=GrownUser)

    with pytest.raises(ConfigurationError, match=r"column user\.nickname is missing"):
        await auth.start()
    await auth.close()


@pytest.mark.rule("database §8.2")
async def test_auto_migrate_adds_what_is_missing(database_url: str) -> None:
    """Tables, then a later column, are created at start; what is there stays."""
    async with world(database_url) as before:
        ada = await before.sign_up("ada")

    async with world(database_url, user={"fields": GrownUser}) as after:
        users = await after.rows("user")

        assert [(user["id"], user["nickname"]) for user in users] == [(ada.user["id"], None)]


@pytest.mark.rule("database §8.1")
@pytest.mark.parametrize("database_url", ["postgres", "mariadb"], indirect=True)
async def test_a_foreign_required_column_is_reported(database_url: str) -> None:
    """An unknown NOT NULL column without default would break every insert, so it is reported."""
    async with world(database_url) as w, w.auth.database.engine.begin() as connection:
        await connection.execute(text("alter table account add column issuer varchar(20) not null default 'x'"))
        await connection.execute(text("alter table account alter column issuer drop default"))

    auth = _auth(database_url)
    with pytest.raises(ConfigurationError, match=r"account\.issuer is NOT NULL"):
        await auth.start()
    await auth.close()


@pytest.mark.case("SC-DB-15")
@pytest.mark.rule("database §8.3")
async def test_a_required_column_is_not_forced_on_a_populated_table(database_url: str) -> None:
    """A required column without a default stops the migration; nobody gets an empty string."""
    async with world(database_url) as w:
        await w.sign_up("ada")
    auth = _auth(database_url, user=DemandingUser, auto_migrate=True)

    with pytest.raises(ConfigurationError, match=r"user\.tax_number"):
        await auth.start()
    await auth.close()


@pytest.mark.rule("database §8.1")
async def test_the_check_can_be_switched_off(database_url: str) -> None:
    """With ``validate_schema=False`` nothing is compared."""
    advanced = AdvancedOptions(database=DatabaseOptions(validate_schema=False))
    auth = _auth(database_url, advanced=advanced)

    await auth.start()

    await auth.close()


@pytest.mark.rule("database §8.1")
async def test_workers_may_start_together(database_url: str) -> None:
    """Eight find the same empty database at the same moment: all of them start, and the tables are there once."""
    workers = [_auth(database_url, auto_migrate=True) for _ in range(8)]
    await asyncio.gather(*(worker.start() for worker in workers))
    for worker in workers:
        await worker.close()
    late = _auth(database_url)
    await late.start()
    await late.close()


@pytest.mark.rule("database §8.1")
async def test_a_lock_of_a_moment_does_not_stop_the_start(tmp_path: Path) -> None:
    """SQLite refuses at once while another worker turns the file to WAL; the start is tried again."""
    refusals = [5, 5]

    def refuse(*_: object) -> None:
        if refusals:
            locked = sqlite3.OperationalError("database is locked")
            locked.sqlite_errorcode = refusals.pop()
            raise locked

    auth = _auth(f"sqlite+aiosqlite:///{tmp_path}/app.db", auto_migrate=True)
    event.listen(auth.runtime.database.engine.sync_engine, "do_connect", refuse)
    await auth.start()
    await auth.close()

    assert not refusals

"""Verification rows: kept plain or hashed, found, taken once (database sheet §6)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from fastapi_betterauth import ConfigurationError, VerificationOptions
from fastapi_betterauth.crypto.digests import sha256_base64url
from fastapi_betterauth.storage.repository import Repository
from fastapi_betterauth.storage.transaction import UnitOfWork
from fastapi_betterauth.storage.verifications import Verifications
from tests.builders.world import World, world


def _verifications(w: World, options: VerificationOptions | None = None) -> Verifications:
    rows = Repository(UnitOfWork(w.auth.database), w.auth.tables.verification, [], w.clock)
    return Verifications(rows, options or VerificationOptions(), w.clock)


@asynccontextmanager
async def _kept(
    url: str, options: VerificationOptions | None = None, **expires: float
) -> AsyncIterator[tuple[World, Verifications]]:
    async with world(url) as w:
        kept = _verifications(w, options)
        await kept.create("door:key", "value", w.clock() + timedelta(**(expires or {"hours": 1})))
        await kept.rows.unit.commit()
        yield w, kept


@pytest.mark.rule("database §6 storeIdentifier")
async def test_identifiers_are_plain_by_default(sqlite_url: str) -> None:
    """Without an option the identifier lies in the table as it was handed out."""
    async with _kept(sqlite_url) as (w, _kept_rows):
        assert [row["identifier"] for row in await w.rows("verification")] == ["door:key"]


@pytest.mark.rule("database §6 storeIdentifier hashed")
async def test_hashed_identifiers_are_found_and_not_readable(database_url: str) -> None:
    """With ``hashed`` only a digest is kept; what was handed out still finds the row."""
    options = VerificationOptions(store_identifier="hashed")

    async with _kept(database_url, options) as (w, kept):
        assert [row["identifier"] for row in await w.rows("verification")] == [sha256_base64url("door:key")]
        assert (await kept.find("door:key")) is not None


@pytest.mark.rule("database §6 find")
async def test_rows_from_before_hashing_are_still_found(database_url: str) -> None:
    """After switching to ``hashed``, rows that were kept plain are found and consumed."""
    async with _kept(database_url) as (w, _plain):
        hashed = _verifications(w, VerificationOptions(store_identifier="hashed"))

        taken = await hashed.consume("door:key")
        await hashed.rows.unit.commit()

        assert taken is not None
        assert await w.rows("verification") == []


@pytest.mark.rule("database §6 overrides")
async def test_prefixes_may_be_kept_another_way(sqlite_url: str) -> None:
    """The first prefix that matches says how; a function may do it."""
    options = VerificationOptions(store_identifier_by_prefix={"door:": lambda text: text[::-1], "d": "hashed"})

    async with _kept(sqlite_url, options) as (w, kept):
        assert [row["identifier"] for row in await w.rows("verification")] == ["yek:rood"]
        assert await kept.find("door:key") is not None


@pytest.mark.rule("database §6 find")
async def test_the_newest_row_counts(database_url: str) -> None:
    """Several rows may share an identifier; the newest is found, and consuming takes all."""
    async with _kept(database_url) as (w, kept):
        w.clock.move(seconds=5)
        await kept.create("door:key", "newer", w.clock() + timedelta(hours=1))
        found = await kept.find("door:key")
        taken = await kept.consume("door:key")
        await kept.rows.unit.commit()

        assert (found.value if found else None, taken.value if taken else None) == ("newer", "newer")
        assert await w.rows("verification") == []


@pytest.mark.rule("database §6 consume")
async def test_an_expired_row_is_not_consumed_but_goes(database_url: str) -> None:
    """Consuming an expired row gives nothing, and the row is gone even if the request fails."""
    async with _kept(database_url, minutes=1) as (w, kept):
        w.clock.move(minutes=2)

        taken = await kept.consume("door:key")
        await kept.rows.unit.rollback()

        assert taken is None
        assert await w.rows("verification") == []


@pytest.mark.rule("database §6 disableCleanup")
async def test_looking_cleans_up_unless_told_otherwise(sqlite_url: str) -> None:
    """A look-up deletes expired rows; with ``disable_cleanup`` they stay."""
    async with _kept(sqlite_url, minutes=1) as (w, kept):
        w.clock.move(minutes=2)

        await _verifications(w, VerificationOptions(disable_cleanup=True)).find("other")
        stayed = len(await w.rows("verification"))
        await kept.find("other")

        assert (stayed, len(await w.rows("verification"))) == (1, 0)


@pytest.mark.rule("database §6 reserve")
async def test_a_name_is_reserved_by_the_first(database_url: str) -> None:
    """The first writer wins; after its time the name is free again."""
    async with world(database_url) as w:
        one, two = _verifications(w), _verifications(w)
        until = w.clock() + timedelta(seconds=5)

        first = await one.reserve("lock", "a", until)
        second = await two.reserve("lock", "b", until)
        w.clock.move(seconds=6)
        third = await two.reserve("lock", "c", w.clock() + timedelta(seconds=5))

        assert (first, second, third) == (True, False, True)


def test_an_unknown_way_of_keeping_is_refused() -> None:
    """A misspelt option fails at construction and is named."""
    with pytest.raises(ConfigurationError, match="store_identifier"):
        VerificationOptions(store_identifier="hash")  # type: ignore[arg-type]  # the mistake under test

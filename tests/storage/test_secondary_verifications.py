"""Verifications in the secondary storage (database sheet §6)."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from fastapi_betterauth import (
    ABORT,
    Caller,
    DatabaseHooks,
    MemoryStorage,
    RedisStorage,
    SecondaryStorage,
    TableHooks,
    VerificationFields,
    VerificationOptions,
)
from fastapi_betterauth.crypto.digests import sha256_base64url
from fastapi_betterauth.storage.transaction import UnitOfWork
from fastapi_betterauth.storage.verifications import Verifications
from tests.builders.answers import said
from tests.builders.world import World, world
from tests.databases import required

HOUR = timedelta(hours=1)
ALONE = VerificationOptions()
COPIED = VerificationOptions(store_in_database=True)
Kept = pytest.mark.parametrize("kept", [ALONE, COPIED], ids=["alone", "copied"])


@pytest.fixture(params=["memory", "redis"])
async def storage(request: pytest.FixtureRequest) -> AsyncIterator[SecondaryStorage]:
    """Each kind in turn."""
    if request.param == "memory":
        yield MemoryStorage()
        return
    redis = RedisStorage(required("TEST_REDIS_URL"), prefix=f"verifications:{uuid4().hex}:", timeout=5)
    try:
        yield redis
        await redis.clear()
    finally:
        await redis.close()


def opened(w: World) -> tuple[UnitOfWork, Verifications]:
    """The verifications within a unit of work of one's own."""
    unit = UnitOfWork(w.auth.database)
    return unit, w.auth.runtime.verifications_within(unit)


async def kept_at(w: World, identifier: str, value: str = "v", **more: Any) -> None:
    """Keep something for an hour."""
    unit, verifications = opened(w)
    await verifications.create(identifier, value, w.clock() + HOUR, **more)
    await unit.commit()


@pytest.mark.rule("database §6")
async def test_the_layout_is_the_reference_s(sqlite_url: str, storage: SecondaryStorage) -> None:
    """The key names the identifier, the value is the row; there is no table."""
    async with world(sqlite_url, secondary_storage=storage) as w:
        await kept_at(w, "a-token", "ada's id")

        row = json.loads(await storage.get("verification:a-token") or "")
        assert set(row) == {"id", "identifier", "value", "expiresAt", "createdAt", "updatedAt"}
        assert (row["identifier"], row["value"]) == ("a-token", "ada's id")
        assert "verification" not in {entity.key for entity in w.auth.tables.all()}


@pytest.mark.rule("database §6")
async def test_identifiers_are_hashed_where_that_is_wanted(sqlite_url: str) -> None:
    """What lies in the store opens nothing; what was stored plain before still counts."""
    storage = MemoryStorage()
    hashed = VerificationOptions(store_identifier="hashed")
    async with world(sqlite_url, secondary_storage=storage, verification_rows=hashed) as w:
        await kept_at(w, "secret")
        text = await storage.get(f"verification:{sha256_base64url('secret')}") or ""
        assert "secret" not in text
        plain = {**json.loads(text), "identifier": "older"}
        await storage.set("verification:older", json.dumps(plain), 60)

        _, verifications = opened(w)
        assert await verifications.consume("secret") is not None
        assert await verifications.consume("older") is not None
        assert await verifications.consume("older") is None


@pytest.mark.case("SC-DB-03", "SC-RESET-02")
@Kept
@pytest.mark.parametrize("contenders", [2, 20])
async def test_one_of_many_takes_it(
    two_databases_url: str, storage: SecondaryStorage, kept: VerificationOptions, contenders: int
) -> None:
    """However many ask at once, each on its own connection, one gets it."""
    async with world(two_databases_url, secondary_storage=storage, verification_rows=kept) as w:
        await kept_at(w, "once")

        async def take() -> bool:
            unit, verifications = opened(w)
            try:
                taken = await verifications.consume("once")
                await unit.commit()
            finally:
                await unit.rollback()
            return taken is not None

        assert sum(await asyncio.gather(*(take() for _ in range(contenders)))) == 1
        assert await storage.get("verification:once") is None


@Kept
async def test_what_a_failed_request_took_is_there_again(sqlite_url: str, kept: VerificationOptions) -> None:
    """And what it handed out is not."""
    async with world(sqlite_url, secondary_storage=MemoryStorage(), verification_rows=kept) as w:
        await kept_at(w, "old")
        unit, verifications = opened(w)
        assert await verifications.consume("old") is not None
        await verifications.create("new", "v", w.clock() + HOUR)
        await unit.rollback()

        _, later = opened(w)
        assert await later.find("new") is None
        assert await later.find("old") is not None


@Kept
async def test_what_is_over_is_not_taken(sqlite_url: str, kept: VerificationOptions) -> None:
    """Whatever the store's own clock says."""
    async with world(sqlite_url, secondary_storage=MemoryStorage(), verification_rows=kept) as w:
        await kept_at(w, "old")
        w.clock.move(hours=2)

        _, verifications = opened(w)
        assert await verifications.consume("old") is None


@pytest.mark.case("SC-SESS-20")
@pytest.mark.parametrize("text", ["", "{", "null", "[]", '{"identifier":"x"}'])
async def test_what_cannot_be_read_is_nothing(sqlite_url: str, text: str) -> None:
    """No error, and nobody gets in."""
    storage = MemoryStorage()
    async with world(sqlite_url, secondary_storage=storage) as w:
        await storage.set("verification:x", text, 60)

        _, verifications = opened(w)
        assert await verifications.find("x") is None
        assert await verifications.consume("x") is None


@Kept
async def test_all_of_a_kind_are_voided(sqlite_url: str, storage: SecondaryStorage, kept: VerificationOptions) -> None:
    """Of one value, those of the kind that were meant to be found go; others stay."""
    async with world(sqlite_url, secondary_storage=storage, verification_rows=kept) as w:
        for identifier, value in (
            ("reset-password:1", "ada"),
            ("reset-password:2", "ada"),
            ("reset-password:3", "bob"),
        ):
            await kept_at(w, identifier, value, voidable=True)
        await kept_at(w, "trust-device-1", "ada", voidable=True)

        unit, verifications = opened(w)
        await verifications.void("reset-password:", "ada")
        await unit.commit()

        _, later = opened(w)
        left = [
            i
            for i in ("reset-password:1", "reset-password:2", "reset-password:3", "trust-device-1")
            if await later.find(i)
        ]
        assert left == ["reset-password:3", "trust-device-1"]


@Kept
@pytest.mark.parametrize("contenders", [2, 20])
async def test_one_of_many_reserves_a_name(
    sqlite_url: str, storage: SecondaryStorage, kept: VerificationOptions, contenders: int
) -> None:
    """The first one wins."""
    async with world(sqlite_url, secondary_storage=storage, verification_rows=kept) as w:

        async def reserve() -> bool:
            unit, verifications = opened(w)
            won = await verifications.reserve("step", "ada", w.clock() + HOUR)
            await unit.commit()
            return won

        assert sum(await asyncio.gather(*(reserve() for _ in range(contenders)))) == 1


@Kept
async def test_hooks_run_and_may_refuse(sqlite_url: str, kept: VerificationOptions) -> None:
    """Creation and use are told; a hook that refuses leaves it where it is."""
    told: list[str] = []
    refusing = False

    async def created(_row: VerificationFields, _caller: Caller | None) -> None:
        told.append("created")

    async def deleting(_row: VerificationFields, _caller: Caller | None) -> Any:
        return ABORT if refusing else None

    async def deleted(_row: VerificationFields, _caller: Caller | None) -> None:
        told.append("deleted")

    hooks = DatabaseHooks(verification=TableHooks(after_create=created, before_delete=deleting, after_delete=deleted))
    async with world(sqlite_url, secondary_storage=MemoryStorage(), verification_rows=kept, database_hooks=hooks) as w:
        await kept_at(w, "x")
        refusing = True
        unit, verifications = opened(w)
        assert await verifications.consume("x") is None
        await unit.rollback()
        refusing = False
        assert await verifications.consume("x") is not None
        await unit.commit()

        assert told == ["created", "deleted"]


@pytest.mark.case("SC-RESET-02")
@Kept
async def test_a_password_is_reset_once(
    two_databases_url: str, storage: SecondaryStorage, kept: VerificationOptions
) -> None:
    """The mailed token works once; the other open link of the user dies with it."""
    async with world(two_databases_url, secondary_storage=storage, verification_rows=kept) as w:
        ada = await w.sign_up("ada")
        tokens = []
        for _ in range(2):
            await ada.post("/request-password-reset", {"email": ada.email})
            tokens.append((await w.settled()).last(ada.email, "reset").token)
        body = {"token": tokens[1], "newPassword": "another password"}

        answers = await asyncio.gather(*(w.person().post("/reset-password", body) for _ in range(5)))

        assert sorted(said(answer) for answer in answers) == [(200, None)] + [(400, "INVALID_TOKEN")] * 4
        older = await ada.post("/reset-password", {"token": tokens[0], "newPassword": "a third password"})
        assert said(older) == (400, "INVALID_TOKEN")

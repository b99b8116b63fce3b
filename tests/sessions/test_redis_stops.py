"""Redis is away: who is still known, who is told to come back, and that it heals by itself (SC-FAULT-02)."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import Depends, FastAPI

from fastapi_betterauth import (
    CookieCache,
    CurrentSession,
    RedisStorage,
    SessionOptions,
    VerificationOptions,
    current_session,
    optional_session,
)
from scripts.services import Redis, running
from tests.builders.answers import said
from tests.builders.world import Person, World, world
from tests.databases import unavailable

AWAY = (503, "SERVICE_UNAVAILABLE")
COPIED: SessionOptions[Any] = SessionOptions(store_session_in_database=True)


@pytest.fixture
def redis() -> Iterator[Redis]:
    """A Redis that a test may stop and start."""
    if None in Redis.programs():
        unavailable("redis-server is not on this machine")
    with running([Redis]) as servers:
        server = servers[Redis]
        assert isinstance(server, Redis)
        yield server


@asynccontextmanager
async def a_world(url: str, redis: Redis, **options: Any) -> AsyncIterator[tuple[World, Person]]:
    """A world whose sessions lie in Redis, and somebody who is signed in."""
    app = FastAPI()

    @app.get("/me")
    def me(current: Annotated[CurrentSession, Depends(current_session)]) -> str:
        return current.user.email

    @app.get("/maybe")
    def maybe(current: Annotated[CurrentSession | None, Depends(optional_session)]) -> bool:
        return current is not None

    storage = RedisStorage(redis.url, timeout=0.5)
    async with world(url, app=app, secondary_storage=storage, **options) as w:
        yield w, await w.sign_up("ada")


async def _back(redis: Redis) -> None:
    redis.start()
    await asyncio.to_thread(redis.wait)


def _told(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["detail"]["code"]


@pytest.mark.slow
@pytest.mark.case("SC-FAULT-02")
async def test_sessions_in_redis_alone_wait_for_it(sqlite_url: str, redis: Redis) -> None:
    """Nobody is taken for a stranger: endpoints and guards say 503, in time; afterwards all is well again."""
    async with a_world(sqlite_url, redis) as (w, ada):
        await asyncio.to_thread(redis.stop)
        async with asyncio.timeout(20):
            assert said(await ada.get("/get-session")) == AWAY
            assert said(await ada.post("/revoke-sessions")) == AWAY
            assert said(await w.person("ada").sign_in()) == AWAY
            assert _told(await ada.http.get("/me")) == AWAY
            assert _told(await ada.http.get("/maybe")) == AWAY
            assert (await w.person().http.get("/maybe")).json() is False

        await _back(redis)

        assert (await w.person("ada").sign_in()).status_code == 200


@pytest.mark.slow
@pytest.mark.case("SC-FAULT-02", "SC-SESS-12")
async def test_a_copy_in_the_database_stands_in(sqlite_url: str, redis: Redis) -> None:
    """Who is signed in stays so, and others can sign in; what must end in Redis as well is refused as a whole."""
    async with a_world(sqlite_url, redis, session=COPIED) as (w, ada):
        other = await w.another_device(ada)
        await asyncio.to_thread(redis.stop)
        async with asyncio.timeout(20):
            assert await ada.session() is not None
            assert (await ada.http.get("/me")).json() == ada.email
            bob = await w.sign_up("bob")
            w.clock.move(days=2)
            renewed = await bob.get("/get-session")
            assert renewed.headers.get("set-cookie", "").startswith("better-auth.session_token=")
            before = await w.rows("session")
            assert said(await ada.post("/revoke-session", {"token": other.token})) == AWAY
            assert await w.rows("session") == before

        await _back(redis)

        assert await other.session() is not None
        assert await bob.session() is not None
        assert said(await ada.post("/revoke-sessions")) == (200, None)
        assert await other.session() is None


@pytest.mark.slow
@pytest.mark.case("SC-FAULT-02")
async def test_the_cookie_cache_needs_no_redis(sqlite_url: str, redis: Redis) -> None:
    """A copy answers for as long as it is good; what reads the store waits."""
    cached: SessionOptions[Any] = SessionOptions(cookie_cache=CookieCache(enabled=True))
    async with a_world(sqlite_url, redis, session=cached) as (_, ada):
        await asyncio.to_thread(redis.stop)

        assert await ada.session() is not None
        assert (await ada.http.get("/me")).json() == ada.email
        assert said(await ada.post("/update-user", {"name": "Countess"})) == AWAY


@pytest.mark.slow
@pytest.mark.case("SC-FAULT-02")
async def test_verifications_wait_or_fall_back(sqlite_url: str, postgres_url: str, redis: Redis) -> None:
    """In Redis alone a reset answers 503 and loses nothing; with a copy in the database it goes on."""
    for url, kept, expected in ((sqlite_url, False, AWAY), (postgres_url, True, (200, None))):
        rows = VerificationOptions(store_in_database=kept)
        async with a_world(url, redis, session=COPIED, verification_rows=rows) as (w, ada):
            await ada.post("/request-password-reset", {"email": ada.email})
            token = (await w.settled()).last(ada.email, "reset").token
            await asyncio.to_thread(redis.stop)

            answer = await ada.post("/reset-password", {"token": token, "newPassword": "another password"})

            assert said(answer) == expected
            await _back(redis)

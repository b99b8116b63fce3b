"""The contract of secondary storage, kept by each of the stores we ship (core-config sheet §7)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import uuid4

import pytest

from fastapi_betterauth import ConfigurationError, MemoryStorage, RedisStorage, SecondaryStorage
from fastapi_betterauth.errors import SecondaryStorageUnavailable
from scripts.services import Redis, running
from tests.builders.clock import MovableClock
from tests.builders.redis import RedisCluster, RedisSentinel
from tests.databases import required, unavailable

Opened = Callable[[], AbstractAsyncContextManager[SecondaryStorage]]


@asynccontextmanager
async def _memory() -> AsyncIterator[SecondaryStorage]:
    yield MemoryStorage()


@asynccontextmanager
async def opened(url: str, **options: object) -> AsyncIterator[RedisStorage]:
    """A store under a prefix of its own, emptied afterwards."""
    storage = RedisStorage(url, prefix=f"t*[{uuid4().hex}]:", **options)  # type: ignore[arg-type]  # its own options
    try:
        yield storage
        await storage.clear()
    finally:
        await storage.close()


def _served(kind: type[Redis]) -> Iterator[Opened]:
    if None in kind.programs():
        unavailable("redis-server is not on this machine")
    with running([kind]) as servers:
        url = servers[kind].url
        yield lambda: opened(url, timeout=5)


@pytest.fixture(scope="module", params=["memory", "redis", "cluster", "sentinel"])
def stored(request: pytest.FixtureRequest) -> Iterator[Opened]:
    """Each store in turn."""
    if request.param == "memory":
        yield _memory
    elif request.param == "redis":
        url = required("TEST_REDIS_URL")
        yield lambda: opened(url, timeout=5)
    else:
        yield from _served(RedisCluster if request.param == "cluster" else RedisSentinel)


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    """A Redis that a test may stop and start."""
    if None in Redis.programs():
        unavailable("redis-server is not on this machine")
    with running([Redis]) as servers:
        server = servers[Redis]
        assert isinstance(server, Redis)
        yield server


@pytest.mark.rule("core-config §7 get", "core-config §7 set", "core-config §7 delete")
async def test_values_come_back_until_they_are_deleted(stored: Opened) -> None:
    """What is set is got as it was, replaced by the next one, and gone when deleted, once or twice."""
    async with stored() as storage:
        assert await storage.get("key") is None
        await storage.set("key", "old")
        await storage.set("key", '{"name": "Ünï\\u0000"}', 60)

        assert await storage.get("key") == '{"name": "Ünï\\u0000"}'
        await storage.delete("key")
        await storage.delete("key")
        assert await storage.get("key") is None


@pytest.mark.case("SC-FAULT-04")
@pytest.mark.rule("core-config §7 set")
async def test_a_value_whose_time_is_over_is_not_kept(stored: Opened) -> None:
    """A time to live of nothing, or less after a clock jumped, forgets the key instead of keeping it for ever."""
    async with stored() as storage:
        await storage.set("key", "before")
        await storage.set("key", "late", -3)

        assert await storage.get("key") is None


@pytest.mark.rule("core-config §7 getAndDelete")
async def test_only_one_of_many_takes_a_value(stored: Opened) -> None:
    """Twenty callers, one value: one gets it."""
    async with stored() as storage:
        await storage.set("key", "once", 60)

        taken = await asyncio.gather(*(storage.get_and_delete("key") for _ in range(20)))

        assert sorted(taken, key=str) == [None] * 19 + ["once"]


async def test_a_value_is_replaced_only_as_it_was_seen(stored: Opened) -> None:
    """Nothing, one value and another: whoever read something else changes nothing; no time left forgets the key."""
    async with stored() as storage:
        assert not await storage.replace("key", "old", "new", 60)
        assert await storage.replace("key", None, "old", 60)
        assert not await storage.replace("key", None, "new", 60)
        assert not await storage.replace("key", "", "new", 60)
        assert await storage.replace("key", "old", "", 60)
        assert await storage.replace("key", "", "new", 60)
        assert await storage.get("key") == "new"
        assert await storage.replace("key", "new", "newer", 0)
        assert await storage.get("key") is None


async def test_only_one_of_many_replaces_what_all_have_seen(stored: Opened) -> None:
    """Twenty writers that read the same: one is right."""
    async with stored() as storage:
        await storage.set("key", "seen", 60)

        done = await asyncio.gather(*(storage.replace("key", "seen", str(number), 60) for number in range(20)))

        assert sum(done) == 1
        assert await storage.get("key") == str(done.index(True))


@pytest.mark.rule("core-config §7 increment")
async def test_everybody_counts(stored: Opened) -> None:
    """A hundred callers see a hundred numbers; another key has its own."""
    async with stored() as storage:
        counts = await asyncio.gather(*(storage.increment("key", 60) for _ in range(100)))

        assert sorted(counts) == list(range(1, 101))
        assert await storage.increment("other", 60) == 1
        with pytest.raises(ValueError, match="one second"):
            await storage.increment("key", 0)


@pytest.mark.case("SC-IP-10", "SC-FAULT-04")
async def test_memory_forgets_by_the_clock() -> None:
    """Values and counters end when their time is over; counting on does not prolong it."""
    clock = MovableClock()
    storage = MemoryStorage(clock=clock)
    await storage.set("value", "v", 10)
    await storage.increment("counter", 10)
    clock.move(seconds=9)
    assert (await storage.get("value"), await storage.increment("counter", 10)) == ("v", 2)

    clock.move(seconds=1)

    assert (await storage.get_and_delete("value"), await storage.increment("counter", 10)) == (None, 1)


@pytest.mark.case("SC-DOS-04")
async def test_memory_is_bounded() -> None:
    """However many keys there are, no more than the limit are kept: expired ones go first, then the oldest."""
    clock = MovableClock()
    storage = MemoryStorage(max_entries=10, clock=clock)
    await storage.set("kept", "old but alive")
    for number in range(9):
        await storage.set(f"expired-{number}", "", 1)
    clock.move(seconds=2)

    await storage.set("new", "")
    assert (len(storage), await storage.get("kept")) == (2, "old but alive")
    for number in range(50):
        await storage.increment(f"flood-{number}", 60)

    assert len(storage) <= 10
    assert (await storage.get("kept"), await storage.get("flood-49")) == (None, "1")


def test_memory_needs_room() -> None:
    """Fewer than one entry is an error at construction."""
    with pytest.raises(ConfigurationError, match="max_entries"):
        MemoryStorage(max_entries=0)


async def test_redis_forgets_by_its_own_clock(redis_url: str) -> None:
    """The time to live runs from the first count; a counter that lost its end gets one."""
    async with opened(redis_url) as storage:
        client, name = storage._client, storage._prefix + "counter"
        await storage.increment("counter", 600)
        await client.expire(name, 30)
        await storage.increment("counter", 600)
        assert await client.ttl(name) <= 30

        await client.persist(name)
        assert await storage.increment("counter", 600) == 3
        assert 590 <= await client.ttl(name) <= 600


@pytest.mark.case("SC-SESS-22")
async def test_redis_keeps_to_its_prefix(redis_url: str) -> None:
    """Keys of two prefixes are strangers; walking and clearing takes the prefix literally."""
    async with opened(redis_url) as one, opened(redis_url) as other:
        await one.set("a:1", "one")
        await other.set("a:1", "other")

        assert [key async for key in one.list_keys()] == ["a:1"]
        await one.clear()
        assert (await one.get("a:1"), await other.get("a:1")) == (None, "other")


async def test_more_callers_than_connections_wait_their_turn(redis_url: str) -> None:
    """The pool is not exhausted by a crowd."""
    async with opened(redis_url, max_connections=2, timeout=5) as storage:
        counts = await asyncio.gather(*(storage.increment("key", 60) for _ in range(50)))

    assert max(counts) == 50


async def test_a_client_of_the_host_is_used_and_left_open(redis_url: str) -> None:
    """Who brings a client closes it; also one that decodes answers."""
    from redis.asyncio import Redis as Client  # noqa: PLC0415

    async with Client.from_url(redis_url, decode_responses=True) as client:
        storage = RedisStorage(client, prefix=f"t{uuid4().hex}:")
        await storage.set("key", "value", 60)
        await storage.close()

        assert await client.get(storage._prefix + "key") == "value"
        assert await storage.get_and_delete("key") == "value"


@pytest.mark.slow
@pytest.mark.case("SC-FAULT-02")
async def test_redis_may_stop_and_return(own_redis: Redis) -> None:
    """While it is away, callers learn so at once; when it is back, the same storage works again."""
    async with opened(own_redis.url, timeout=0.5) as storage:
        await storage.set("key", "value")
        await asyncio.to_thread(own_redis.stop)

        with pytest.raises(SecondaryStorageUnavailable, match="does not answer"):
            await storage.get("key")
        own_redis.start()
        await asyncio.to_thread(own_redis.wait)

        assert await storage.increment("key2", 60) == 1


@pytest.mark.slow
@pytest.mark.case("SC-FAULT-02")
async def test_a_silent_redis_is_given_up_in_time() -> None:
    """A server that takes the connection and says nothing costs no more than the timeout, retries included."""

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(30)
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    storage = RedisStorage(f"redis://127.0.0.1:{port}", timeout=0.2, retries=20)
    try:
        async with asyncio.timeout(5):
            with pytest.raises(SecondaryStorageUnavailable):
                await storage.get("key")
    finally:
        await storage.close()
        server.close()


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1",
        "127.0.0.1:6379",
        "redis://127.0.0.1:port/0",
        "redis+sentinel://127.0.0.1",
        "redis+sentinel://127.0.0.1/master/zero",
        "redis+cluster://:s3cret@",
    ],
)
def test_a_url_that_cannot_be_read_is_refused(url: str) -> None:
    """At construction, with an example of a right one, and without the password."""
    with pytest.raises(ConfigurationError, match=r"RedisStorage\.url.*redis://host:6379/0") as caught:
        RedisStorage(url)

    assert "s3cret" not in str(caught.value)


def test_numbers_that_make_no_sense_are_refused() -> None:
    """At construction."""
    with pytest.raises(ConfigurationError, match="RedisStorage"):
        RedisStorage("redis://127.0.0.1", timeout=0)


def test_login_and_tls_are_read_from_every_kind_of_url() -> None:
    """User, password and TLS reach the client of each scheme."""
    single = RedisStorage("rediss://ada:p%40ss@127.0.0.1:6380/3")._client
    sentinel = RedisStorage("rediss+sentinel://ada:p%40ss@127.0.0.1/master/3?sentinel_password=s")._client
    cluster = RedisStorage("rediss+cluster://ada:p%40ss@127.0.0.1:7000,127.0.0.1:7001")._client

    for settings in (single.connection_pool.connection_kwargs, sentinel.connection_pool.connection_kwargs):
        assert (settings["username"], settings["password"], settings["db"]) == ("ada", "p@ss", 3)
    kwargs = cluster.nodes_manager.connection_kwargs
    assert (kwargs["username"], kwargs["password"]) == ("ada", "p@ss")
    assert sentinel.connection_pool.sentinel_manager.sentinels[0].connection_pool.connection_kwargs["password"] == "s"

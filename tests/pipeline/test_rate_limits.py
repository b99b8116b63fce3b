"""The rate limiter over HTTP: options, storages, answers (security sheet §4)."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import MetaData, insert

from fastapi_betterauth import (
    AdvancedOptions,
    BetterAuth,
    ConfigurationError,
    IPAddressOptions,
    MemoryStorage,
    Naming,
    PathRateLimit,
    Plugin,
    RateLimit,
    RateLimitDecision,
    RateLimitRule,
    RedisStorage,
)
from fastapi_betterauth.pipeline.operation import get
from fastapi_betterauth.pipeline.rate_limit.database import DatabaseCounters
from fastapi_betterauth.pipeline.wire import StatusAnswer
from tests.builders.world import BASE, SECRET, Person, World, world

ON = RateLimit(enabled=True)
IN_DATABASE = RateLimit(enabled=True, storage="database")


async def statuses(person: Person, times: int, path: str = "/sign-in/email") -> list[int]:
    """What a path answers when it is asked so often; anybody but a stranger gets a 401."""
    body = {"email": "nobody@people.test", "password": "wrong password"}
    return [(await person.post(path, body)).status_code for _ in range(times)]


@pytest.mark.case("SC-IP-14")
@pytest.mark.rule("security-ratelimit-hooks §4.8")
async def test_a_refusal_says_when_to_come_back(sqlite_url: str) -> None:
    """429 with the reference's body, type and header, and the header that every client knows."""
    async with world(sqlite_url, rate_limit=ON) as w:
        visitor = w.person()
        assert await statuses(visitor, 3) == [401, 401, 401]

        answer = await visitor.post("/sign-in/email", {"email": "nobody@people.test", "password": "wrong password"})

    assert answer.status_code == 429
    assert answer.text == '{"message":"Too many requests. Please try again later."}'
    assert answer.headers["content-type"] == "text/plain;charset=UTF-8"
    assert answer.headers["x-retry-after"] == answer.headers["retry-after"]
    assert 1 <= int(answer.headers["x-retry-after"]) <= 10


@pytest.mark.rule("security-ratelimit-hooks §4.1", "security-ratelimit-hooks §4.2")
async def test_every_path_has_a_count_of_its_own(sqlite_url: str) -> None:
    """Malformed requests count as well; another path is not affected, a query makes no difference."""
    async with world(sqlite_url, rate_limit=ON) as w:
        visitor = w.person()
        malformed = [(await visitor.post(f"/sign-up/email?n={n}", content=b"{")).status_code for n in range(4)]

        assert malformed == [400, 400, 400, 429]
        assert await statuses(visitor, 1) == [401]


@pytest.mark.rule("security-ratelimit-hooks §4 enabled")
@pytest.mark.parametrize(
    ("environment", "enabled", "limited"),
    [("production", None, True), ("test", None, False), ("development", True, True), ("production", False, False)],
)
async def test_limits_hold_in_production_unless_told_otherwise(
    sqlite_url: str,
    environment: str,
    enabled: bool | None,  # noqa: FBT001 - a table
    limited: bool,  # noqa: FBT001 - a table
) -> None:
    """By default the environment decides."""
    async with world(sqlite_url, environment=environment, rate_limit=RateLimit(enabled=enabled)) as w:
        assert (await statuses(w.person(), 4))[-1] == (429 if limited else 401)


@pytest.mark.rule("security-ratelimit-hooks §4.1")
async def test_calls_of_the_server_are_not_counted(sqlite_url: str) -> None:
    """In-process calls pass without limit, and take nothing from the clients' share."""
    async with world(sqlite_url, rate_limit=ON) as w:
        ada = await w.sign_up("ada")
        for _ in range(5):
            await w.auth.api.sign_in_email(email=ada.email, password=ada.password)

        assert await statuses(ada, 4) == [401, 401, 401, 429]


@pytest.mark.rule("security-ratelimit-hooks §4.4", "security-ratelimit-hooks §4.6")
async def test_database_counts_like_memory(database_url: str) -> None:
    """One row per key; the window runs from the last allowed request; refusals leave the row alone."""
    async with world(database_url, rate_limit=IN_DATABASE) as w:
        visitor = w.person()
        await statuses(visitor, 2)
        w.clock.move(seconds=9)
        assert await statuses(visitor, 2) == [401, 429]
        (row,) = await w.rows("rate_limit")
        w.clock.move(seconds=9)
        assert await statuses(visitor, 1) == [429]
        assert await w.rows("rate_limit") == [row]
        w.clock.move(seconds=1.1)

        assert await statuses(visitor, 1) == [401]
        (again,) = await w.rows("rate_limit")
        assert (row["key"], row["count"], again["count"]) == ("127.0.0.1|/sign-in/email", 3, 1)


@pytest.mark.case("SC-IP-10")
async def test_a_clock_set_back_locks_nobody_out_of_the_database(database_url: str) -> None:
    """A row from the future is refused for a window at most, not until the clock has caught up."""
    async with world(database_url, rate_limit=IN_DATABASE) as w:
        visitor = w.person()
        w.clock.move(hours=1)
        await statuses(visitor, 3)
        await w.settled()  # else the clean-up of the wrong hour may meet the row after it is put right
        w.clock.move(hours=-1)

        answer = await visitor.post("/sign-in/email", {})
        assert (answer.status_code, answer.headers["x-retry-after"]) == (429, "10")
        w.clock.move(seconds=10.1)
        assert await statuses(visitor, 4) == [401, 401, 401, 429]


@pytest.mark.rule("security-ratelimit-hooks §4.6")
async def test_rows_that_count_nothing_any_more_are_removed(database_url: str) -> None:
    """In the background, in batches; a row that the longest known window still covers stays."""
    day = RateLimit(enabled=True, storage="database", custom_rules={"/ok": RateLimitRule(window=86_400, max=3)})
    async with world(database_url, rate_limit=day) as w:
        entity = w.auth.tables.rate_limit
        assert entity is not None
        now = round(w.clock().timestamp() * 1000)
        rows = [{"id": f"r{n}", "key": f"visitor-{n}", "count": 1, "last_request": now} for n in range(1202)]
        async with w.auth.database.engine.begin() as connection:
            await connection.execute(insert(entity.table), rows)
        w.clock.move(hours=12)
        await w.person().get("/ok")
        await w.settled()
        assert len(await w.rows("rate_limit")) == 1203
        w.clock.move(hours=13)

        await w.person().get("/get-session")
        await w.settled()

        assert {row["key"] for row in await w.rows("rate_limit")} == {"127.0.0.1|/ok", "127.0.0.1|/get-session"}


@pytest.mark.rule("security-ratelimit-hooks §4 modelName")
def test_the_table_is_there_only_when_it_is_used() -> None:
    """Named and shaped as the reference's; other storages make none."""

    def tables(**options: Any) -> dict[str, Any]:
        auth: BetterAuth[Any, Any] = BetterAuth(secret=SECRET, base_url=BASE, metadata=MetaData(), **options)
        return {entity.table.name: entity.table for entity in auth.tables.all()}

    reference = tables(rate_limit=RateLimit(storage="database"), naming=Naming(style="camelCase"))["rateLimit"]

    assert [column.name for column in reference.columns] == ["id", "key", "count", "lastRequest"]
    assert [(index.unique, [c.name for c in index.columns]) for index in reference.indexes] == [(True, ["key"])]
    assert "rate_limit" in tables(rate_limit=RateLimit(storage="database"))
    assert "rate_limit" not in tables()


@pytest.mark.rule("security-ratelimit-hooks §4.5")
async def test_secondary_storage_counts_when_there_is_one(sqlite_url: str, redis_url: str) -> None:
    """Under the reference's key, a fixed window; a refusal asks to wait for a whole one."""
    prefix = f"t{uuid4().hex}:"
    storage = RedisStorage(redis_url, prefix=prefix, timeout=5)
    async with world(sqlite_url, rate_limit=ON, secondary_storage=storage) as w:
        visitor = w.person()
        assert await statuses(visitor, 4) == [401, 401, 401, 429]
        answer = await visitor.post("/sign-in/email", {})

        assert answer.headers["x-retry-after"] == "10"
        assert [key async for key in storage.list_keys()] == ["127.0.0.1|/sign-in/email"]
        await storage.clear()


@pytest.mark.rule("security-ratelimit-hooks §4 storage")
async def test_memory_can_be_chosen_beside_a_secondary_storage(sqlite_url: str) -> None:
    """What is said counts."""
    storage = MemoryStorage()
    chosen = RateLimit(enabled=True, storage="memory")
    async with world(sqlite_url, rate_limit=chosen, secondary_storage=storage) as w:
        assert (await statuses(w.person(), 4))[-1] == 429

    assert len(storage) == 0


def test_a_secondary_storage_that_is_not_there_is_refused() -> None:
    """At construction."""
    with pytest.raises(ConfigurationError, match=r"rate_limit\.storage"):
        BetterAuth(secret=SECRET, base_url=BASE, metadata=MetaData(), rate_limit=RateLimit(storage="secondary-storage"))


@pytest.mark.rule("security-ratelimit-hooks §4 customStorage")
async def test_a_host_can_count_by_itself(sqlite_url: str) -> None:
    """It gets key and rule, and decides."""

    class Counters:
        def __init__(self) -> None:
            self.seen: list[tuple[str, int, int]] = []

        async def consume(self, key: str, rule: RateLimitRule) -> RateLimitDecision:
            self.seen.append((key, rule.seconds, rule.max))
            return RateLimitDecision(allowed=len(self.seen) < 2, retry_after=77)

    counters = Counters()
    async with world(sqlite_url, rate_limit=RateLimit(enabled=True, custom_storage=counters)) as w:
        first, second = await statuses(w.person(), 1), await w.person().get("/ok")

    assert (first, second.status_code, second.headers["x-retry-after"]) == ([401], 429, "77")
    assert counters.seen == [("127.0.0.1|/sign-in/email", 10, 3), ("127.0.0.1|/ok", 10, 100)]


@get("/lottery/{number}")
async def draw(number: str) -> StatusAnswer:
    """Draw a number."""
    return StatusAnswer()


class Lottery(Plugin):
    """Brings a limit along."""

    id = "lottery"
    operations = (draw,)

    def __init__(self, draws: int) -> None:
        self.rate_limits = [PathRateLimit(matches=["/lottery/*"], rule=RateLimitRule(window=60, max=draws))]


@pytest.mark.rule("security-ratelimit-hooks §4.2", "security-ratelimit-hooks §7 rateLimit")
async def test_plugins_bring_limits_and_hosts_change_them(sqlite_url: str) -> None:
    """A path with another parameter has a count of its own."""
    custom = RateLimit(enabled=True, custom_rules={"/lottery/7": False})
    async with world(sqlite_url, rate_limit=custom, plugins=[Lottery(draws=2)]) as w:
        visitor = w.person()

        async def drawn(number: int) -> list[int]:
            return [(await visitor.get(f"/lottery/{number}")).status_code for _ in range(3)]

        assert [await drawn(5), await drawn(6), await drawn(7)] == [[200, 200, 429], [200, 200, 429], [200] * 3]


async def test_guesses_of_tokens_are_counted_together_and_not_written_down(sqlite_url: str) -> None:
    """A reset link's token is no part of the key: not as a way around the limit, not as a secret in a table."""
    strict = RateLimit(
        enabled=True, storage="database", custom_rules={"/reset-password/*": RateLimitRule(window=10, max=2)}
    )
    async with world(sqlite_url, rate_limit=strict) as w:
        visitor = w.person()
        answers = [await visitor.get(f"/reset-password/guess-{n}", params={"callbackURL": "/"}) for n in range(3)]

        assert [answer.status_code for answer in answers] == [302, 302, 429]
        assert [row["key"] for row in await w.rows("rate_limit")] == ["127.0.0.1|/reset-password/:token"]


@pytest.mark.rule("security-ratelimit-hooks §4.2")
async def test_no_addresses_no_limits(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """A host that keeps no addresses has no clients to count, and is told so."""
    private = AdvancedOptions(ip_address=IPAddressOptions(disable_ip_tracking=True))
    async with world(sqlite_url, rate_limit=ON, advanced=private) as w:
        assert await statuses(w.person(), 5) == [401] * 5

    assert "disable_ip_tracking" in caplog.text


async def test_limits_are_documented_where_they_hold(sqlite_url: str) -> None:
    """The OpenAPI document names 429 with its header, only if there are limits."""

    async def documented(**options: Any) -> dict[str, Any] | None:
        async with world(sqlite_url, **options) as w:
            found: dict[str, Any] | None = _responses(w).get("429")
            return found

    limited = await documented(rate_limit=ON)
    assert limited is not None
    assert "X-Retry-After" in limited["headers"]
    assert await documented() is None


def _responses(w: World) -> dict[str, Any]:
    responses: dict[str, Any] = w.app.openapi()["paths"]["/api/auth/sign-in/email"]["post"]["responses"]
    return responses


async def test_long_keys_fit_into_the_table(database_url: str) -> None:
    """However long a path is that a client makes up, and whatever is in it."""
    async with world(database_url, rate_limit=IN_DATABASE, plugins=[Lottery(draws=1)]) as w:
        visitor = w.person()
        paths = [f"/lottery/{'9' * 3000}", "/lottery/%F0%9F%8E%B2%E2%80%AE", f"/lottery/{'9' * 3000}"]

        answers = [(await visitor.get(path)).status_code for path in paths]

    assert answers == [200, 200, 429]


def test_counters_know_rules_before_they_are_used() -> None:
    """A limit on a route of the host's keeps its rows from the start."""
    auth: BetterAuth[Any, Any] = BetterAuth(
        secret=SECRET, base_url=BASE, metadata=MetaData(), rate_limit=RateLimit(storage="database")
    )
    auth.rate_limit("5/7 days")

    limiter = auth.runtime.rate_limiter
    assert limiter is not None
    assert isinstance(limiter._counters, DatabaseCounters)
    assert limiter._counters._longest == 7 * 86_400_000


@pytest.mark.case("SC-DB-08")
async def test_counting_never_waits_for_the_request_itself(sqlite_url: str) -> None:
    """Where the request has written already, as a session that was renewed, no second connection is asked for."""
    limits = RateLimit(enabled=True, storage="database", custom_rules={"**": False})
    async with world(sqlite_url, rate_limit=limits) as w:
        ada = await w.sign_up("ada")
        w.clock.move(days=2)

        async with asyncio.timeout(3):
            answer = await ada.post("/send-verification-email", {"email": ada.email})

        assert (answer.status_code, answer.json()) == (200, {"status": True})
        assert len(w.outbox.to(ada.email, "verify")) == 1

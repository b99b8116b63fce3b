"""Attacks on the rate limiter (SC-IP), and floods of mail for one person (SC-RESET-17)."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from starlette.responses import PlainTextResponse, Response

from fastapi_betterauth import (
    AdvancedOptions,
    IPAddressOptions,
    MemoryStorage,
    Plugin,
    RateLimit,
    RateLimitDecision,
    RateLimitRule,
    RedisStorage,
    RequestContext,
    SessionOptions,
)
from fastapi_betterauth.pipeline.rate_limit import limiter as limiter_module
from scripts.services import Redis, running
from tests.builders.world import Person, World, world
from tests.databases import DatabaseKind, fresh_database, required, unavailable
from tests.live_server import live_server
from tests.security.raw import JSON_HEADERS, raw_request

ON = RateLimit(enabled=True)
COPIED: SessionOptions[Any] = SessionOptions(store_session_in_database=True)
"""Sessions that go on while Redis is away."""
SIGN_IN = "/api/auth/sign-in/email"
ATTEMPT = b'{"email":"ada@people.test","password":"a guess"}'


async def attempt(w: World, *, peer: str | None = "198.51.100.7", **headers: str) -> int:
    """Guess a password from an address; returns the status."""
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    answer = await raw_request(
        w.app,
        "POST",
        SIGN_IN,
        headers=[*JSON_HEADERS, *pairs],
        body=ATTEMPT,
        peer=None if peer is None else (peer, 4000),
    )
    return answer.status


def behind(*, headers: tuple[str, ...] = ("x-forwarded-for",), proxies: tuple[str, ...] = ("10.0.0.0/8",)) -> Any:
    """Options of an app behind proxies."""
    return AdvancedOptions(ip_address=IPAddressOptions(ip_address_headers=headers, trusted_proxies=proxies))


@pytest.mark.case("SC-IP-01", "SC-IP-02")
async def test_made_up_addresses_give_no_new_attempts(sqlite_url: str) -> None:
    """A direct client may send any header; behind a proxy only what the proxy appended counts."""
    async with world(sqlite_url, rate_limit=ON) as w:
        direct = [await attempt(w, x_forwarded_for=f"203.0.113.{n}", x_real_ip=f"203.0.113.{n}") for n in range(5)]
    async with world(sqlite_url, rate_limit=ON, advanced=behind()) as w:
        chain = [await attempt(w, peer="10.0.0.1", x_forwarded_for=f"203.0.113.{n}, 198.51.100.7") for n in range(5)]
        other = await attempt(w, peer="10.0.0.1", x_forwarded_for="198.51.100.8")

    assert direct == chain == [401, 401, 401, 429, 429]
    assert other == 401


@pytest.mark.case("SC-IP-01", "SC-IP-06")
async def test_chains_that_tell_nothing_share_one_count(sqlite_url: str) -> None:
    """Without known proxies a chain, text and long values are no addresses; they do not make new counts."""
    values = ["203.0.113.1, 198.51.100.7", "203.0.113.2, 198.51.100.7", "unknown", "' OR 1=1 --", "9" * 10_000]
    async with world(sqlite_url, rate_limit=ON, advanced=behind(proxies=())) as w:
        statuses = [await attempt(w, peer="10.0.0.1", x_forwarded_for=value) for value in values]

    assert statuses == [401, 401, 401, 429, 429]


@pytest.mark.case("SC-IP-04")
@pytest.mark.parametrize(("subnet", "other"), [(64, "2001:db8:0:1::1"), (56, "2001:db8:0:100::1")])
async def test_one_household_has_one_count(sqlite_url: str, subnet: int, other: str) -> None:
    """All addresses of a subnet are one client; the next subnet is another one."""
    inside = [f"2001:db8:0:{n % (1 if subnet == 64 else 256):x}:{n:x}::{n:x}" for n in range(1, 101)]
    options = AdvancedOptions(ip_address=IPAddressOptions(ipv6_subnet=subnet))
    async with world(sqlite_url, rate_limit=ON, advanced=options) as w:
        statuses = [await attempt(w, peer=address) for address in inside]

        assert statuses == [401] * 3 + [429] * 97
        assert await attempt(w, peer=other) == 401


@pytest.mark.case("SC-IP-05")
async def test_spellings_of_an_address_share_one_count(sqlite_url: str) -> None:
    """IPv4 as IPv6, upper case, with zeros: the same client."""
    mapped = ["203.0.113.9", "::ffff:203.0.113.9", "::FFFF:CB00:7109", "0:0:0:0:0:ffff:cb00:7109"]
    spelt = ["2001:db8::1", "2001:DB8::1", "2001:0db8:0:0:0:0:0:1", "2001:db8:0::0:1"]
    async with world(sqlite_url, rate_limit=ON) as w:
        assert [await attempt(w, peer=address) for address in mapped] == [401, 401, 401, 429]
        assert [await attempt(w, peer=address) for address in spelt] == [401, 401, 401, 429]


@pytest.mark.case("SC-IP-07")
@pytest.mark.parametrize("peer", [None, "testclient", ""])
async def test_clients_without_an_address_are_limited_together(
    sqlite_url: str, peer: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    """A unix socket, a stripped header: one shared count, never none; the host is warned once."""
    async with world(sqlite_url, rate_limit=ON) as w:
        statuses = [await attempt(w, peer=peer) for _ in range(4)]

    assert statuses == [401, 401, 401, 429]
    assert caplog.text.count("address of a client is not known") == 1


@asynccontextmanager
async def counting_in(storage: str, folder: Path) -> AsyncIterator[World]:
    """An app that counts in this storage, with as many database connections as a busy one has."""
    kinds: dict[str, DatabaseKind] = {"sqlite": "sqlite", "postgres": "postgres", "mariadb": "mariadb"}
    options: dict[str, Any] = {"rate_limit": ON}
    redis = None
    if storage in kinds:
        options["rate_limit"] = RateLimit(enabled=True, storage="database")
    elif storage == "redis":
        redis = options["secondary_storage"] = RedisStorage(
            required("TEST_REDIS_URL"), prefix=f"t{uuid4().hex}:", timeout=10
        )
    elif storage == "memory-storage":
        options["secondary_storage"] = MemoryStorage()
    opened = fresh_database(kinds.get(storage, "sqlite"), folder)
    url = await asyncio.to_thread(opened.__enter__)
    try:
        async with world(url, **options) as w:
            yield w
            if redis is not None:
                await redis.clear()
    finally:
        await asyncio.to_thread(opened.__exit__, None, None, None)


@pytest.mark.slow
@pytest.mark.case("SC-IP-08")
@pytest.mark.parametrize("storage", ["memory", "memory-storage", "sqlite", "postgres", "mariadb", "redis"])
@pytest.mark.parametrize("contenders", [2, 20, 100])
async def test_of_many_at_once_no_more_pass_than_may(storage: str, contenders: int, tmp_path: Path) -> None:
    """Attempts released at the same moment: exactly three of each client reach the password."""
    async with counting_in(storage, tmp_path) as w:
        for peer in ("198.51.100.7", "198.51.100.8"):
            barrier, before = asyncio.Barrier(contenders), w.hasher.calls

            async def one(peer: str = peer, barrier: asyncio.Barrier = barrier) -> int:
                await barrier.wait()
                return await attempt(w, peer=peer)

            statuses = await asyncio.gather(*(one() for _ in range(contenders)))

            passed = min(3, contenders)
            assert sorted(statuses) == [401] * passed + [429] * (contenders - passed)
            assert w.hasher.calls - before == passed


@pytest.mark.slow
@pytest.mark.case("SC-IP-09")
def test_workers_that_count_alone_are_warned_about(tmp_path: Path) -> None:
    """In memory, with several workers, each of them says at its start that limits do not hold together."""
    (tmp_path / "guarded.py").write_text(
        "from fastapi import FastAPI\n"
        "from fastapi_betterauth import BetterAuth, RateLimit\n"
        "limits = RateLimit(enabled=True)\n"
        "auth = BetterAuth(base_url='http://127.0.0.1', environment='development', rate_limit=limits)\n"
        "app = FastAPI()\n"
        "app.include_router(auth.router)\n"
        "@app.get('/stop')\n"
        "def stop() -> None: ...\n"
    )
    root = str(Path(__file__).resolve().parents[2])
    command = [sys.executable, "-c", "import guarded", "--workers", "2"]
    alone = [sys.executable, "-c", "import guarded"]
    environment = {**os.environ, "PYTHONPATH": f"{root}:{tmp_path}"}
    environment.pop("WEB_CONCURRENCY", None)

    said = [
        subprocess.run(c, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stderr
        for c in (command, alone)
    ]

    assert ["there are several workers" in text for text in said] == [True, False]


@pytest.mark.case("SC-IP-11")
async def test_success_with_another_account_clears_nothing(sqlite_url: str) -> None:
    """An attacker who signs in to an account of their own in between gets no more guesses."""
    async with world(sqlite_url) as setup:
        await setup.sign_up("mallory")
    async with world(sqlite_url, rate_limit=ON) as w:
        mallory = w.person("mallory")
        guess = {"email": "ada@people.test", "password": "a guess"}
        answers = [
            (await mallory.post("/sign-in/email", guess)).status_code,
            (await mallory.post("/sign-in/email", guess)).status_code,
            (await mallory.sign_in()).status_code,
            (await mallory.post("/sign-in/email", guess)).status_code,
        ]

    assert answers == [401, 401, 200, 429]


class Eager(Plugin):
    """Answers everything by itself."""

    id = "eager"

    async def on_request(self, context: RequestContext) -> Response | None:
        return PlainTextResponse("mine", status_code=401)


@pytest.mark.case("SC-IP-13")
@pytest.mark.rule("security-ratelimit-hooks §1 stage 4")
async def test_requests_are_counted_before_any_plugin_answers(sqlite_url: str) -> None:
    """A plugin that answers early is no way around the limit, and does not see refused requests."""
    async with world(sqlite_url, rate_limit=ON, plugins=[Eager()]) as w:
        assert [await attempt(w) for _ in range(4)] == [401, 401, 401, 429]


@pytest.mark.case("SC-IP-14", "SC-IP-15")
async def test_known_and_unknown_accounts_are_limited_alike(sqlite_url: str) -> None:
    """Same number of attempts, same answer, same headers: the limit tells nothing about the account."""
    async with world(sqlite_url) as setup:
        await setup.sign_up("ada")
    seen: list[list[tuple[int, str, list[str]]]] = []
    for name in ("ada", "nobody"):
        async with world(sqlite_url, rate_limit=ON) as w:
            body = {"email": f"{name}@people.test", "password": "a guess"}
            answers = [await w.person().post("/sign-in/email", body) for _ in range(5)]
            seen.append([(a.status_code, a.text, sorted(a.headers)) for a in answers])

    assert seen[0] == seen[1]
    assert [status for status, _, _ in seen[0]] == [401, 401, 401, 429, 429]


@pytest.mark.case("SC-IP-16")
async def test_nobody_can_lock_somebody_else_out(sqlite_url: str) -> None:
    """Limits hold for who asks: the victim signs in from elsewhere, and nobody waits longer than a window."""
    async with world(sqlite_url) as setup:
        await setup.sign_up("ada")
    async with world(sqlite_url, rate_limit=ON) as w:
        assert [await attempt(w, peer="203.0.113.66") for _ in range(50)][-1] == 429
        ada = w.person("ada")
        assert (await ada.sign_in()).status_code == 200
        assert await ada.session() is not None
        w.clock.move(seconds=10)

        assert await attempt(w, peer="203.0.113.66") == 401


@pytest.mark.case("SC-IP-12", "SC-IP-16", "SC-IP-17")
async def test_an_account_can_be_limited_wherever_guesses_come_from(two_databases_url: str) -> None:
    """Many addresses, one account: known or not, however it is spelt; after a while its owner is let in again."""
    async with world(two_databases_url) as setup:
        await setup.sign_up("ada")
    per_account = RateLimit(enabled=True, storage="database", attempts_per_account=RateLimitRule(window=900, max=10))
    async with world(two_databases_url, rate_limit=per_account) as w:
        seen = []
        for name in ("ada@people.test", "nobody@people.test"):
            guesses = []
            for number in range(1, 13):
                email = name.upper() if number % 2 else name
                body = f'{{"email":"{email}","password":"a guess"}}'.encode()
                peer = (f"198.51.100.{number}", 4000)
                guesses.append(await raw_request(w.app, "POST", SIGN_IN, headers=JSON_HEADERS, body=body, peer=peer))
            seen.append([(g.status, g.body, sorted(name for name, _ in g.headers)) for g in guesses])
        assert [status for status, _, _ in seen[0]] == [401] * 10 + [429] * 2
        assert seen[0] == seen[1]
        assert not any("people.test" in row["key"] for row in await w.rows("rate_limit"))

        w.clock.move(seconds=900)
        assert (await w.person("ada").sign_in()).status_code == 200


@pytest.mark.case("SC-IP-17")
async def test_a_host_sees_every_attempt(sqlite_url: str) -> None:
    """One password tried on many accounts: storages of the host's own count what they like, such as all together."""
    attempts: dict[str, int] = {}

    class PerPath:
        async def consume(self, key: str, rule: RateLimitRule) -> RateLimitDecision:
            path = key.partition("|")[2]
            attempts[path] = attempts.get(path, 0) + 1
            return RateLimitDecision(allowed=attempts[path] <= 10, retry_after=60)

    async with world(sqlite_url, rate_limit=RateLimit(enabled=True, custom_storage=PerPath())) as w:
        statuses = [await attempt(w, peer=f"198.51.100.{n}") for n in range(1, 21)]

    assert statuses == [401] * 10 + [429] * 10


@pytest.mark.case("SC-IP-19")
async def test_aliases_of_a_path_share_its_count(sqlite_url: str) -> None:
    """A slash at the end, a query, another method, another case: no new attempts."""
    async with world(sqlite_url, rate_limit=ON, advanced=AdvancedOptions(skip_trailing_slashes=True)) as w:
        visitor = w.person()
        body = {"email": "ada@people.test", "password": "a guess"}
        paths = ["/sign-in/email", "/sign-in/email/", "/sign-in/email?x=1", "/sign-in/email//", "/sign-in/email#f"]
        aliases = ["//sign-in/email", "/Sign-In/email", "/sign-in/./email", "/sign-in/%65mail", "/sign-in%2Femail"]
        statuses = [(await visitor.post(path, body)).status_code for path in paths]
        others = [(await visitor.post(path, body)).status_code for path in aliases]
        wrong = [(await visitor.http.request(m, "/api/auth/sign-in/email")).status_code for m in ("GET", "HEAD", "PUT")]

    assert statuses == [401, 401, 401, 429, 429]
    assert set(others) <= {404, 429}
    assert set(wrong) == {404}


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    """A Redis that a test may stop and start."""
    if None in Redis.programs():
        unavailable("redis-server is not on this machine")
    with running([Redis]) as servers:
        server = servers[Redis]
        assert isinstance(server, Redis)
        yield server


@pytest.mark.slow
@pytest.mark.case("SC-IP-18", "SC-FAULT-02")
async def test_without_redis_each_process_counts_for_itself(
    sqlite_url: str, own_redis: Redis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """By default: no 500, no unlimited guessing, sign-in works; when Redis is back it counts again."""
    monkeypatch.setattr(limiter_module, "_PAUSE", 0.0)
    async with world(sqlite_url) as setup:
        await setup.sign_up("ada")
    storage = RedisStorage(own_redis.url, timeout=0.3)
    async with world(sqlite_url, rate_limit=ON, secondary_storage=storage, session=COPIED) as w:
        await asyncio.to_thread(own_redis.stop)
        assert (await w.person("ada").sign_in()).status_code == 200
        assert [await attempt(w, peer="127.0.0.1") for _ in range(4)] == [401, 401, 429, 429]

        own_redis.start()
        await asyncio.to_thread(own_redis.wait)
        assert [await attempt(w) for _ in range(4)] == [401, 401, 401, 429]
        assert [key async for key in storage.list_keys()] == ["198.51.100.7|/sign-in/email"]

    assert "each process counts for itself" in caplog.text


@pytest.mark.slow
@pytest.mark.case("SC-IP-18", "SC-FAULT-02")
async def test_without_redis_a_host_may_rather_refuse(sqlite_url: str, own_redis: Redis) -> None:
    """503 with a code, within the timeout, and only while it lasts."""
    storage = RedisStorage(own_redis.url, timeout=0.3)
    strict = RateLimit(enabled=True, when_storage_fails="refuse")
    async with world(sqlite_url, rate_limit=strict, secondary_storage=storage) as w:
        await asyncio.to_thread(own_redis.stop)
        answer = await w.person().post("/sign-in/email", {})

        assert (answer.status_code, answer.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
        own_redis.start()
        await asyncio.to_thread(own_redis.wait)
        assert await attempt(w) == 401


@pytest.mark.case("SC-IP-18")
async def test_a_storage_that_failed_is_left_alone_for_a_while(sqlite_url: str) -> None:
    """Requests do not wait one by one for a storage that is away; whatever it raises is no 500."""
    asked: list[str] = []

    class Broken:
        async def consume(self, key: str, rule: RateLimitRule) -> RateLimitDecision:
            asked.append(key)
            raise KeyError(key)

    async with world(sqlite_url, rate_limit=RateLimit(enabled=True, custom_storage=Broken())) as w:
        assert [await attempt(w) for _ in range(5)] == [401, 401, 401, 429, 429]

    assert len(asked) == 1


Ask = Callable[[World, Person], Awaitable[httpx2.Response]]


async def _reset(w: World, victim: Person) -> httpx2.Response:
    return await w.person().post("/request-password-reset", {"email": victim.email.upper()})


async def _verify(w: World, victim: Person) -> httpx2.Response:
    return await w.person().post("/send-verification-email", {"email": victim.email})


async def _sign_up_again(w: World, victim: Person) -> httpx2.Response:
    body = {"name": "Ada", "email": victim.email, "password": "another password"}
    return await w.person().post("/sign-up/email", body)


async def _move_to_victim(w: World, victim: Person) -> httpx2.Response:
    mallory = next(person for person in w._people if person.name == "mallory")
    return await mallory.post("/change-email", {"newEmail": "free@people.test"})


MAILS: dict[str, tuple[Ask, str, str]] = {
    "reset": (_reset, "reset", "ada@people.test"),
    "existing-sign-up": (_sign_up_again, "existing-sign-up", "ada@people.test"),
    "change-email": (_move_to_victim, "verify", "free@people.test"),
}


@pytest.mark.case("SC-RESET-17")
@pytest.mark.parametrize("kind", MAILS)
async def test_a_mailbox_is_not_flooded(two_databases_url: str, kind: str) -> None:
    """Whoever asks, from wherever: after five mails of a kind no more go out, and the answer is the same as before."""
    ask, mailed, to = MAILS[kind]
    no_paths = {"**": False}
    limits = RateLimit(enabled=True, storage="database", custom_rules=no_paths)
    hiding = {"require_email_verification": kind == "existing-sign-up"}
    async with world(two_databases_url, rate_limit=limits, password=hiding) as w:
        ada, _ = await w.sign_up("ada"), await w.sign_up("mallory")
        answers = [await ask(w, ada) for _ in range(8)]
        sent = (await w.settled()).to(to, mailed)

        assert len(sent) == 5
        assert {a.status_code for a in answers} == {200}
        assert len({tuple(sorted(a.headers)) for a in answers}) == 1
        assert not any("people.test" in row["key"] for row in await w.rows("rate_limit"))

        w.clock.move(hours=1, seconds=1)
        await ask(w, ada)
        assert len((await w.settled()).to(to, mailed)) == 6


@pytest.mark.slow
@pytest.mark.case("SC-RESET-17")
async def test_asked_for_verification_mails_are_counted_too(sqlite_url: str) -> None:
    """Those that are awaited, for a stranger and for the person."""
    limits = RateLimit(enabled=True, custom_rules={"**": False}, mails=RateLimitRule(window=60, max=2))
    async with world(sqlite_url, rate_limit=limits) as w:
        ada = await w.sign_up("ada")
        stranger = [await _verify(w, ada) for _ in range(2)]
        own = await ada.post("/send-verification-email", {"email": ada.email})

        assert [(a.status_code, a.json()) for a in (*stranger, own)] == [(200, {"status": True})] * 3
        assert len((await w.settled()).to(ada.email, "verify")) == 2


@pytest.mark.case("SC-RESET-17")
async def test_each_person_and_each_kind_of_mail_has_its_own_count(sqlite_url: str) -> None:
    """Flooding one kind, or one person, keeps nobody else from their mail; nor does it stop calls of the server."""
    limits = RateLimit(enabled=True, custom_rules={"**": False}, mails=RateLimitRule(window=60, max=1))
    async with world(sqlite_url, rate_limit=limits) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        for person in (ada, ada, bob):
            await _reset(w, person)
        await w.settled()
        assert [len(w.outbox.to(person.email, "reset")) for person in (ada, bob)] == [1, 1]

        await w.auth.api.request_password_reset(email=ada.email)
        assert len((await w.settled()).to(ada.email, "reset")) == 2


@pytest.mark.case("SC-RESET-17")
async def test_mail_is_unlimited_where_the_host_says_so(sqlite_url: str) -> None:
    """``mails=None``, and an instance without limits."""
    for limits in (RateLimit(enabled=True, custom_rules={"**": False}, mails=None), RateLimit()):
        async with world(sqlite_url, rate_limit=limits) as w:
            ada = w.person("ada")
            await ada.sign_up()
            for _ in range(7):
                await _reset(w, ada)
            assert len((await w.settled()).to(ada.email, "reset")) == 7


@pytest.mark.slow
@pytest.mark.case("SC-IP-08", "SC-IP-09")
@pytest.mark.parametrize("storage", ["sqlite", "postgres", "mariadb", "redis"])
async def test_limits_hold_over_all_workers(storage: str, tmp_path: Path) -> None:
    """Two hundred requests at once to four workers: exactly three pass, on an endpoint and on a route of the host's."""
    environment = {"STORAGE": "redis" if storage == "redis" else "database", "REDIS_PREFIX": f"t{uuid4().hex}:"}
    kinds: dict[str, DatabaseKind] = {"postgres": "postgres", "mariadb": "mariadb"}
    required("TEST_REDIS_URL")
    opened = fresh_database(kinds.get(storage, "sqlite"), tmp_path)
    environment["DATABASE_URL"] = await asyncio.to_thread(opened.__enter__)
    try:
        # A worker that a busy machine keeps waiting is not to be replaced.
        workers_4 = ("--workers", "4", "--timeout-worker-healthcheck", "60")
        with live_server("tests.security.limited_app:app", environment, *workers_4) as base:
            limits = httpx2.Limits(max_connections=40, max_keepalive_connections=0)
            headers = {"origin": base}
            async with httpx2.AsyncClient(base_url=base, headers=headers, limits=limits, timeout=60) as client:
                workers = {a.json() for a in await asyncio.gather(*(client.get("/worker") for _ in range(200)))}
                guess = {"email": "ada@people.test", "password": "a guess"}
                guesses = await asyncio.gather(*(client.post(SIGN_IN, json=guess) for _ in range(200)))
                exports = await asyncio.gather(*(client.get("/costly") for _ in range(200)))
    finally:
        await asyncio.to_thread(opened.__exit__, None, None, None)

    assert len(workers) > 1
    assert sorted(answer.status_code for answer in guesses) == [401] * 3 + [429] * 197
    assert sorted(answer.status_code for answer in exports) == [200] * 3 + [429] * 197

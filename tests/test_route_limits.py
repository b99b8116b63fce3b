"""Limits on the host's own routes: ``Depends(auth.rate_limit("5/minute"))``."""

from typing import Annotated, Any
from uuid import uuid4

import pytest
from fastapi import APIRouter, Depends, FastAPI, WebSocket
from sqlalchemy import MetaData
from starlette.requests import HTTPConnection

from fastapi_betterauth import (
    AdvancedOptions,
    BetterAuth,
    ConfigurationError,
    IPAddressOptions,
    RateLimit,
    RateLimitDecision,
    RateLimitRule,
    RedisStorage,
)
from tests.builders.websocket import connect
from tests.builders.world import BASE, SECRET, Person, World, world


def _limited(app: FastAPI, path: str, limit: Any) -> None:
    @app.get(path, dependencies=[Depends(limit)])
    async def route() -> str:
        return "ok"


async def _statuses(person: Person, path: str, times: int, **headers: str) -> list[int]:
    return [(await person.http.get(path, headers=headers)).status_code for _ in range(times)]


def _with_route(w: World, limit: str | RateLimitRule = "2/minute", path: str = "/costly", **options: Any) -> World:
    _limited(w.app, path, w.auth.rate_limit(limit, **options))
    return w


async def test_a_route_refuses_who_asks_too_often(sqlite_url: str) -> None:
    """429 with a code and both headers; after the window it answers again. No environment switches it off."""
    async with world(sqlite_url) as w:
        visitor = _with_route(w).person()
        assert await _statuses(visitor, "/costly", 2) == [200, 200]
        refusal = await visitor.http.get("/costly")
        w.clock.move(seconds=61)

        assert refusal.status_code == 429
        assert refusal.json()["detail"]["code"] == "TOO_MANY_REQUESTS"
        assert refusal.headers["x-retry-after"] == refusal.headers["retry-after"] == "60"
        assert await _statuses(visitor, "/costly", 1) == [200]


async def test_people_are_counted_wherever_they_are(sqlite_url: str) -> None:
    """A signed-in user has one count on all devices; who is not signed in is counted by address."""
    async with world(sqlite_url, advanced=_behind_a_header()) as w:
        _with_route(w)
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        phone = await w.another_device(ada)

        assert await _statuses(ada, "/costly", 1, **{"x-ip": "198.51.100.1"}) == [200]
        assert await _statuses(phone, "/costly", 2, **{"x-ip": "198.51.100.2"}) == [200, 429]
        assert await _statuses(bob, "/costly", 1, **{"x-ip": "198.51.100.1"}) == [200]
        stranger = w.person()
        assert await _statuses(stranger, "/costly", 3, **{"x-ip": "198.51.100.1"}) == [200, 200, 429]
        assert await _statuses(stranger, "/costly", 1, **{"x-ip": "198.51.100.2"}) == [200]


def _behind_a_header() -> AdvancedOptions:
    return AdvancedOptions(ip_address=IPAddressOptions(ip_address_headers=["x-ip"]))


async def test_counting_by_address_takes_no_notice_of_people(sqlite_url: str) -> None:
    """``by="ip"``: two users of one address share a count."""
    async with world(sqlite_url) as w:
        _with_route(w, by="ip")
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")

        assert await _statuses(ada, "/costly", 2) == [200, 200]
        assert await _statuses(bob, "/costly", 1) == [429]


async def test_a_function_names_whom_to_count_for(sqlite_url: str) -> None:
    """Such as a tenant."""

    async def tenant(connection: HTTPConnection) -> str:
        return connection.headers["x-tenant"]

    async with world(sqlite_url) as w:
        visitor = _with_route(w, by=tenant).person()

        assert await _statuses(visitor, "/costly", 3, **{"x-tenant": "a"}) == [200, 200, 429]
        assert await _statuses(visitor, "/costly", 1, **{"x-tenant": "b"}) == [200]


async def test_each_route_and_each_limit_has_its_own_count(sqlite_url: str) -> None:
    """Path parameters make no new count; a name joins routes; two limits on a route hold both."""
    app = FastAPI()
    async with world(sqlite_url, app=app) as w:
        short, long = Depends(w.auth.rate_limit("2/second")), Depends(w.auth.rate_limit("3/hour"))
        shared = Depends(w.auth.rate_limit("2/minute", name="exports"))
        router = APIRouter()

        @router.get("/items/{number}", dependencies=[short, long])
        async def items(number: int) -> int:
            return number

        @router.get("/csv", dependencies=[shared])
        async def csv() -> None: ...

        @router.get("/pdf", dependencies=[shared])
        async def pdf() -> None: ...

        app.include_router(router, prefix="/v1")
        visitor = w.person()

        assert [(await visitor.http.get(f"/v1/items/{n}")).status_code for n in range(3)] == [200, 200, 429]
        w.clock.move(seconds=2)
        assert [(await visitor.http.get(f"/v1/items/{n}")).status_code for n in range(2)] == [200, 429]
        assert [(await visitor.http.get(p)).status_code for p in ("/v1/csv", "/v1/pdf", "/v1/csv")] == [200, 200, 429]


async def test_the_session_is_looked_up_once(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limit and guard on one route read it together."""
    async with world(sqlite_url) as w:
        current = Annotated[Any, Depends(w.auth.current_session)]

        @w.app.get("/me", dependencies=[Depends(w.auth.rate_limit("1/minute"))])
        async def me(session: current) -> str:
            return str(session.user.email)

        ada = await w.sign_up("ada")
        asked, find = [], w.auth.runtime.loader.find

        async def counted(token: str, *rest: Any) -> Any:
            asked.append(token)
            return await find(token, *rest)

        monkeypatch.setattr(w.auth.runtime.loader, "find", counted)
        assert (await ada.http.get("/me")).json() == ada.email

        assert len(asked) == 1


async def test_routes_count_in_the_chosen_storage(sqlite_url: str, redis_url: str) -> None:
    """In Redis, where other workers see it."""
    storage = RedisStorage(redis_url, prefix=f"t{uuid4().hex}:", timeout=5)
    async with world(sqlite_url, secondary_storage=storage) as w:
        visitor = _with_route(w, RateLimitRule(window=60, max=1)).person()
        assert await _statuses(visitor, "/costly", 2) == [200, 429]
        (key,) = [key async for key in storage.list_keys()]
        await storage.clear()

    assert key == "route|tests.test_route_limits._limited.<locals>.route|60|127.0.0.1"


async def test_a_switched_off_limiter_limits_no_route(sqlite_url: str) -> None:
    """``enabled=False`` is meant for everything, such as a load test."""
    async with world(sqlite_url, rate_limit=RateLimit(enabled=False)) as w:
        assert await _statuses(_with_route(w, "1/hour").person(), "/costly", 3) == [200] * 3


@pytest.mark.case("SC-IP-18")
async def test_a_route_that_cannot_count_may_refuse(sqlite_url: str) -> None:
    """503, where the host wants no stand-in."""

    class Broken:
        async def consume(self, key: str, rule: RateLimitRule) -> RateLimitDecision:
            raise ConnectionError

    strict = RateLimit(custom_storage=Broken(), when_storage_fails="refuse")
    async with world(sqlite_url, rate_limit=strict) as w:
        answer = await _with_route(w).person().http.get("/costly")

    assert (answer.status_code, answer.json()["detail"]["code"]) == (503, "SERVICE_UNAVAILABLE")


async def test_without_addresses_only_people_are_counted(sqlite_url: str) -> None:
    """A host that keeps no addresses cannot tell strangers apart."""
    private = AdvancedOptions(ip_address=IPAddressOptions(disable_ip_tracking=True))
    async with world(sqlite_url, advanced=private) as w:
        ada = await _with_route(w).sign_up("ada")

        assert await _statuses(w.person(), "/costly", 4) == [200] * 4
        assert await _statuses(ada, "/costly", 3) == [200, 200, 429]


async def test_a_websocket_is_closed(sqlite_url: str) -> None:
    """1008 with the code, before it is accepted."""
    async with world(sqlite_url) as w:
        limit = Depends(w.auth.rate_limit("1/minute"))

        @w.app.websocket("/live", dependencies=[limit])
        async def live(socket: WebSocket) -> None:
            await socket.accept()
            await socket.close()

        first, second = await connect(w.app, "/live"), await connect(w.app, "/live")

    assert (first.accepted, second.accepted) == (True, False)
    assert (second.close_code, second.close_reason) == (1008, "TOO_MANY_REQUESTS")


@pytest.mark.parametrize("arguments", [{"limit": "often"}, {"limit": "5/minute", "by": "cookie"}])
def test_a_limit_that_makes_no_sense_is_refused(arguments: dict[str, Any]) -> None:
    """Where it is written."""
    auth: BetterAuth[Any, Any] = BetterAuth(secret=SECRET, base_url=BASE, metadata=MetaData())

    with pytest.raises(ConfigurationError, match="rate_limit"):
        auth.rate_limit(**arguments)

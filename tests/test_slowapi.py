"""Hosts that limit their routes with slowapi count our users, and refuse as we do (extra ``slowapi``)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from slowapi import Limiter
from slowapi.errors import RateLimitExceeded
from slowapi.middleware import SlowAPIMiddleware
from starlette.requests import Request

from fastapi_betterauth import AdvancedOptions, IPAddressOptions, RateLimit
from fastapi_betterauth.slowapi import key_of, too_many_requests
from tests.builders.world import World, world

BEHIND_A_HEADER = AdvancedOptions(ip_address=IPAddressOptions(ip_address_headers=["x-ip"]))


@asynccontextmanager
async def limited(url: str, *, middleware: bool = False, **options: Any) -> AsyncIterator[World]:
    """An app whose routes slowapi limits to two requests a minute."""
    async with world(url, app=FastAPI(), **options) as w:
        limiter = Limiter(key_func=key_of(w.auth), default_limits=["2/minute"] if middleware else [])
        w.app.middleware_stack = None  # the lifespan has begun, which built one without what follows
        w.app.state.limiter = limiter
        w.app.add_exception_handler(RateLimitExceeded, too_many_requests)
        if middleware:
            w.app.add_middleware(SlowAPIMiddleware)

        @w.app.get("/costly")
        @limiter.limit("2/minute")
        async def costly(request: Request, current: Annotated[Any, Depends(w.auth.optional_session)]) -> str:
            return "done"

        @w.app.get("/plain")
        def plain(request: Request) -> str:
            return "done"

        yield w


async def test_users_are_counted_wherever_they_are(sqlite_url: str) -> None:
    """Behind one of our guards a user is one, on all devices; strangers are told by their address."""
    async with limited(sqlite_url, advanced=BEHIND_A_HEADER) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        phone, stranger = await w.another_device(ada), w.person()

        async def ask(person: Any, address: str) -> int:
            return int((await person.http.get("/costly", headers={"x-ip": address})).status_code)

        assert [await ask(p, ip) for p, ip in ((ada, "198.51.100.1"), (phone, "198.51.100.2"))] == [200, 200]
        assert [await ask(ada, "198.51.100.3"), await ask(bob, "198.51.100.1")] == [429, 200]
        assert [await ask(stranger, "198.51.100.1") for _ in range(3)] == [200, 200, 429]
        assert await ask(stranger, "198.51.100.2") == 200


async def test_a_refusal_looks_like_ours(sqlite_url: str) -> None:
    """The same body and headers as from ``auth.rate_limit``, but for the seconds."""
    async with limited(sqlite_url) as w:

        @w.app.get("/own", dependencies=[Depends(w.auth.rate_limit("2/minute"))])
        async def own() -> None: ...

        visitor = w.person()
        theirs, ours = [[await visitor.http.get(path) for _ in range(3)][-1] for path in ("/costly", "/own")]

    assert (theirs.status_code, theirs.json()) == (ours.status_code, ours.json()) == (429, ours.json())
    assert sorted(theirs.headers) == sorted(ours.headers)
    assert 1 <= int(theirs.headers["x-retry-after"]) == int(theirs.headers["retry-after"]) <= 60


async def test_its_middleware_counts_addresses(sqlite_url: str) -> None:
    """It runs before any guard, so users are not known there; our refusal works all the same."""
    async with limited(sqlite_url, middleware=True) as w:
        ada = await w.sign_up("ada")

        answers = [await ada.http.get("/plain") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].json()["detail"]["code"] == "TOO_MANY_REQUESTS"


@pytest.mark.case("SC-IP-07")
async def test_without_an_address_there_is_still_a_key(sqlite_url: str) -> None:
    """Slowapi takes an empty key for a reason not to count."""
    private = AdvancedOptions(ip_address=IPAddressOptions(disable_ip_tracking=True))
    async with limited(sqlite_url, advanced=private, rate_limit=RateLimit(enabled=False)) as w:
        answers = [await w.person().http.get("/costly") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]

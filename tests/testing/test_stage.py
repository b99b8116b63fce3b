"""What is a test's own while a kit is open, and the host's again afterwards."""

import pytest
from fastapi import Depends
from sqlalchemy import MetaData

from fastapi_betterauth import (
    BetterAuth,
    CookieCache,
    DynamicBaseURL,
    EmailAndPassword,
    MemoryStorage,
    RateLimit,
    RateLimitDecision,
    RateLimitRule,
    SessionOptions,
)
from fastapi_betterauth.errors import UniqueViolation
from fastapi_betterauth.storage.fields import SessionFields
from fastapi_betterauth.testing import AppUnderTest, AuthKit
from fastapi_betterauth.testing.fixtures import AsUser
from tests.builders.answers import said
from tests.testing import host

Kit = AuthKit[host.HostUser, SessionFields]


@pytest.mark.parametrize("number", [1, 2])
async def test_each_test_begins_with_nobody(auth_kit: Kit, number: int) -> None:
    """An address is free in every test."""
    user = await auth_kit.user(email="ada@host.test")

    assert user.email == "ada@host.test"
    with pytest.raises(UniqueViolation):
        await auth_kit.user(email="ada@host.test")


async def test_the_clock_moves(auth_kit: Kit) -> None:
    """A session ages, and ends."""
    ada = await auth_kit.as_user()
    auth_kit.clock.move(days=1, minutes=1)
    assert said(await ada.get("/secrets"))[0] == 403

    auth_kit.clock.move(days=8)
    assert said(await ada.get("/me"))[0] == 401


async def test_limits_count_afresh(as_user: AsUser) -> None:
    """The host's own limits hold in tests, from zero; signing in by the kit is not counted."""
    for _ in range(5):
        client = await as_user()

        assert [(await client.get("/limited")).status_code for _ in range(2)] == [200, 429]


async def test_limits_end_by_the_clock(auth_kit: Kit) -> None:
    """Secondary storage, where this host counts, goes by the clock of the test as well."""
    ada = await auth_kit.as_user()
    before = [(await ada.get("/limited")).status_code for _ in range(2)]

    auth_kit.clock.move(minutes=2)

    assert (before, (await ada.get("/limited")).status_code) == ([200, 429], 200)


async def test_a_storage_of_the_hosts_own_is_left_alone() -> None:
    """What counts for all workers in production is not asked by tests, and limits hold all the same."""

    class Elsewhere:
        async def consume(self, key: str, rule: RateLimitRule) -> RateLimitDecision:
            raise AssertionError("asked")

    auth = BetterAuth(
        base_url="https://host.example",
        environment="development",
        rate_limit=RateLimit(enabled=True, custom_storage=Elsewhere(), when_storage_fails="refuse"),
        metadata=MetaData(),
    )
    app = host.FastAPI()
    app.include_router(auth.router)
    app.add_api_route("/limited", lambda: None, dependencies=[Depends(auth.rate_limit("1/minute"))])

    async with AppUnderTest(app, auth).kit() as kit:
        client = kit.stranger()
        assert [(await client.get("/limited")).status_code for _ in range(2)] == [200, 429]


@pytest.mark.parametrize("attempt", [1, 2])
async def test_limits_of_endpoints_count_afresh(auth_kit: Kit, attempt: int) -> None:
    """What one test used up, the next one has again."""
    user = await auth_kit.user(password="correct horse")
    form = {"email": user.email, "password": "correct horse"}

    answers = [await auth_kit.stranger().post("/api/auth/sign-in/email", json=form) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]


async def test_the_instance_is_as_it_was_afterwards() -> None:
    """The database, the hasher, the clock, the options and the check of tables are the host's own again."""
    runtime = host.auth.runtime
    before = (host.auth.database, runtime.clock, runtime.passwords, runtime.options, runtime.rate_limiter)

    async with AppUnderTest(host.app, host.auth).kit():
        during = (host.auth.database, runtime.clock, runtime.passwords, runtime.options, runtime.rate_limiter)

    assert [a is b for a, b in zip(before, during, strict=True)] == [False] * 5
    assert (host.auth.database, runtime.clock, runtime.passwords, runtime.options, runtime.rate_limiter) == before


async def test_one_kit_is_open_at_a_time(auth_kit: Kit) -> None:
    """A second one would take the ground from under the first."""
    with pytest.raises(RuntimeError, match="one test, one kit"):
        async with AppUnderTest(host.app, host.auth).kit():
            pass

    assert (await (await auth_kit.as_user()).get("/me")).status_code == 200


async def test_the_instance_is_as_it_was_after_a_failure() -> None:
    """A test that fails leaves nothing behind for the next one."""
    before = host.auth.database

    with pytest.raises(RuntimeError, match="the test's own"):
        async with AppUnderTest(host.app, host.auth).kit():
            raise RuntimeError("the test's own")

    assert host.auth.database is before


async def test_another_database_may_be_given(database_url: str) -> None:
    """Hosts whose tables need a server of their own kind name one; whatever is there stays."""
    subject = AppUnderTest(host.app, host.auth, database=database_url)
    async with subject.kit() as kit:
        ada = await kit.as_user(name="Ada")
        assert (await ada.get("/me")).status_code == 200

    async with subject.kit() as kit:
        connecting = kit.auth.database.engine.connect()
        async with connecting as found:
            rows = (await found.execute(kit.auth.tables.user.table.select())).all()
        assert [row.name for row in rows] == ["Ada"]


async def test_hashes_of_the_host_can_still_be_read() -> None:
    """Rows of a fixture that hold real hashes sign in as ever."""
    async with AppUnderTest(host.app, host.auth).kit() as kit:
        user = await kit.user(password="none yet")
        table = kit.auth.tables.account.table
        async with kit.auth.database.engine.begin() as connection:
            await connection.execute(table.update().values(password=host.hasher.hash("correct horse")))

        answer = await kit.stranger().post(
            "/api/auth/sign-in/email", json={"email": user.email, "password": "correct horse"}
        )

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("base_url", "where"),
    [
        (None, "http://127.0.0.1:8000"),
        ("https://app.example/sub/auth", "https://app.example"),
        (DynamicBaseURL(allowed_hosts=("*.app.example", "app.example")), "http://app.example"),
        (DynamicBaseURL(allowed_hosts=("https://app.example",), protocol="https"), "https://app.example"),
        (DynamicBaseURL(allowed_hosts=("*.app.example",), fallback="https://app.example"), "https://app.example"),
    ],
)
async def test_clients_are_where_the_app_is(base_url: str | DynamicBaseURL | None, where: str) -> None:
    """Cookies, secure ones among them, are kept and sent wherever the host says it lives."""
    app = host.FastAPI()
    auth = BetterAuth(
        base_url=base_url,
        email_and_password=EmailAndPassword(enabled=True),
        environment="development",
        metadata=MetaData(),
    )
    app.include_router(auth.router)

    async with AppUnderTest(app, auth).kit() as kit:
        ada = await kit.as_user()
        found = (await ada.get(f"{auth.runtime.base_url.path}/get-session")).json()

    assert str(ada.base_url) == where
    assert found["user"]["email"] == ada.user.email


@pytest.mark.parametrize("session", [SessionOptions(), SessionOptions(cookie_cache=CookieCache(enabled=True))])
@pytest.mark.parametrize("storage", [None, MemoryStorage()], ids=["database", "secondary"])
async def test_sessions_may_be_kept_anywhere(session: SessionOptions, storage: MemoryStorage | None) -> None:
    """In the database or beside it, with a copy in a cookie or without: who is signed in is, until they sign out."""
    app = host.FastAPI()
    auth = BetterAuth(
        base_url="https://host.example",
        environment="development",
        session=session,
        secondary_storage=storage,
        metadata=MetaData(),
    )
    app.include_router(auth.router)
    app.add_api_route("/guarded", lambda: None, dependencies=[Depends(auth.current_session)])

    async with AppUnderTest(app, auth).kit() as kit:
        ada = await kit.as_user()
        found = await kit.signed_in(ada)

        assert (found and found.user.id, (await ada.get("/guarded")).status_code) == (ada.user.id, 200)
        await ada.post("/api/auth/sign-out", json={})
        assert (await kit.signed_in(ada), (await ada.get("/guarded")).status_code) == (None, 401)

"""The kit as a host's tests use it."""

import httpx
import httpx2
import pytest
from fastapi import Depends
from sqlalchemy import MetaData

from fastapi_betterauth import (
    APIError,
    BetterAuth,
    DynamicBaseURL,
    EmailAndPassword,
    RateLimit,
    RateLimitDecision,
    RateLimitRule,
    ResetPasswordMail,
    VerificationMail,
)
from fastapi_betterauth.errors import UniqueViolation
from fastapi_betterauth.plugins.email_otp import EmailOtpMail
from fastapi_betterauth.plugins.magic_link import MagicLinkMail
from fastapi_betterauth.plugins.two_factor import TwoFactorCodeMail
from fastapi_betterauth.storage.fields import SessionFields
from fastapi_betterauth.testing import AppUnderTest, AuthKit
from fastapi_betterauth.testing.fixtures import AsUser
from tests.builders.answers import said
from tests.testing import host

Kit = AuthKit[host.HostUser, SessionFields]


async def test_a_user_is_signed_in_in_one_line(as_user: AsUser) -> None:
    """The host's guard lets the client in, and knows the columns the test gave."""
    ada = await as_user(name="Ada", email="Ada@host.test", plan="pro")

    answer = await ada.get("/me")

    assert answer.json() == {"email": "ada@host.test", "plan": "pro", "greeting": "hello"}
    assert (ada.user.name, ada.user.email_verified) == ("Ada", True)


async def test_nobody_is_signed_in_on_a_strangers_client(auth_kit: Kit) -> None:
    """Guards refuse; asking who is signed in says nobody."""
    stranger = auth_kit.stranger()

    assert (await stranger.get("/me")).status_code == 401
    assert await auth_kit.signed_in(stranger) is None


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("user", 403)])
async def test_roles_are_columns(as_user: AsUser, role: str, status: int) -> None:
    """What a plugin keeps with a user is given like any column."""
    client = await as_user(role=role)

    assert (await client.get("/staff")).status_code == status


async def test_several_users_are_signed_in_at_once(as_user: AsUser) -> None:
    """Each has a client and an address; the host's own tables are there."""
    ada, bob = await as_user(), await as_user()
    await ada.post("/notes", params={"text": "milk"})

    assert (await ada.get("/notes")).json() == ["milk"]
    assert (await bob.get("/notes")).json() == []
    assert ada.user.email != bob.user.email


@pytest.mark.parametrize("number", [1, 2])
async def test_each_test_begins_with_nobody(auth_kit: Kit, number: int) -> None:
    """An address is free in every test."""
    user = await auth_kit.user(email="ada@host.test")

    assert user.email == "ada@host.test"
    with pytest.raises(UniqueViolation):
        await auth_kit.user(email="ada@host.test")


@pytest.mark.parametrize("library", [httpx, httpx2], ids=["httpx", "httpx2"])
async def test_any_client_can_be_signed_in(auth_kit: Kit, library: object) -> None:
    """A client that the host made itself gets the cookie; the next one to sign in takes its place."""
    transport = library.ASGITransport(app=auth_kit.app)  # type: ignore[attr-defined]  # both have it
    async with library.AsyncClient(transport=transport, base_url=auth_kit.base_url) as client:  # type: ignore[attr-defined]
        for name in ("ada", "bob"):
            user = await auth_kit.user(name=name)
            session = await auth_kit.sign_in(client, user, user_agent="a phone")

            current = await auth_kit.signed_in(client)
            assert current is not None
            assert (current.user.id, current.session.id) == (user.id, session.session.id)
            assert current.session.user_agent == "a phone"
            assert len(client.cookies.jar) == 1
            assert (await client.get("/me")).json()["email"] == user.email


async def test_who_has_a_password_can_sign_in_with_it(auth_kit: Kit) -> None:
    """The form is the host's; the kit's clients name their origin."""
    user = await auth_kit.user(password="correct horse")
    client = auth_kit.stranger()

    answer = await client.post("/api/auth/sign-in/email", json={"email": user.email, "password": "correct horse"})

    assert answer.status_code == 200
    assert (await client.post("/api/auth/sign-out", json={})).status_code == 200
    assert await auth_kit.signed_in(client) is None


async def test_the_clock_moves(auth_kit: Kit) -> None:
    """A session ages, and ends."""
    ada = await auth_kit.as_user()
    auth_kit.clock.move(days=1, minutes=1)
    assert said(await ada.get("/secrets"))[0] == 403

    auth_kit.clock.move(days=8)
    assert said(await ada.get("/me"))[0] == 401


async def test_mails_are_there_with_the_answer(auth_kit: Kit) -> None:
    """Their links, tokens and codes can be used; nothing was sent."""
    host.delivered.clear()
    ada = await auth_kit.as_user(password="correct horse")
    address = ada.user.email

    await ada.post("/api/auth/request-password-reset", json={"email": address, "redirectTo": "/new"})
    token = auth_kit.mails.last(address, ResetPasswordMail).token
    reset = await ada.post("/api/auth/reset-password", json={"token": token, "newPassword": "another horse"})
    await ada.post("/api/auth/sign-in/magic-link", json={"email": address})
    link = auth_kit.mails.last(address, MagicLinkMail).url
    await ada.post("/api/auth/email-otp/send-verification-otp", json={"email": address, "type": "sign-in"})
    code = auth_kit.mails.last(address, EmailOtpMail).code

    assert reset.status_code == 200
    assert [sent.option for sent in auth_kit.mails.to(address)] == [
        "send_reset_password",
        "on_password_reset",
        "send",
        "send",
    ]
    assert (await ada.get(link)).status_code == 302
    answer = await auth_kit.stranger().post("/api/auth/sign-in/email-otp", json={"email": address, "otp": code})
    assert answer.status_code == 200
    assert host.delivered == []


async def test_codes_of_a_nested_option_are_captured(auth_kit: Kit) -> None:
    """The second factor's sender stands within the options of the plugin."""
    ada = await auth_kit.as_user(password="correct horse")
    await ada.post("/api/auth/two-factor/enable", json={"password": "correct horse", "method": "otp"})
    door = auth_kit.stranger()
    await door.post("/api/auth/sign-in/email", json={"email": ada.user.email, "password": "correct horse"})

    await door.post("/api/auth/two-factor/send-otp", json={})

    code = auth_kit.mails.last(ada.user.email, TwoFactorCodeMail).code
    assert (await door.post("/api/auth/two-factor/verify-otp", json={"code": code})).status_code == 200


async def test_mails_of_calls_in_process_are_waited_for(auth_kit: Kit) -> None:
    """`settled` returns once background work is done."""
    user = await auth_kit.user(email_verified=False)

    await auth_kit.auth.api.send_verification_email(email=user.email)

    assert (await auth_kit.settled()).last(user.email, VerificationMail).mail.user.id == user.id


async def test_a_missing_mail_says_what_there_is(auth_kit: Kit) -> None:
    """The error names what was sent instead."""
    ada = await auth_kit.as_user(password="correct horse")
    await ada.post("/api/auth/request-password-reset", json={"email": ada.user.email})

    with pytest.raises(LookupError, match=f"no VerificationMail to .*; sent: send_reset_password to {ada.user.email}"):
        auth_kit.mails.last(ada.user.email, VerificationMail)


async def test_mails_can_be_delivered_as_well() -> None:
    """A host that tests its own callbacks has them called."""
    host.delivered.clear()
    async with AppUnderTest(host.app, host.auth, deliver_mails=True).kit() as kit:
        user = await kit.user(password="correct horse")
        await kit.stranger().post("/api/auth/request-password-reset", json={"email": user.email})

        assert [type(mail) for mail in host.delivered] == [ResetPasswordMail]
        assert len(kit.mails.sent) == 1


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


async def test_refusals_of_plugins_reach_the_test(auth_kit: Kit) -> None:
    """Who is banned is signed in by nobody."""
    banned = await auth_kit.user(banned=True)

    with pytest.raises(APIError, match="banned"):
        await auth_kit.as_user(banned)


async def test_unknown_columns_are_named(auth_kit: Kit) -> None:
    """A slip of the pen is an error, not a value that is lost."""
    with pytest.raises(TypeError, match=r"user has no column 'plna'; it has id, .*plan"):
        await auth_kit.user(plna="pro")
    user = await auth_kit.user()
    with pytest.raises(TypeError, match="session has no column 'plan'"):
        await auth_kit.sign_in(auth_kit.stranger(), user, plan="pro")


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

"""What must not be seen: in logs, errors, reprs and documents (SC-LOG)."""

import itertools
import logging
import re
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import MetaData, text

from fastapi_betterauth import APIError, BetterAuth, EmailAndPassword, Hooks, VersionedSecret
from fastapi_betterauth.errors import StorageError
from tests.builders.world import SECRET, World, world

PASSWORD = "m4rked-password-51c7"
NEW_PASSWORD = "m4rked-password-a0e2"
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
OTHERS = ("httpx2", "httpcore2", "asyncio")
"""Loggers of the tests' own client and loop."""


def _told(records: list[logging.LogRecord]) -> str:
    """All that was logged, tracebacks included."""
    lines = []
    for record in records:
        if not record.name.startswith(OTHERS):
            lines.append(record.getMessage())
            if record.exc_info:
                lines += traceback.format_exception(*record.exc_info)
    return "\n".join(lines)


async def _whole_life(w: World) -> list[str]:
    """One user through all features; returns every secret that came up."""
    ada = w.person("ada")
    ada.password = PASSWORD
    await ada.sign_up()
    await ada.post("/send-verification-email", {"email": ada.email})
    await ada.post("/request-password-reset", {"email": ada.email, "redirectTo": "/new"})
    verify, reset = (await w.settled()).last(ada.email, "verify"), w.outbox.last(ada.email, "reset")
    await ada.get(f"/verify-email?token={verify.token}")
    await ada.get(f"/verify-email?token={verify.token}x")
    await ada.http.get(reset.url)
    await ada.post("/verify-password", {"password": PASSWORD})
    await ada.post("/change-password", {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD})
    await ada.post("/change-password", {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD})
    await ada.post("/reset-password", {"token": reset.token, "newPassword": PASSWORD})
    await ada.post("/change-email", {"newEmail": "ada@elsewhere.test"})
    device = await w.another_device(ada)
    cookie = device.cookie() or ""
    await device.post("/revoke-session", {"token": ada.token})
    await device.get("/list-sessions")
    hashes = [row["password"] for row in await w.rows("account")]
    await device.post("/delete-user", {"password": PASSWORD})
    return [PASSWORD, NEW_PASSWORD, SECRET, verify.token, reset.token, ada.token, device.token, cookie, *hashes]


@pytest.fixture
def every_record(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """The log at its most talkative, statements included."""
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.INFO, "sqlalchemy.engine"):
        yield caplog


@pytest.mark.case("SC-LOG-01")
async def test_a_talkative_log_tells_no_secret(
    database_url: str, every_record: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """At DEBUG, with statements echoed, no password, token, cookie, hash or key is in log, stdout or stderr."""
    async with world(database_url) as w:
        secrets = await _whole_life(w)

    printed = capfd.readouterr()
    told = _told(every_record.records) + printed.out + printed.err
    assert "INSERT INTO" in told
    assert len(secrets) > 8
    assert [secret for secret in secrets if secret and secret in told] == []


@pytest.mark.case("SC-LOG-01", "SC-LOG-04")
async def test_failures_tell_no_secret(two_databases_url: str, every_record: pytest.LogCaptureFixture) -> None:
    """When the database fails under each endpoint, log and answers still hold no secret."""
    async with world(two_databases_url) as w:
        ada = w.person("ada")
        ada.password = PASSWORD
        await ada.sign_up()
        cookie = ada.cookie() or "?"
        async with w.auth.database.engine.begin() as connection:
            await connection.execute(text("DROP TABLE account"))

        answers = [await ada.sign_in(), await ada.post("/verify-password", {"password": PASSWORD})]
        answers += [
            await w.person("eve").post("/sign-up/email", {"name": "E", "email": "e@f.gh", "password": PASSWORD})
        ]

        told = _told(every_record.records) + "".join(answer.text for answer in answers)
        assert {answer.status_code for answer in answers} == {500}
        assert [secret for secret in (PASSWORD, ada.token, cookie, SECRET) if secret in told] == []


@pytest.mark.case("SC-LOG-02")
async def test_a_refused_statement_shows_no_values(
    two_databases_url: str, every_record: pytest.LogCaptureFixture
) -> None:
    """An insert that breaks a constraint tells neither client nor log what was to be inserted."""
    async with world(two_databases_url) as w:
        await w.sign_up("ada")
        async with w.auth.database.engine.begin() as connection:
            await connection.execute(text("CREATE UNIQUE INDEX one_hash ON account (password)"))

        answer = await w.person("bob").sign_up()

        told = _told(every_record.records) + answer.text
        assert answer.status_code >= 400
        assert "cheap:" not in told
        assert [row["email"] for row in await w.rows("user")] == ["ada@people.test"]


@pytest.mark.case("SC-LOG-02")
async def test_our_engine_hides_parameters(two_databases_url: str) -> None:
    """An error of the driver itself, raised through our engine, names no parameter."""
    async with world(two_databases_url) as w, w.auth.database.engine.connect() as connection:
        with pytest.raises(Exception, match="no_such_table") as caught:
            await connection.execute(text("INSERT INTO no_such_table VALUES (:x)"), {"x": PASSWORD})

        assert PASSWORD not in "".join(traceback.format_exception(caught.value))
        assert not isinstance(caught.value, StorageError)


@pytest.mark.case("SC-LOG-03")
async def test_no_repr_shows_a_secret(two_databases_url: str) -> None:
    """Options, runtime, rows, sessions, mails and bodies print without their secrets."""
    async with world(two_databases_url) as w:
        ada = w.person("ada")
        ada.password = PASSWORD
        await ada.sign_up()
        await ada.post("/request-password-reset", {"email": ada.email})
        reset = (await w.settled()).last(ada.email, "reset")
        current = await w.auth.runtime.loader.find(ada.token)
        runtime, shown = w.auth.runtime, await w.auth.api.bind(session=current).get_session()
        things: list[Any] = [w.auth, w.auth._settings, runtime, runtime.keys, runtime.signer, runtime.tokens, current]
        things += [shown, reset.mail, VersionedSecret(1, SECRET), w.auth.api, runtime.database, runtime.passwords]

        w.hasher.hashed.clear()  # the counting hasher of the tests is no product of ours

        told = "".join(repr(thing) + str(thing) for thing in things)

        secrets = (SECRET, ada.token, reset.token, PASSWORD, ada.cookie() or "?", two_databases_url)
        assert [secret for secret in secrets if secret in told] == []


@pytest.mark.case("SC-LOG-03")
def test_no_body_shows_its_secrets() -> None:
    """Each field of a body or answer that is called password or token is left out of its repr."""
    auth: BetterAuth[Any, Any] = BetterAuth(
        secret=SECRET, environment="test", metadata=MetaData(), email_and_password=EmailAndPassword(enabled=True)
    )
    operations = itertools.chain.from_iterable(auth.runtime.operations.values())
    models: set[Any] = {m for o in operations for m in (o.body, o.query, o.returns) if hasattr(m, "model_fields")}

    secret = re.compile(r"password|token(?!_expires)|secret", re.IGNORECASE)
    shown = [f"{m.__name__}.{n}" for m in models for n, f in m.model_fields.items() if secret.search(n) and f.repr]

    assert len(models) > 15
    assert shown == []


class _Breaks:
    """A hook with a bug whose text holds what nobody should read."""

    async def __call__(self, call: Any) -> None:
        raise RuntimeError(f"/srv/app/config.py: SELECT * FROM t WHERE p='{PASSWORD}'")


@pytest.mark.case("SC-LOG-04")
async def test_an_unexpected_error_is_a_number_to_the_client(
    two_databases_url: str, every_record: pytest.LogCaptureFixture
) -> None:
    """A bug answers 500 with an empty body and an id in a header; the log has the id and the trace."""
    async with world(two_databases_url, hooks=Hooks(before_all=_Breaks())) as w:
        answer = await w.person("ada").sign_up()

        incident = answer.headers["x-error-id"]
        assert (answer.status_code, answer.content) == (500, b"")
        assert re.fullmatch(r"[0-9a-f]{32}", incident)
        assert not re.search(r"fastapi|python|starlette|uvicorn", str(answer.headers), re.IGNORECASE)
        (record,) = [r for r in every_record.records if incident in r.getMessage()]
        assert record.exc_info is not None


class _Complains:
    """A hook that raises a 500 with what the request brought."""

    async def __call__(self, call: Any) -> None:
        agent = call.context.headers.get("user-agent", "")
        raise APIError(500, message=f"{call.body.get('email')} {call.body.get('name')} {agent}")


@pytest.mark.case("SC-LOG-05")
async def test_one_event_is_one_line(two_databases_url: str, every_record: pytest.LogCaptureFixture) -> None:
    """Line breaks and escapes in addresses, names and agents cannot start a line of their own in the log."""
    forged = "x\r\nERROR root: forged\x1b[31m\u2028"
    async with world(two_databases_url, hooks=Hooks(before_all=_Complains())) as w:
        eve = w.person("eve")
        await eve.post(
            "/sign-up/email",
            {"name": forged, "email": forged, "password": PASSWORD},
            headers={"user-agent": b"x\x1b[31m\x85y"},
        )
        await eve.get("/verify-email", params={"token": forged})

        ours = [r.getMessage() for r in every_record.records if r.name.startswith("fastapi_betterauth")]
        assert any("forged" in line for line in ours)
        assert [line for line in ours if CONTROL.search(line)] == []


class _Journal:
    """A host's audit log, fed by a hook."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str | None, str | None, str | None]] = []

    async def __call__(self, call: Any) -> None:
        who = call.context.new_session.user.email if call.context.new_session else (call.body or {}).get("email")
        outcome = call.returned.code if isinstance(call.returned, APIError) else "ok"
        self.lines.append((call.operation.name, outcome, who, call.context.ip_address))


@pytest.mark.case("SC-LOG-07")
async def test_a_host_can_keep_a_journal(two_databases_url: str) -> None:
    """A hook learns what was done by whom from where, and how it ended, failures included."""
    journal = _Journal()
    async with world(two_databases_url, hooks=Hooks(after_all=journal)) as w:
        ada = await w.sign_up("ada")
        await w.person("ada").sign_in(password="wrong password")
        await ada.post("/request-password-reset", {"email": ada.email})

        assert journal.lines == [
            ("sign_up_email", "ok", ada.email, "127.0.0.1"),
            ("sign_in_email", "INVALID_EMAIL_OR_PASSWORD", ada.email, "127.0.0.1"),
            ("request_password_reset", "ok", ada.email, "127.0.0.1"),
        ]


@pytest.mark.case("SC-LOG-09")
async def test_the_document_holds_no_secret_and_can_be_off(sqlite_url: str) -> None:
    """OpenAPI shows no secret, default or example of one; without it the app serves as before."""
    async with world(sqlite_url, app=FastAPI(openapi_url=None)) as w:
        ada = await w.sign_up("ada")
        off = [(await ada.http.get(path)).status_code for path in ("/openapi.json", "/docs", "/redoc")]
        w.app.openapi_url = "/openapi.json"

        document = str(w.app.openapi())

        assert off == [404, 404, 404]
        assert "change_password" in document
        assert [secret for secret in (SECRET, ada.token, sqlite_url) if secret in document] == []
        assert "'default': 'If this email exists" in document
        assert len(re.findall(r"'(?:default|example)': '[^']+'", document)) == 2

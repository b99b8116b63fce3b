"""Construction: what is dangerous is named or refused before the first request (SC-CONF)."""

import logging
import re
import sys
from importlib import metadata
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from sqlalchemy import MetaData, text

from fastapi_betterauth import (
    AdvancedOptions,
    BetterAuth,
    ConfigurationError,
    Plugin,
    require_verified_email,
)
from fastapi_betterauth.pipeline.operation import get, post
from fastapi_betterauth.pipeline.wire import StatusAnswer
from fastapi_betterauth.storage.fields import Fields
from tests.builders.world import SECRET, world


def _build(**options: Any) -> BetterAuth[Any, Any]:
    settings = {"secret": SECRET, "base_url": "https://app.example", "environment": "production", **options}
    return BetterAuth(metadata=MetaData(), **settings)


def _warnings(caplog: pytest.LogCaptureFixture, **options: Any) -> str:
    with caplog.at_level(logging.WARNING, "fastapi_betterauth"):
        _build(database="sqlite+aiosqlite:///app.db", **options)
    return "\n".join(record.getMessage() for record in caplog.records)


@pytest.mark.case("SC-CONF-01")
def test_a_sound_configuration_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    """With https, a database and every check on there is nothing to warn about."""
    assert _warnings(caplog, trusted_origins=["https://*.app.example", "myapp://"]) == ""


@pytest.mark.case("SC-CONF-01")
@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"base_url": "http://app.example"}, "base_url is not https"),
        ({"base_url": None}, "base_url is not set"),
        ({"advanced": AdvancedOptions(disable_csrf_check=True)}, "disable_csrf_check"),
        ({"advanced": AdvancedOptions(disable_origin_check=True)}, "disable_origin_check"),
        ({"advanced": AdvancedOptions(use_secure_cookies=False)}, "use_secure_cookies"),
        ({"trusted_origins": ["http://localhost:3000"]}, "localhost:3000"),
        ({"trusted_origins": ["https://app.example", "http://127.0.0.1:*"]}, "127.0.0.1"),
        ({"trusted_origins": ["http://[::1]:3000"]}, "[::1]"),
        ({"trusted_origins": ["http://partner.example"]}, "http://partner.example"),
        ({"trusted_origins": ["*.com"]}, "*.com"),
        ({"trusted_origins": ["https://*.co.uk"]}, "*.co.uk"),
    ],
)
def test_what_is_dangerous_is_named(caplog: pytest.LogCaptureFixture, options: dict[str, Any], named: str) -> None:
    """In production each dangerous option is named in a warning at construction."""
    assert named in _warnings(caplog, **options)


@pytest.mark.case("SC-CONF-01")
def test_forgetting_is_named(caplog: pytest.LogCaptureFixture) -> None:
    """A database in memory is named in production."""
    with caplog.at_level(logging.WARNING, "fastapi_betterauth"):
        _build(database=None)

    assert "database is not set" in caplog.text


@pytest.mark.case("SC-CONF-01")
@pytest.mark.parametrize(
    "pattern", ["*", "**", "https://*", "http://*", "*.*", "*:*", "?*", "https://*:*", "https://**/"]
)
def test_trusting_every_site_is_refused(pattern: str) -> None:
    """A pattern that matches all origins stops the app from starting, wherever it runs."""
    with pytest.raises(ConfigurationError, match="trusted_origins"):
        _build(environment="development", trusted_origins=["https://app.example", pattern])


class _Note(Fields):
    text: str


@get("/notes")
async def notes() -> StatusAnswer:
    """Answer."""
    return StatusAnswer()


@post("/notes")
async def add_note() -> StatusAnswer:
    """Answer."""
    return StatusAnswer()


def _plugin(name: str, **body: Any) -> Plugin:
    made: Plugin = type(name, (Plugin,), {"id": name, **body})()
    return made


@pytest.mark.case("SC-CONF-02")
@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ({"operations": (notes,)}, {"operations": (notes,)}, "GET /notes"),
        ({"tables": {"note": _Note}}, {"tables": {"note": _Note}}, "table 'note'"),
        ({"id": "one"}, {"id": "one"}, "id 'one'"),
    ],
)
def test_two_plugins_cannot_claim_the_same(first: dict[str, Any], second: dict[str, Any], both: str) -> None:
    """A path, table or id that two plugins have is an error that names it."""
    with pytest.raises(ConfigurationError, match=re.escape(both)):
        _build(plugins=[_plugin("one", **first), _plugin("two", **second)])


@pytest.mark.case("SC-CONF-02")
def test_two_plugins_can_share_a_path_by_method() -> None:
    """GET and POST of one path are two endpoints."""
    auth = _build(plugins=[_plugin("one", operations=(notes,)), _plugin("two", operations=(add_note,))])

    assert {notes, add_note} <= {o for found in auth.runtime.operations.values() for o in found}


@pytest.mark.case("SC-CONF-03")
@pytest.mark.parametrize(
    ("url", "driver", "extra"),
    [
        ("postgresql://localhost/app", "asyncpg", "[postgres]"),
        ("mysql://localhost/app", "aiomysql", "[mysql]"),
        ("mariadb://localhost/app", "aiomysql", "[mysql]"),
    ],
)
def test_a_missing_driver_is_told_at_once(monkeypatch: pytest.MonkeyPatch, url: str, driver: str, extra: str) -> None:
    """A database whose driver is not installed fails at construction, naming the extra to install."""
    monkeypatch.setitem(sys.modules, driver, None)

    with pytest.raises(ConfigurationError, match=re.escape(extra)):
        _build(database=url)


def _verified_only() -> FastAPI:
    app = FastAPI()

    @app.get("/verified")
    def verified(current: Annotated[Any, Depends(require_verified_email)]) -> str:
        return str(current.user.email)

    return app


@pytest.mark.case("SC-CONF-05")
async def test_an_unknown_verification_counts_as_none(postgres_url: str) -> None:
    """A user of an older table whose address was never said to be verified is not verified."""
    async with world(postgres_url, app=_verified_only(), password={"require_email_verification": True}) as w:
        ada = w.person("ada")
        await ada.sign_up()
        (user,) = await w.rows("user")
        async with w.auth.database.engine.begin() as connection:
            await connection.execute(text('ALTER TABLE "user" ALTER COLUMN email_verified DROP NOT NULL'))
            await connection.execute(text('UPDATE "user" SET email_verified = NULL'))

        answer = await ada.sign_in()

        assert user["email_verified"] is False
        assert (answer.status_code, answer.json()["code"]) == (403, "EMAIL_NOT_VERIFIED")
        assert await w.rows("session") == []


@pytest.mark.case("SC-CONF-05")
async def test_an_unknown_verification_opens_no_guard(postgres_url: str) -> None:
    """The guard for verified addresses refuses such a user; the session itself stays usable."""
    async with world(postgres_url, app=_verified_only()) as w:
        ada = await w.sign_up("ada")
        async with w.auth.database.engine.begin() as connection:
            await connection.execute(text('ALTER TABLE "user" ALTER COLUMN email_verified DROP NOT NULL'))
            await connection.execute(text('UPDATE "user" SET email_verified = NULL'))

        assert (await ada.http.get("/verified")).status_code == 403
        session = await ada.session()
        assert session is not None
        assert not session["user"]["emailVerified"]


@pytest.mark.case("SC-CONF-05")
@pytest.mark.parametrize("stored", ["NULL", "''", "'!'", "'cheap'"])
async def test_an_account_without_a_usable_hash_has_no_password(database_url: str, stored: str) -> None:
    """A credential row without a hash, or with something else in its place, matches no password."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        async with w.auth.database.engine.begin() as connection:
            await connection.execute(text(f"UPDATE account SET password = {stored}"))

        for password in (ada.password, "", stored.strip("'"), "NULL"):
            answer = await w.person("ada").sign_in(password=password)
            assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_EMAIL_OR_PASSWORD")


FIXED_IN = {
    "starlette": (1, 0),  # CVE-2024-47874, CVE-2025-54121, CVE-2025-62727: multipart limits, Range headers
    "fastapi": (0, 109),  # CVE-2024-24762: Content-Type options
    "sqlalchemy": (2, 0),
    "joserfc": (1, 3),  # CVE-2025-65015: token bytes in errors
    "argon2-cffi": (21, 2),
}
"""Versions that hold the fixes we rely on."""


@pytest.mark.case("SC-CONF-06")
def test_dependencies_have_lower_bounds() -> None:
    """Every requirement has a lower bound, and none lies below a known fix."""
    requirements = metadata.requires("fastapi-better-auth") or []
    bounds = {}
    for requirement in requirements:
        parts = re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?\s*(?:>=([0-9.]+))?", requirement)
        assert parts is not None
        if parts[1] != "fastapi-better-auth":
            assert parts[2], f"{requirement} has no lower bound"
            bounds[parts[1].lower()] = tuple(int(part) for part in parts[2].split("."))

    assert {name: bounds.get(name) for name, fixed in FIXED_IN.items() if bounds.get(name, (0,)) < fixed} == {}

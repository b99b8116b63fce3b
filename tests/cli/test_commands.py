"""``secret``, ``info``, ``doctor``, and mistakes at the terminal."""

import json
from pathlib import Path

import pytest

from tests.cli.host import APP, Host

SECRET = "5d0f2a8b6c3e9174d0b7a6f5e4c3d2b1a09f8e7d6c5b4a39281706f5e4d3c2b1"


def test_secrets_are_made(tmp_path: Path, sqlite_url: str) -> None:
    """Long, and another one each time."""
    host = Host.of(tmp_path, sqlite_url)
    made = {host.ok("secret").strip(), *(said.strip() for said in host.session(["secret"], ["secret"]))}
    assert [len(secret) for secret in made] == [64] * 3


def test_info_shows_the_app(tmp_path: Path, sqlite_url: str) -> None:
    """For people and for programs, without secrets."""
    url = "postgresql://someone:a-password@db.test/app"
    host = Host.of(tmp_path, url)
    facts_, shown = host.session(["info", "--json"], ["info"])
    facts = json.loads(facts_)
    assert facts["plugins"] == ["username"]
    assert facts["tables"] == ["user", "session", "account", "verification"]
    assert facts["base URL"] == "https://app.test/api/auth"
    assert "db.test/app" in shown
    for text in (shown, json.dumps(facts)):
        assert "a-password" not in text
        assert SECRET not in text
    assert sqlite_url


def _levels(host: Host, **environment: str) -> dict[str, str]:
    ran = host.run("doctor", "--json", **environment)
    found = json.loads(ran.stdout)
    assert ran.returncode == any(one["level"] == "failed" for one in found)
    assert all(one["remedy"] for one in found if one["level"] != "passed")
    return {one["subject"]: one["level"] for one in found}


@pytest.mark.slow
def test_doctor_finds_what_production_lacks(tmp_path: Path, postgres_url: str) -> None:
    """First the tables; then only what may be meant so. For people it says what to do."""
    host = Host.of(tmp_path, postgres_url)
    assert _levels(host)["schema"] == "failed"
    host.session(["generate"], ["migrate"])
    assert _levels(host) == {
        "environment": "passed",
        "secret": "passed",
        "base URL": "passed",
        "cookies": "passed",
        "origins": "passed",
        "rate limits": "warned",
        "client address": "warned",
        "mail": "warned",
        "database": "passed",
        "schema": "passed",
    }
    shown = host.ok("doctor")
    assert "✓ schema: all tables and columns are there" in shown
    assert "RateLimit(storage='database')" in shown


def test_doctor_fails_a_demo(tmp_path: Path, sqlite_url: str) -> None:
    """Everything that is fine on a laptop and nowhere else."""
    demo = APP.replace('base_url="https://app.test"', 'base_url="http://app.test", environment="development"')
    demo = demo.replace(SECRET, "a" * 40).replace('database=os.environ["DATABASE_URL"],', "")
    found = _levels(Host.of(tmp_path, sqlite_url, demo))
    failed = {subject for subject, level in found.items() if level == "failed"}
    assert failed >= {"environment", "secret", "base URL", "cookies", "rate limits", "database"}


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("app.main", "no module:name"),
        ("elsewhere:auth", "no module 'elsewhere'"),
        ("app.main:nothing", "no BetterAuth instance"),
        ("app.main:Note", "no BetterAuth instance"),
    ],
)
def test_a_wrong_app_is_told(tmp_path: Path, sqlite_url: str, target: str, says: str) -> None:
    """What is wrong, and what to do; no traceback."""
    ran = Host.of(tmp_path, sqlite_url).run("info", "--app", target)
    assert ran.returncode == 1
    assert says in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_wrong_option_is_told(tmp_path: Path, sqlite_url: str) -> None:
    """The app's own configuration error, in a line."""
    ran = Host.of(tmp_path, sqlite_url, APP.replace("https://app.test", "app.test")).run("info")
    assert ran.returncode == 1
    assert "base_url" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_help_is_short(tmp_path: Path, sqlite_url: str) -> None:
    """Each command says in a line what it does."""
    shown = Host.of(tmp_path, sqlite_url).run("--help").stdout
    for command in ("secret", "init", "generate", "migrate", "info", "doctor"):
        assert f" {command} " in shown


@pytest.mark.slow
def test_cleanup_removes_what_has_expired(tmp_path: Path, database_url: str) -> None:
    """On each database; once more there is nothing left to do."""
    host = Host.of(tmp_path, database_url)
    host.session(["generate"], ["migrate"])
    fill = """
import asyncio
from datetime import UTC, datetime, timedelta
from app.main import auth

async def fill():
    now = datetime.now(UTC)
    row = {"id": "1", "identifier": "x", "value": "v", "created_at": now, "updated_at": now}
    async with auth.database.engine.begin() as connection:
        rows = [row | {"expires_at": now - timedelta(days=1)}, row | {"id": "2", "expires_at": now + timedelta(days=1)}]
        await connection.execute(auth.tables.verification.table.insert(), rows)
    await auth.database.engine.dispose()

asyncio.run(fill())
"""
    prepared = host.execute("-c", fill)
    assert prepared.returncode == 0, prepared.stderr

    assert "sessions 0, verifications 1, counters 0" in host.ok("cleanup")
    assert "sessions 0, verifications 0, counters 0" in host.ok("cleanup")

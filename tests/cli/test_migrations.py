"""``generate`` and ``migrate``: revisions of a host's own."""

from pathlib import Path

import pytest

from tests.cli.host import Host

START = "import asyncio; from app.main import auth; asyncio.run(auth.start())"
ALEMBIC = "from alembic.config import main; main()"


@pytest.mark.slow
def test_a_host_goes_up_and_down(tmp_path: Path, database_url: str) -> None:
    """One revision for its tables and ours; down, and up again; nothing is left to write; a plugin is a small one."""
    host = Host.of(tmp_path, database_url)
    down_and_up = (["alembic", "downgrade", "base"], ["alembic", "upgrade", "head"])
    said = host.session(
        ["generate"], ["migrate"], ["migrate"], ["start"], ["generate"], *down_and_up, ["generate"], ["start"]
    )

    assert "create table user" in said[0]
    assert "create table note" in said[0]
    assert "applied" in said[1]
    assert "up to date" in said[2]
    assert "nothing to write" in said[4]
    assert "nothing to write" in said[7]
    (first,) = host.revisions()
    assert "import sqlmodel\n" in first
    assert "from fastapi_betterauth import migrations as ba\n" in first

    said = host.session(["generate", "-m", "admin"], ["migrate"], ["start"], ["generate"], WITH_ADMIN="1")
    assert {line.strip() for line in said[0].splitlines() if "column" in line} == {
        "add column user.role",
        "add column user.banned",
        "add column user.ban_reason",
        "add column user.ban_expires",
        "add column session.impersonated_by",
    }
    assert "create table" not in said[0]
    assert "applied" in said[1]
    assert "nothing to write" in said[3]


@pytest.mark.slow
def test_an_environment_of_the_hosts_is_used(tmp_path: Path, sqlite_url: str) -> None:
    """Alembic's own asynchronous template, with an older revision; ours names its types all the same."""
    host = Host.of(tmp_path, sqlite_url)
    ran = host.execute("-c", ALEMBIC, "init", "-t", "async", "migrations")
    assert ran.returncode == 0, ran.stderr
    ini, env = tmp_path / "alembic.ini", tmp_path / "migrations" / "env.py"
    url = f"sqlalchemy.url = {sqlite_url}"
    ini.write_text("\n".join(url if "sqlalchemy.url =" in line else line for line in ini.read_text().splitlines()))
    env.write_text(
        env.read_text().replace(
            "target_metadata = None",
            "from sqlmodel import SQLModel\nimport app.main\n\ntarget_metadata = SQLModel.metadata",
        )
    )
    assert host.execute("-c", ALEMBIC, "revision", "-m", "of the host").returncode == 0
    refused = host.run("generate")
    assert refused.returncode == 1
    assert "migrate first" in refused.stderr
    said = host.session(["migrate"], ["init"], ["generate"], ["migrate"], ["start"], ["generate"])
    assert "already" in said[1]
    assert "create table user" in said[2]
    assert "applied" in said[3]
    assert "nothing to write" in said[5]


@pytest.mark.slow
def test_what_auto_migrate_made_needs_no_revision(tmp_path: Path, database_url: str) -> None:
    """Both make the same tables."""
    host = Host.of(tmp_path, database_url)
    made = START.replace("asyncio.run(auth.start())", "auth._auto_migrate = True; asyncio.run(auth.start())")
    assert host.execute("-c", made).returncode == 0
    written = host.ok("generate")
    assert [line.strip() for line in written.splitlines() if "create" in line or "add" in line] == ["create table note"]


@pytest.mark.slow
def test_sql_can_be_written_instead(tmp_path: Path, sqlite_url: str) -> None:
    """Alembic's offline mode, for who may not touch the database."""
    host = Host.of(tmp_path, sqlite_url)
    _, sql = host.session(["generate"], ["alembic", "upgrade", "head", "--sql"])
    assert "CREATE TABLE user" in sql.replace('"', "")


def test_without_an_environment_nothing_is_applied(tmp_path: Path, sqlite_url: str) -> None:
    """It says what to do."""
    ran = Host.of(tmp_path, sqlite_url).run("migrate")
    assert ran.returncode == 1
    assert "fastapi-betterauth init" in ran.stderr

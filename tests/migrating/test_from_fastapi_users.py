"""What docs/migrating-from-fastapi-users.md prints moves a database that fastapi-users made."""

import asyncio
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.docs.blocks import PAGES, blocks_of, code_in
from tests.docs.typed import GROUP, check_types

pytestmark = pytest.mark.slow

CLI = "from fastapi_betterauth.cli import main; main()"
PAGE = PAGES / "migrating-from-fastapi-users.md"
MADE: dict[str, Any] = json.loads((Path(__file__).parent / "fastapi_users.json").read_text())

LATER = """\
import asyncio, json, sys
from accounts import auth
from fastapi_betterauth import APIError
from sqlalchemy import text

async def main(addresses, password):
    found = {}
    for address in addresses:
        try:
            user = (await auth.api.sign_in_email(email=address, password=password)).user
            found[address] = user.model_dump(mode="json")
        except APIError as error:
            found[address] = error.code
    async with auth.database.engine.connect() as connection:
        rows = (await connection.execute(text('select provider_id, account_id, password from account'))).all()
        found["accounts"] = [tuple(row) for row in rows]
        found["notes"] = (await connection.execute(text('select owner_id from note'))).scalars().all()
    await auth.close()
    print(json.dumps(found, default=str))

asyncio.run(main(*json.loads(sys.argv[1])))
"""


@dataclass(frozen=True)
class Project:
    """The page's files in a folder, beside a database of fastapi-users."""

    folder: Path
    database_url: str

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        environment = os.environ | {"DATABASE_URL": self.database_url}
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)

    def later(self, *addresses: str, password: str = MADE["password"]) -> dict[str, Any]:
        """What people find who sign in after the move, and what the tables hold."""
        ran = self.run("-c", LATER, json.dumps([addresses, password]))
        assert ran.returncode == 0, ran.stderr
        found: dict[str, Any] = json.loads(ran.stdout)
        return found


def _fill(connection: Connection) -> None:
    dialect = connection.dialect.name
    for statement in MADE["ddl"][dialect]:
        connection.exec_driver_sql(statement)
    quote = connection.dialect.identifier_preparer.quote
    for table, rows in MADE["rows"].items():
        for row in rows:
            casts = [
                f"CAST(:{name} AS UUID)" if _is_id(name, row) and dialect == "postgresql" else f":{name}"
                for name in row
            ]
            connection.execute(text(f"INSERT INTO {quote(table)} ({', '.join(row)}) VALUES ({', '.join(casts)})"), row)


def _is_id(name: str, row: dict[str, Any]) -> bool:
    return name in ("id", "user_id", "owner_id") and len(str(row[name])) == 36


def _write(folder: Path) -> None:
    for block in blocks_of(PAGE):
        if (name := re.search(r'title="(\w+\.py)"', block.title)) is not None:
            (folder / name[1]).write_text(block.code)


@pytest.fixture
def project(two_databases_url: str, tmp_path: Path) -> Project:
    """The page and the database, before the move."""
    _write(tmp_path)

    async def fill() -> None:
        engine = create_async_engine(two_databases_url)
        async with engine.begin() as connection:
            await connection.run_sync(_fill)
        await engine.dispose()

    asyncio.run(fill())
    return Project(tmp_path, two_databases_url)


def test_everybody_signs_in_as_before(project: Project) -> None:
    """Ids, addresses, both kinds of hashes, roles and foreign keys have moved; the inactive user stays out."""
    moved = project.run("migrate.py")
    assert moved.returncode == 0, moved.stderr
    assert moved.stdout == "4 users, 5 accounts\n"

    found = project.later("ada@example.com", "bob@example.com", "inactive@example.com", "cleo@example.com")

    old = {row["email"].lower(): row for row in MADE["rows"]["user"]}
    ada, bob = found["ada@example.com"], found["bob@example.com"]
    assert (ada["id"], ada["role"], ada["emailVerified"]) == (old["ada@example.com"]["id"], "admin", True)
    assert (bob["id"], bob["role"], bob["emailVerified"]) == (old["bob@example.com"]["id"], "user", False)
    assert found["inactive@example.com"] == "BANNED_USER"
    assert found["cleo@example.com"] == "INVALID_EMAIL_OR_PASSWORD"  # came by github, with a password nobody knows
    assert ["github", "4711", None] in found["accounts"]
    assert found["notes"] == [old["cleo@example.com"]["id"]]


def test_old_hashes_are_replaced(project: Project) -> None:
    """Bcrypt is gone from the table once its owner has signed in; the password stays right."""
    project.run("migrate.py")
    first = project.later("bob@example.com")

    second = project.later("bob@example.com")

    assert second["bob@example.com"]["id"] == first["bob@example.com"]["id"]
    assert not any((password or "").startswith("$2b$") for _, _, password in second["accounts"])


def test_wrong_passwords_stay_wrong(project: Project) -> None:
    """For hashes of both kinds."""
    project.run("migrate.py")

    found = project.later("ada@example.com", "bob@example.com", password="wrong horse battery")

    assert {found["ada@example.com"], found["bob@example.com"]} == {"INVALID_EMAIL_OR_PASSWORD"}


def test_a_second_run_changes_nothing(project: Project) -> None:
    """It says so instead."""
    project.run("migrate.py")
    before = project.later("ada@example.com")

    again = project.run("migrate.py")

    assert again.returncode == 1
    assert again.stderr.endswith("this database is migrated already\n")
    assert project.later("ada@example.com")["accounts"] == before["accounts"]


def test_the_tables_are_as_we_would_make_them(project: Project) -> None:
    """The comparison at start-up finds nothing, with auto_migrate off."""
    project.run("migrate.py")
    accounts = project.folder / "accounts.py"
    accounts.write_text(accounts.read_text().replace("    auto_migrate=True,\n", ""))

    started = project.run("-c", "import asyncio; from accounts import auth; asyncio.run(auth.start())")

    assert started.returncode == 0, started.stderr


def test_one_revision_makes_database_and_models_agree(project: Project) -> None:
    """The printed commands; afterwards there is nothing left to write."""
    project.run("migrate.py")
    accounts = project.folder / "accounts.py"
    accounts.write_text(accounts.read_text().replace("    auto_migrate=True,\n", ""))
    generate, migrate = [line.split()[1:] for line in code_in(PAGE, "sh")[0].splitlines()]

    said = [project.run("-c", CLI, *command) for command in (generate, migrate, generate)]

    assert [ran.returncode for ran in said] == [0, 0, 0], said
    assert "nothing to write" in said[2].stdout


@pytest.mark.xdist_group(GROUP)
def test_the_printed_files_satisfy_the_type_checker(tmp_path: Path) -> None:
    """Who pastes them gets no complaint from mypy in strict mode."""
    _write(tmp_path)

    check_types(tmp_path)

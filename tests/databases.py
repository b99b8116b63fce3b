"""Fresh databases for tests, on SQLite, PostgreSQL and MariaDB.

The servers come from `scripts/services.py`, which leaves their addresses in the environment.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NoReturn
from uuid import uuid4

import aiomysql
import asyncpg
import pytest
from sqlalchemy import URL, make_url

DatabaseKind = Literal["sqlite", "postgres", "mariadb"]
DATABASE_KINDS: tuple[DatabaseKind, ...] = ("sqlite", "postgres", "mariadb")

Statement = Callable[[URL, str], Coroutine[None, None, None]]


def required(variable: str) -> str:
    """A value that `scripts/services.py` provides; without it the test is skipped, or fails under CI=true."""
    value = os.environ.get(variable)
    if not value:
        unavailable(f"{variable} is not set: run the suite with `make test`, or under scripts/services.py")
    return value


def unavailable(reason: str) -> NoReturn:
    """Skip the running test loudly; continuous integration must not skip anything."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@contextmanager
def fresh_database(kind: DatabaseKind, folder: Path) -> Iterator[str]:
    """The SQLAlchemy URL of an empty database that nobody else uses; gone afterwards.

    Args:
        kind: which server; SQLite is a file in `folder`.
        folder: a temporary folder of the test.
    """
    name = f"t_{uuid4().hex[:20]}"
    if kind == "sqlite":
        yield f"sqlite+aiosqlite:///{folder / name}.db"
        return
    variable, execute, create, drop = _SERVERS[kind]
    server = make_url(required(variable))
    asyncio.run(execute(server, create.format(name)))
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        asyncio.run(execute(server, drop.format(name)))


async def _on_postgres(server: URL, statement: str) -> None:
    dsn = server.set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _on_mariadb(server: URL, statement: str) -> None:
    connection = await aiomysql.connect(
        host=server.host, port=server.port, user=server.username, password=server.password or ""
    )
    try:
        async with connection.cursor() as cursor:
            await cursor.execute(statement)
    finally:
        await connection.ensure_closed()


_SERVERS: Mapping[str, tuple[str, Statement, str, str]] = {
    "postgres": (
        "TEST_POSTGRES_URL",
        _on_postgres,
        'CREATE DATABASE "{}" TEMPLATE template0 STRATEGY FILE_COPY',  # half the work
        'DROP DATABASE IF EXISTS "{}" WITH (FORCE)',
    ),
    "mariadb": (
        "TEST_MARIADB_URL",
        _on_mariadb,
        "CREATE DATABASE `{}` CHARACTER SET utf8mb4",
        "DROP DATABASE IF EXISTS `{}`",
    ),
}

"""The database of one instance: an engine, its manners, and the way to a transaction."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from fastapi_betterauth.errors import ConfigurationError

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "mysql": "mysql+aiomysql",
    "mariadb": "mariadb+aiomysql",
}
_EXTRAS = {"asyncpg": "postgres", "aiomysql": "mysql"}


@dataclass(frozen=True, slots=True, eq=False)
class Database:
    """Where the tables live.

    Raises: ConfigurationError: the URL cannot be read, or its driver is not installed.
    """

    engine: AsyncEngine
    owned: bool = False
    """We made the engine, so we dispose of it."""
    reader: AsyncEngine = field(init=False)
    """The same pool, without transactions: a read costs one round trip."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "reader", self.engine.execution_options(isolation_level="AUTOCOMMIT"))

    @classmethod
    def of(cls, source: str | URL | AsyncEngine | Database) -> Database:
        """Take what the host gave: a URL, an engine of its own, or a Database."""
        if isinstance(source, Database):
            return source
        if isinstance(source, AsyncEngine):
            return cls(source)
        return cls(_make_engine(source), owned=True)

    @property
    def dialect(self) -> str:
        """Returns: ``sqlite``, ``postgresql``, ``mysql`` or ``mariadb``."""
        return self.engine.dialect.name

    async def close(self) -> None:
        """Close the pool if it is ours."""
        if self.owned:
            await self.engine.dispose()


def _make_engine(source: str | URL) -> AsyncEngine:
    try:
        url = make_url(source)
    except ArgumentError as error:
        raise ConfigurationError(
            "database", "the URL cannot be read.", "Write it like sqlite+aiosqlite:///./app.db."
        ) from error
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    # Bound parameters may be passwords' hashes and tokens: they stay out of error texts (SC-LOG-02).
    settings: dict[str, Any] = {"hide_parameters": True, "pool_timeout": 10}
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        # One connection is the whole database: it is lent to one request at a time, never shared.
        settings |= {"poolclass": AsyncAdaptedQueuePool, "pool_size": 1, "max_overflow": 0}
    if url.get_backend_name() in ("mysql", "mariadb"):
        # A server that is not strict cuts values that are too long (SC-DB-11).
        manners = "SET time_zone='+00:00', sql_mode=CONCAT_WS(',', @@sql_mode, 'STRICT_TRANS_TABLES')"
        settings["connect_args"] = {"init_command": manners, "charset": "utf8mb4"}
    try:
        engine = create_async_engine(url, **settings)
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            "database",
            f"the driver {error.name!r} is not installed.",
            f"Install fastapi-better-auth[{_EXTRAS.get(error.name or '', 'all')}].",
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        _quieten_driver()
    return engine


def _quieten_driver() -> None:
    """Keep statements' parameters out of the log: at DEBUG the driver writes them all (SC-LOG-01).

    A level that the host has set stays.
    """
    driver = logging.getLogger("aiosqlite")
    if driver.level == logging.NOTSET:
        driver.setLevel(logging.WARNING)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Give SQLite the manners of a server: foreign keys, readers beside a writer."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.close()

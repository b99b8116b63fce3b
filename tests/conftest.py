"""Fixtures that every folder of the suite may ask for."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import DATABASE_KINDS, fresh_database, required

# Every test builds an app of classes that live long: collected as often as by default, they cost a quarter of the time.
gc.set_threshold(50_000, 20, 10)

pytest_plugins = ["fastapi_betterauth.testing.fixtures"]


@pytest.fixture(params=DATABASE_KINDS, ids=str)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database on each kind of server in turn."""
    with fresh_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def two_databases_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database on SQLite and on PostgreSQL in turn, for security cases."""
    with fresh_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> Iterator[str]:
    """A fresh SQLite file."""
    with fresh_database("sqlite", tmp_path) as url:
        yield url


@pytest.fixture
def postgres_url(tmp_path: Path) -> Iterator[str]:
    """A fresh database on PostgreSQL."""
    with fresh_database("postgres", tmp_path) as url:
        yield url


@pytest.fixture
def mariadb_url(tmp_path: Path) -> Iterator[str]:
    """A fresh database on MariaDB."""
    with fresh_database("mariadb", tmp_path) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> str:
    """The shared Redis server; tests keep apart by key prefix."""
    return required("TEST_REDIS_URL")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a Chromium, for Playwright's `executable_path`."""
    return required("TEST_CHROMIUM")

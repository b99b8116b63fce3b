"""The databases that tests are given."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.databases import required


async def test_database_is_empty_and_writable(database_url: str) -> None:
    """Each test gets an empty database that takes any Unicode text."""
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE greeting (words VARCHAR(20))"))
        await connection.execute(text("INSERT INTO greeting VALUES (:words)"), {"words": "héllo 🦊"})

        words = await connection.scalar(text("SELECT words FROM greeting"))

    await engine.dispose()
    assert words == "héllo 🦊"


def test_missing_server_fails_under_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under CI=true a test whose server is missing fails; it is not skipped."""
    monkeypatch.setenv("CI", "true")
    monkeypatch.delenv("TEST_REDIS_URL", raising=False)

    with pytest.raises(pytest.fail.Exception):
        required("TEST_REDIS_URL")

"""How tables and columns are called (database sheet §2)."""

import pytest
from sqlalchemy import inspect

from fastapi_betterauth import ConfigurationError, Naming, TableNaming
from fastapi_betterauth.storage.naming import index_name
from tests.builders.world import World, world


async def _schema(w: World) -> dict[str, set[str]]:
    async with w.auth.database.reader.connect() as connection:
        return await connection.run_sync(
            lambda sync: {
                table: {column["name"] for column in inspect(sync).get_columns(table)}
                for table in inspect(sync).get_table_names()
            }
        )


@pytest.mark.rule("database §1")
async def test_names_are_snake_case_by_default(database_url: str) -> None:
    """Tables and columns are snake_case unless told otherwise."""
    async with world(database_url) as w:
        schema = await _schema(w)

        assert set(schema) == {"user", "session", "account", "verification"}
        assert schema["user"] == {"id", "name", "email", "email_verified", "image", "created_at", "updated_at"}


@pytest.mark.rule("database §2")
async def test_camel_case_speaks_to_a_better_auth_database(database_url: str) -> None:
    """With camelCase the columns are those Better Auth makes, and everything works on them."""
    async with world(database_url, naming="camelCase") as w:
        ada = await w.sign_up("ada")
        schema = await _schema(w)

        assert {"emailVerified", "createdAt", "updatedAt"} <= schema["user"]
        assert {"userId", "expiresAt", "ipAddress", "userAgent"} <= schema["session"]
        assert (await ada.session() or {})["user"]["email"] == ada.email


@pytest.mark.rule("database §2 modelName", "database §2 fields", "database §2 usePlural")
async def test_single_names_can_be_overridden(database_url: str) -> None:
    """Tables and columns can be renamed one by one; foreign keys follow."""
    naming = Naming(plural=True, tables={"user": TableNaming(table="person", columns={"email": "mail_address"})})

    async with world(database_url, naming=naming) as w:
        ada = await w.sign_up("ada")
        schema = await _schema(w)

        assert set(schema) == {"person", "sessions", "accounts", "verifications"}
        assert "mail_address" in schema["person"]
        assert (await ada.session() or {})["user"]["email"] == ada.email


@pytest.mark.case("SC-DB-01")
def test_names_carry_no_sql() -> None:
    """A name that is no plain identifier fails at construction."""
    with pytest.raises(ConfigurationError, match="identifier"):
        Naming(tables={"user": TableNaming(table='user"; drop table user; --')})


@pytest.mark.rule("database §2 index names")
def test_long_index_names_are_cut_and_hashed() -> None:
    """Past 63 bytes an index's name is cut and ends in a hash, so that it stays unique."""
    short = index_name("session", ("token",), unique=True)
    long = index_name("a" * 40, ("b" * 40,), unique=False)

    assert short == "session_token_uidx"
    assert len(long) == 63
    assert long != index_name("a" * 40, ("b" * 39 + "c",), unique=False)

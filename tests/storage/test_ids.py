"""Kinds of primary keys (database sheet §3)."""

from uuid import UUID

import pytest
from sqlalchemy import text

from fastapi_betterauth import AdvancedOptions, ConfigurationError
from fastapi_betterauth.storage.ids import IdPolicy
from tests.builders.world import world


@pytest.mark.rule("database §3 unset")
async def test_ids_are_32_letters_and_digits_by_default(database_url: str) -> None:
    """Without an option, ids are 32 random letters and digits."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")

        assert len(ada.user["id"]) == 32
        assert ada.user["id"].isalnum()


@pytest.mark.rule("database §3 serial", "core-config §8 generateId")
async def test_serial_ids_are_numbers_in_the_database_and_text_on_the_wire(database_url: str) -> None:
    """With ``serial`` the database counts; everybody else sees text."""
    async with world(database_url, advanced=AdvancedOptions(generate_id="serial")) as w:
        ada = await w.sign_up("ada")
        await w.sign_up("bob")

        async with w.auth.database.reader.connect() as connection:
            stored = (await connection.execute(text("select user_id from account order by id"))).scalars().all()

        assert stored == [1, 2]
        assert ada.user["id"] == "1"
        assert (await ada.session() or {})["session"]["userId"] == "1"


@pytest.mark.rule("database §3 uuid")
async def test_uuid_ids_are_version_4(database_url: str) -> None:
    """With ``uuid`` every id is a random UUID, also as a foreign key."""
    async with world(database_url, advanced=AdvancedOptions(generate_id="uuid")) as w:
        ada = await w.sign_up("ada")

        accounts = await w.rows("account")

        assert UUID(ada.user["id"]).version == 4
        assert accounts[0]["user_id"] == ada.user["id"]


@pytest.mark.rule("database §3 False")
async def test_the_database_may_make_the_ids(database_url: str) -> None:
    """With ``database`` the column's own default makes the id, and the answer knows it."""
    async with world(database_url, advanced=AdvancedOptions(generate_id="database")) as w:
        ada = await w.sign_up("ada")

        users = await w.rows("user")

        assert [user["id"] for user in users] == [ada.user["id"]]
        assert len(ada.user["id"]) == 32


@pytest.mark.rule("database §3 function")
async def test_a_function_may_make_the_ids(database_url: str) -> None:
    """A host's function gets the table's name and gives the id."""
    numbers = iter(range(100))

    async with world(database_url, advanced=AdvancedOptions(generate_id=lambda table: f"{table}-{next(numbers)}")) as w:
        ada = await w.sign_up("ada")

        assert ada.user["id"].startswith("user-")
        assert (await w.rows("session"))[0]["id"].startswith("session-")


@pytest.mark.parametrize("kind", ["serial", "uuid", "database"])
async def test_decoys_have_ids_of_the_same_kind(database_url: str, kind: str) -> None:
    """The made-up user of a hidden sign-up has an id as the database would have made it."""
    async with world(database_url, password={"auto_sign_in": False}, advanced=AdvancedOptions(generate_id=kind)) as w:  # type: ignore[arg-type]  # each is one of the kinds
        real = await w.sign_up("ada")
        decoy = await w.sign_up("ada")

        assert real.user["id"] != decoy.user["id"]
        assert decoy.user["id"].isdigit() == real.user["id"].isdigit()


async def test_foreign_ids_of_the_wrong_kind_match_nothing(database_url: str) -> None:
    """Text where a number or a UUID belongs finds no row and breaks nothing (SC-HTTP-20)."""
    async with world(database_url, advanced=AdvancedOptions(generate_id="serial")) as w:
        ada = await w.sign_up("ada")

        answer = await ada.post("/unlink-account", {"accountId": "no such id"})

        assert answer.status_code == 400


def test_an_unknown_kind_is_refused() -> None:
    """A misspelt kind of id fails at construction and is named."""
    with pytest.raises(ConfigurationError, match="generate_id"):
        IdPolicy("sequence")  # type: ignore[arg-type]  # the mistake under test

"""Nobody becomes an admin by being quick, or by choosing an id."""

import asyncio

import pytest

from fastapi_betterauth.plugins.admin import Admin
from tests.builders.answers import said
from tests.builders.world import PASSWORD, world

from .people import managed_world


@pytest.mark.case("SC-ADMIN-15")
async def test_the_first_user_is_no_admin(database_url: str) -> None:
    """Nor is any of ten who sign up at the same moment in an empty database."""
    async with world(database_url, plugins=[Admin()]) as w:
        people = [w.person(f"person{number}") for number in range(10)]
        answers = await asyncio.gather(*(person.sign_up() for person in people))

        assert {answer.status_code for answer in answers} == {200}
        assert {row["role"] for row in await w.rows("user")} == {"user"}
        assert {said(await person.get("/admin/list-users")) for person in people} == {
            (403, "YOU_ARE_NOT_ALLOWED_TO_LIST_USERS")
        }


@pytest.mark.case("SC-ADMIN-16")
async def test_ids_are_not_chosen(two_databases_url: str) -> None:
    """The id of an admin who is gone cannot be had by signing up, by an update, or by being created with it."""
    chosen = "the-id-of-an-admin-who-is-gone"
    async with managed_world(two_databases_url, Admin(admin_user_ids=[chosen])) as w:
        root, eve = await w.sign_up("root"), w.person("eve")
        await eve.sign_up(id=chosen)
        await eve.post("/update-user", {"id": chosen, "name": "Eve"})
        body = {"email": "new@people.test", "name": "New", "password": PASSWORD, "data": {"id": chosen}}
        await root.post("/admin/create-user", body)
        await root.post("/admin/update-user", {"userId": eve.user["id"], "data": {"id": chosen, "name": "Eva"}})

        assert chosen not in {row["id"] for row in await w.rows("user")}
        assert said(await eve.get("/admin/list-users")) == (403, "YOU_ARE_NOT_ALLOWED_TO_LIST_USERS")

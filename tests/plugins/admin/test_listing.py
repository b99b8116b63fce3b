"""Searching, filtering, sorting and paging users."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any

import pytest

from fastapi_betterauth import Private, UserFields
from fastapi_betterauth.plugins.admin import Admin
from tests.builders.world import Person, World

from .people import managed_world


class Member(UserFields):
    """A column to filter by, and one nobody may ask about."""

    points: int | None = 0
    hint: Annotated[str | None, Private] = None


@asynccontextmanager
async def _crowd(url: str) -> AsyncIterator[tuple[World, Person]]:
    async with managed_world(url, Admin(), user={"fields": Member}) as w:
        root = await w.sign_up("root")
        for number, name in enumerate(["anna", "bert", "carl_x", "carlax", "100%"]):
            body = {
                "email": f"user{number}@people.test",
                "name": name,
                "data": {"points": number, "hint": f"h{number}"},
            }
            assert (await root.post("/admin/create-user", body)).status_code == 200
        yield w, root


async def _names(root: Person, query: Mapping[str, Any]) -> list[str]:
    answer = await root.get("/admin/list-users", params={"sortBy": "name", **query})
    assert answer.status_code == 200, answer.text
    return [user["name"] for user in answer.json()["users"]]


@pytest.mark.case("SC-ADMIN-12")
@pytest.mark.rule("admin §4", "admin §5.10")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"searchField": "name", "searchValue": "ar"}, ["carl_x", "carlax"]),
        ({"searchField": "name", "searchValue": "l_x"}, ["carl_x"]),
        ({"searchField": "name", "searchValue": "0%"}, ["100%"]),
        ({"searchField": "name", "searchValue": "be", "searchOperator": "starts_with"}, ["bert"]),
        ({"searchField": "name", "searchValue": "x", "searchOperator": "ends_with"}, ["carl_x", "carlax"]),
        ({"searchValue": "user1@"}, ["bert"]),
        ({"searchValue": ""}, ["100%", "Root", "anna", "bert", "carl_x", "carlax"]),
        ({"filterField": "points", "filterValue": "2", "filterOperator": "gte"}, ["100%", "carl_x", "carlax"]),
        ({"filterField": "points", "filterValue": "2", "filterOperator": "gt"}, ["100%", "carlax"]),
        ({"filterField": "points", "filterValue": "1", "filterOperator": "lt"}, ["Root", "anna"]),
        ({"filterField": "points", "filterValue": "1", "filterOperator": "lte"}, ["Root", "anna", "bert"]),
        ({"filterField": "points", "filterValue": ["1", "2"], "filterOperator": "in"}, ["bert", "carl_x"]),
        (
            {"filterField": "name", "filterValue": ["anna"], "filterOperator": "not_in"},
            ["100%", "Root", "bert", "carl_x", "carlax"],
        ),
        ({"filterField": "role", "filterValue": "admin"}, ["Root"]),
        ({"filterField": "role", "filterValue": "admin", "filterOperator": "ne", "searchValue": "user1@"}, ["bert"]),
        ({"filterField": "banned", "filterValue": "true"}, []),
        ({"filterField": "name", "filterValue": "nn", "filterOperator": "contains"}, ["anna"]),
        ({"filterField": "createdAt", "filterValue": "2000-01-01T00:00:00.000Z", "filterOperator": "lt"}, []),
        ({"filterValue": ""}, []),
        ({"sortBy": "points", "sortDirection": "desc", "limit": "2"}, ["100%", "carlax"]),
        ({"limit": "2", "offset": "2"}, ["anna", "bert"]),
    ],
)
async def test_users_are_found(database_url: str, query: Mapping[str, Any], found: list[str]) -> None:
    """Search and filter are both heeded, texts are taken literally, the same on every database."""
    async with _crowd(database_url) as (_w, root):
        names = await _names(root, query)

        assert sorted(names) == sorted(found)
        if "sortBy" in query:
            assert names == found


@pytest.mark.rule("admin §5.10")
async def test_pages_tell_the_total(sqlite_url: str) -> None:
    """``total`` counts all that match; limit and offset are told when they were given and are no zero."""
    async with _crowd(sqlite_url) as (_w, root):
        page = (await root.get("/admin/list-users", params={"limit": "2", "offset": "1"})).json()
        whole = (await root.get("/admin/list-users", params={"limit": "0"})).json()

        assert (len(page["users"]), page["total"], page["limit"], page["offset"]) == (2, 6, 2, 1)
        assert (len(whole["users"]), whole["total"]) == (6, 6)
        assert not {"limit", "offset"} & set(whole)


@pytest.mark.case("SC-ADMIN-12", "SC-ADMIN-13", "SC-DB-14")
@pytest.mark.rule("admin §5.10", "admin §5.11")
@pytest.mark.parametrize(
    "query",
    [
        {"sortBy": "hint"},
        {"filterField": "hint", "filterValue": "h1"},
        {"filterField": "password", "filterValue": "x"},
        {"filterField": "__class__", "filterValue": "x"},
        {"sortBy": "id; DROP TABLE user"},
        {"filterField": "points", "filterValue": "many"},
        {"filterField": "banned", "filterValue": "maybe"},
        {"filterField": "createdAt", "filterValue": "yesterday"},
        {"filterField": "points", "filterValue": "1", "filterOperator": "contains"},
        {"filterField": "name", "filterValue": ["a", "b"]},
    ],
)
async def test_what_cannot_be_asked_finds_nobody(two_databases_url: str, query: Mapping[str, Any]) -> None:
    """Unknown and private columns, and values of the wrong kind: an empty list, never an error or a hint."""
    async with _crowd(two_databases_url) as (_w, root):
        answer = await root.get("/admin/list-users", params=query)

        assert (answer.status_code, answer.json()) == (200, {"users": [], "total": 0})


@pytest.mark.case("SC-DB-14")
@pytest.mark.parametrize("limit", ["-1", "nonsense", "NaN", "inf", "1000000000000"])
async def test_odd_limits_do_no_harm(two_databases_url: str, limit: str) -> None:
    """Negative, huge and unreadable numbers are bounded or ignored."""
    async with _crowd(two_databases_url) as (_w, root):
        answer = await root.get("/admin/list-users", params={"limit": limit, "offset": "-5"})

        assert (answer.status_code, len(answer.json()["users"])) == (200, 6)


@pytest.mark.rule("admin §4")
@pytest.mark.parametrize("query", [{"searchField": "role"}, {"searchOperator": "regex"}, {"filterOperator": "like"}])
async def test_unknown_operators_are_refused(sqlite_url: str, query: Mapping[str, Any]) -> None:
    """What the contract does not list is a validation error."""
    async with _crowd(sqlite_url) as (_w, root):
        answer = await root.get("/admin/list-users", params=query)

        assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")

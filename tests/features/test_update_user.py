"""Changing one's name, image and additional fields (e-mail sheet §8.1)."""

from typing import Annotated, Any

import pytest

from fastapi_betterauth import Private, ServerOnly, UserFields
from tests.builders.answers import ALL_EXPIRED, FORGET, REMEMBERED, SESSION, UNTIL_CLOSED, cookies_set, said
from tests.builders.world import Person, World, world

UPDATE = "/update-user"


class Member(UserFields):
    """A user with fields of the host, one of each kind."""

    nickname: str | None = None
    plan: str = "free"
    score: Annotated[int, ServerOnly] = 7
    note: Annotated[str | None, Private] = None


async def _row(w: World, person: Person) -> dict[str, Any]:
    return next(row for row in await w.rows("user") if row["id"] == person.user["id"])


@pytest.mark.rule("email-password §8 update-user", "email-password §11 update-user")
@pytest.mark.parametrize(("remember", "cookies"), [(True, {SESSION: REMEMBERED}), (False, {SESSION: UNTIL_CLOSED})])
async def test_a_profile_changes(database_url: str, *, remember: bool, cookies: dict[str, str]) -> None:
    """Name and image change together with ``updatedAt``; the session goes on, its cookie is written again."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada", rememberMe=remember)
        bob, phone, token = await w.sign_up("bob"), await w.another_device(ada), ada.cookie()
        others = await _row(w, bob)
        w.clock.move(minutes=5)
        answer = await ada.post(UPDATE, {"name": "Ada L", "image": "https://img.test/a.png"})
        row = await _row(w, ada)

        assert (answer.status_code, answer.json(), cookies_set(answer)) == (200, {"status": True}, cookies)
        assert (row["name"], row["image"], row["email"]) == ("Ada L", "https://img.test/a.png", ada.email)
        assert row["updated_at"] > row["created_at"]
        assert await _row(w, bob) == others
        assert ada.cookie() == token
        for device in (ada, phone):
            assert (await device.session() or {})["user"]["name"] == "Ada L"
        assert (ada.cookie(FORGET) is None) is remember


@pytest.mark.rule("email-password §8 update-user")
@pytest.mark.parametrize(
    ("body", "changed"),
    [
        ({"name": "Ada L"}, {"name": "Ada L"}),
        ({"name": ""}, {"name": ""}),
        ({"image": None}, {"image": None}),
        ({"image": ""}, {"image": ""}),
        ({"name": "Ada L", "email": ""}, {"name": "Ada L"}),
        ({"name": "Ada L", "email": None}, {"name": "Ada L"}),
        ({"name": "Ada L", "shoeSize": 39, "id": "mine"}, {"name": "Ada L"}),
        ({"nickname": "al", "plan": "pro"}, {"nickname": "al", "plan": "pro"}),
        ({"nickname": None}, {"nickname": None}),
        ({"note": "kept"}, {"note": "kept"}),
        ({"name": "Ada L", "score": 0}, {"name": "Ada L"}),
    ],
)
async def test_what_is_given_changes(sqlite_url: str, body: dict[str, Any], changed: dict[str, Any]) -> None:
    """Null clears an image or an optional field; core columns, unknown keys and falsy values are dropped."""
    async with world(sqlite_url, user={"fields": Member}) as w:
        ada = await w.sign_up("ada", image="a.png", nickname="old")
        before = await _row(w, ada)
        answer = await ada.post(UPDATE, body)
        after = await _row(w, ada)

        assert said(answer) == (200, None)
        expected = {**before, **changed, "updated_at": after["updated_at"]}
        assert after == expected


@pytest.mark.rule("email-password §8 update-user", "email-password §8.1")
@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({}, {"message": "No fields to update"}),
        ({"shoeSize": 39}, {"message": "No fields to update"}),
        ({"score": 0}, {"message": "No fields to update"}),
        ({"email": ""}, {"message": "No fields to update"}),
        (
            {"email": "ada@people.test", "name": "A"},
            {"message": "Email can not be updated", "code": "EMAIL_CAN_NOT_BE_UPDATED"},
        ),
        ({"email": 1}, {"message": "Email can not be updated", "code": "EMAIL_CAN_NOT_BE_UPDATED"}),
        ({"score": 1, "name": "A"}, {"message": "score is not allowed to be set", "code": "FIELD_NOT_ALLOWED"}),
        ({"email": "x", "score": 1}, {"message": "Email can not be updated", "code": "EMAIL_CAN_NOT_BE_UPDATED"}),
    ],
)
async def test_what_may_not_change_is_refused(sqlite_url: str, body: dict[str, Any], answer: dict[str, str]) -> None:
    """The address, server-only fields, and nothing at all; what stands beside them does not change either."""
    async with world(sqlite_url, user={"fields": Member}) as w:
        ada = await w.sign_up("ada")
        before = await w.snapshot()
        refused = await ada.post(UPDATE, body)

        assert (refused.status_code, refused.json(), cookies_set(refused)) == (400, answer, {})
        assert await w.snapshot() == before


@pytest.mark.rule("email-password §8 update-user")
@pytest.mark.parametrize(
    "body", [[], "name", 1, {"name": 1}, {"name": None}, {"image": 1}, {"plan": 1}, {"plan": None}]
)
async def test_values_of_another_kind_are_refused(sqlite_url: str, body: Any) -> None:
    """The body is an object, and its values are of their fields' kinds."""
    async with world(sqlite_url, user={"fields": Member}) as w:
        ada = await w.sign_up("ada")
        before = await w.snapshot()

        assert said(await ada.post(UPDATE, body)) == (400, "VALIDATION_ERROR")
        assert await w.snapshot() == before


@pytest.mark.rule("email-password guards session", "email-password §11 guarded")
async def test_nobody_changes_nothing(sqlite_url: str) -> None:
    """Without a session 401; with an ended one the cookies go along."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        nobody = await w.person().post(UPDATE, {"name": "A"})
        w.clock.move(days=8)
        late = await ada.post(UPDATE, {"name": "A"})

        assert (said(nobody), cookies_set(nobody)) == ((401, "UNAUTHORIZED"), {})
        assert (said(late), cookies_set(late)) == ((401, "UNAUTHORIZED"), ALL_EXPIRED)
        assert (await _row(w, ada))["name"] == "Ada"

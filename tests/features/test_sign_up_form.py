"""What may be written into a sign-up form, and in which order it is looked at (e-mail sheet §1, §2)."""

from typing import Any

import pytest

from fastapi_betterauth import DatabaseHooks, TableHooks, UserFields
from tests.builders.answers import SESSION, cookies_set, said
from tests.builders.world import PASSWORD, world

BODY = {"name": "Ada", "email": "ada@people.test", "password": PASSWORD}


class Member(UserFields):
    """A user with a field that must be given."""

    club: str


async def _crash(row: Any, caller: Any) -> None:
    raise RuntimeError("an accident in a hook")


@pytest.mark.rule("email-password §2 body")
@pytest.mark.parametrize(
    ("change", "clause"),
    [
        ({"name": None}, "[body.name] Invalid input: expected string, received null"),
        ({"name": ...}, "[body.name] Invalid input: expected string, received undefined"),
        ({"email": ...}, "[body.email] Invalid input: expected string, received undefined"),
        ({"email": "no address"}, "[body.email] Invalid email address"),
        ({"password": ...}, "[body.password] Invalid input: expected string, received undefined"),
        ({"password": ""}, "[body.password] Too small: expected string to have >=1 characters"),
        ({"password": 12345678}, "[body.password] Invalid input: expected string, received number"),
        ({"image": 1}, "[body.image] Invalid input: expected string, received number"),
        ({"rememberMe": "yes"}, "[body.rememberMe] Invalid input: expected boolean, received string"),
    ],
)
async def test_the_body_is_validated(sqlite_url: str, change: dict[str, Any], clause: str) -> None:
    """What is missing or of another kind is a 400 that names it; nothing is hashed or written."""
    body = {name: value for name, value in {**BODY, **change}.items() if value is not ...}

    async with world(sqlite_url) as w:
        answer = await w.person().post("/sign-up/email", body)

        assert (answer.status_code, answer.json()) == (400, {"message": clause, "code": "VALIDATION_ERROR"})
        assert (w.hasher.calls, await w.rows("user")) == (0, [])


@pytest.mark.rule("email-password §2 body")
async def test_a_name_may_be_empty(sqlite_url: str) -> None:
    """A name must be given, but may be nothing; further keys are dropped."""
    async with world(sqlite_url) as w:
        answer = await w.person().post("/sign-up/email", {**BODY, "name": "", "nickname": "A"})

        assert (answer.status_code, answer.json()["user"]["name"]) == (200, "")
        assert "nickname" not in answer.json()["user"]


@pytest.mark.rule("email-password §1 e-mail", "email-password §2 body")
async def test_addresses_are_kept_in_lower_case(database_url: str) -> None:
    """Whatever is typed, the address is stored, shown and compared in lower case."""
    async with world(database_url) as w:
        answer = await w.person().post("/sign-up/email", {**BODY, "email": "ADA@People.Test"})

        assert answer.json()["user"]["email"] == "ada@people.test"
        assert [row["email"] for row in await w.rows("user")] == ["ada@people.test"]
        assert said(await w.person("ada").sign_up()) == (422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL")


@pytest.mark.rule("email-password §1 e-mail")
@pytest.mark.parametrize("address", ["a@b.co", "O'Neil+tag@x.test", "a_b-c.d@sub-1.x.test", "1@2.co", "-a@x.test"])
async def test_addresses_of_the_accepted_syntax_sign_up(sqlite_url: str, address: str) -> None:
    """Apostrophe, plus, underscore, hyphen and digits are part of an address."""
    async with world(sqlite_url) as w:
        answer = await w.person().post("/sign-up/email", {**BODY, "email": address})

        assert answer.status_code == 200, answer.text
        assert answer.json()["user"]["email"] == address.lower()


@pytest.mark.rule("email-password §1 e-mail")
@pytest.mark.parametrize(
    "address", ["a'@x.test", "a.@x.test", "a@x.t", "a@x.te5t", "a@.x.test", "a@x..test", "a@x_y.test"]
)
async def test_addresses_of_another_syntax_do_not(sqlite_url: str, address: str) -> None:
    """A local part does not end in an apostrophe or dot; a domain ends in two letters or more."""
    async with world(sqlite_url) as w:
        answer = await w.person().post("/sign-up/email", {**BODY, "email": address})

        assert said(answer) == (400, "VALIDATION_ERROR")


@pytest.mark.rule("email-password §1 enabled", "email-password §2 errors", "email-password §3 errors")
async def test_passwords_must_be_switched_on(sqlite_url: str) -> None:
    """Without ``enabled`` neither sign-up nor sign-in is offered."""
    async with world(sqlite_url, password={"enabled": False}) as w:
        up, into = await w.person("ada").sign_up(), await w.person("ada").sign_in()

        assert said(up) == (400, "EMAIL_PASSWORD_SIGN_UP_DISABLED")
        assert said(into) == (400, "EMAIL_PASSWORD_DISABLED")
        assert (w.hasher.calls, await w.rows("user")) == (0, [])


@pytest.mark.rule(
    "email-password §1 minPasswordLength", "email-password §1 maxPasswordLength", "email-password §2 errors"
)
@pytest.mark.parametrize(
    ("options", "password", "code"),
    [
        ({}, "1234567", "PASSWORD_TOO_SHORT"),
        ({}, "🙂" * 7, "PASSWORD_TOO_SHORT"),
        ({}, "12345678", None),
        ({}, "x" * 128, None),
        ({}, "🙂" * 128, None),
        ({}, "x" * 129, "PASSWORD_TOO_LONG"),
        ({"min_password_length": 12, "max_password_length": 14}, "x" * 11, "PASSWORD_TOO_SHORT"),
        ({"min_password_length": 12, "max_password_length": 14}, "x" * 14, None),
        ({"min_password_length": 12, "max_password_length": 14}, "x" * 15, "PASSWORD_TOO_LONG"),
    ],
)
async def test_lengths_are_counted_in_characters(
    sqlite_url: str, options: dict[str, int], password: str, code: str | None
) -> None:
    """Eight to 128 characters, or what the host says; a refusal costs no hash."""
    async with world(sqlite_url, password=options) as w:
        answer = await w.person("ada").sign_up(password=password)

        assert said(answer) == (200 if code is None else 400, code)
        assert w.hasher.hashed == ([password] if code is None else [])


@pytest.mark.rule("email-password §2.1")
async def test_checks_are_made_in_order(sqlite_url: str) -> None:
    """Body, origin of a form, switch, length, fields, address: whoever breaks several rules is told of the first."""
    cross_site = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    short, taken, invalid = {**BODY, "password": "short"}, BODY, {**BODY, "email": "x", "password": "short"}
    told = []

    async with world(sqlite_url, password={"enabled": False}) as w:
        told += [said(await w.person().post("/sign-up/email", body, headers=cross_site)) for body in (invalid, short)]
        told.append(said(await w.person().post("/sign-up/email", short)))
    async with world(sqlite_url, user={"fields": Member}) as w:
        await w.sign_up("ada", club="chess")
        before = w.hasher.calls
        told += [said(await w.person().post("/sign-up/email", body)) for body in (short, taken)]
        told.append(said(await w.person().post("/sign-up/email", {**taken, "club": "chess"})))

        assert w.hasher.calls == before

    assert told == [
        (400, "VALIDATION_ERROR"),
        (403, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED"),
        (400, "EMAIL_PASSWORD_SIGN_UP_DISABLED"),
        (400, "PASSWORD_TOO_SHORT"),
        (400, "MISSING_FIELD"),
        (422, "USER_ALREADY_EXISTS_USE_ANOTHER_EMAIL"),
    ]


@pytest.mark.rule("email-password §2.1")
async def test_the_password_is_hashed_before_anything_is_written(sqlite_url: str) -> None:
    """When the first row is about to be written the hash is there: no transaction waits for it."""
    hashed: list[int] = []

    async with world(sqlite_url, database_hooks=DatabaseHooks(user=TableHooks(before_create=_crash))) as w:
        answer = await w.person("ada").sign_up()
        hashed = [*map(len, w.hasher.hashed)]

        assert (answer.status_code, hashed) == (500, [len(PASSWORD)])


@pytest.mark.rule("email-password §2.9", "email-password §2 who")
async def test_forms_sign_up(sqlite_url: str) -> None:
    """A form of a page of the app is a body like any other; all its values are text."""
    async with world(sqlite_url) as w:
        bad = await w.person().post("/sign-up/email", data={**BODY, "rememberMe": "false"})
        good = await w.person().post("/sign-up/email", data=BODY)

        clause = "[body.rememberMe] Invalid input: expected boolean, received string"
        assert (bad.status_code, bad.json()["message"]) == (400, clause)
        assert (good.status_code, good.json()["user"]["email"]) == (200, BODY["email"])
        assert SESSION in cookies_set(good)

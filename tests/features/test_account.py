"""Listing and unlinking one's accounts (OAuth sheet §2)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import delete, insert

from fastapi_betterauth import AccountLinking, AccountOptions, SessionOptions
from tests.builders.answers import cookies_set, said
from tests.builders.world import Person, World, world

NOON = datetime(2020, 5, 4, 12, tzinfo=UTC)
SECRET = "marker-1234"


async def _linked(w: World, person: Person, **values: Any) -> str:
    """Give somebody an account at a provider; returns the id of its row."""
    row = {"id": f"row-{person.name}", "account_id": "77", "provider_id": "elsewhere", "user_id": person.user["id"]}
    async with w.auth.database.engine.begin() as connection:
        statement = insert(w.auth.tables.account.table)
        await connection.execute(statement.values(**row, created_at=NOON, updated_at=NOON, **values))
    return row["id"]


@pytest.mark.rule("oauth-social §2 list-accounts")
async def test_accounts_are_listed_without_their_secrets(database_url: str) -> None:
    """One's own accounts, oldest first, with scopes as a list; no token, no hash, nobody else's."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        await w.sign_up("bob")
        tokens = dict.fromkeys(("access_token", "refresh_token", "id_token"), SECRET)
        await _linked(w, ada, scope="openid,email", **tokens)
        answer = await ada.get("/list-accounts")

        listed = {account["providerId"]: account for account in answer.json()}
        assert (answer.status_code, cookies_set(answer), list(listed)) == (200, {}, ["elsewhere", "credential"])
        assert listed["elsewhere"] == {
            "id": "row-ada",
            "providerId": "elsewhere",
            "accountId": "77",
            "userId": ada.user["id"],
            "createdAt": "2020-05-04T12:00:00.000Z",
            "updatedAt": "2020-05-04T12:00:00.000Z",
            "scopes": ["openid", "email"],
        }
        assert (listed["credential"]["accountId"], listed["credential"]["scopes"]) == (ada.user["id"], [])
        assert SECRET not in answer.text
        assert "cheap:" not in answer.text


@pytest.mark.rule("oauth-social §2 list-accounts", "oauth-social §2 unlink-account")
async def test_accounts_need_a_session(sqlite_url: str) -> None:
    """Without one both endpoints are a 401; who has no account has an empty list."""
    async with world(sqlite_url) as w:
        ada, visitor = await w.sign_up("ada"), w.person()
        answers = [await visitor.get("/list-accounts"), await visitor.post("/unlink-account", {"accountId": "x"})]
        async with w.auth.database.engine.begin() as connection:
            await connection.execute(delete(w.auth.tables.account.table))

        assert [said(answer) for answer in answers] == [(401, "UNAUTHORIZED")] * 2
        assert (await ada.get("/list-accounts")).json() == []


@pytest.mark.rule("oauth-social §2 unlink-account")
@pytest.mark.parametrize(
    ("account_id", "linked", "answer"),
    [
        ("unknown", False, (400, "FAILED_TO_UNLINK_LAST_ACCOUNT")),
        ("unknown", True, (400, "ACCOUNT_NOT_FOUND")),
        ("77", True, (400, "ACCOUNT_NOT_FOUND")),
        ("row-ada", True, (200, None)),
        (1, True, (400, "VALIDATION_ERROR")),
    ],
)
async def test_an_account_is_named_by_its_row(
    database_url: str, *, account_id: Any, linked: bool, answer: tuple[int, str | None]
) -> None:
    """The last account is looked at first; the id is that of the row, never the provider's."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        if linked:
            await _linked(w, ada)
        before = await w.snapshot()
        sent = await ada.post("/unlink-account", {"accountId": account_id})

        assert said(sent) == answer
        if answer == (200, None):
            assert sent.json() == {"status": True}
            assert [row["provider_id"] for row in await w.rows("account")] == ["credential"]
        else:
            assert await w.snapshot() == before


@pytest.mark.rule("oauth-social §2 unlink-account", "email-password guards fresh")
@pytest.mark.parametrize(
    ("fresh_age", "later", "answer"),
    [
        (None, {"hours": 23}, (200, None)),
        (None, {"days": 1, "seconds": 1}, (403, "SESSION_NOT_FRESH")),
        (60, {"seconds": 61}, (403, "SESSION_NOT_FRESH")),
        (0, {"days": 3}, (200, None)),
    ],
)
async def test_unlinking_needs_a_recent_sign_in(
    sqlite_url: str, fresh_age: int | None, later: dict[str, float], answer: tuple[int, str | None]
) -> None:
    """A day after sign-in, or whatever the host says, the session is too old; 0 switches that off."""
    options: SessionOptions = SessionOptions() if fresh_age is None else SessionOptions(fresh_age=fresh_age)
    async with world(sqlite_url, session=options) as w:
        ada = await w.sign_up("ada")
        row = await _linked(w, ada)
        w.clock.move(**later)

        assert said(await ada.post("/unlink-account", {"accountId": row})) == answer
        assert len(await w.rows("account")) == (1 if answer[0] == 200 else 2)


@pytest.mark.rule("oauth-social §1 accountLinking.allowUnlinkingAll")
async def test_a_host_may_let_the_last_account_go(database_url: str) -> None:
    """With the option the last account can be unlinked; the session goes on, the password is no more."""
    options = AccountOptions(account_linking=AccountLinking(allow_unlinking_all=True))
    async with world(database_url, account=options) as w:
        ada = await w.sign_up("ada")
        (row,) = await w.rows("account")
        unlinked = await ada.post("/unlink-account", {"accountId": row["id"]})

        assert (said(unlinked), await w.rows("account")) == ((200, None), [])
        assert await ada.session() is not None
        assert said(await w.person("ada").sign_in()) == (401, "INVALID_EMAIL_OR_PASSWORD")

"""Database hooks: what a host may do before and after a row changes (security sheet §6)."""

from collections.abc import Mapping
from typing import Any

import pytest

from fastapi_betterauth import (
    ABORT,
    Caller,
    DatabaseHooks,
    Plugin,
    SessionFields,
    TableHooks,
    UserFields,
    VerificationFields,
)
from fastapi_betterauth.storage.hooks import Abort
from tests.builders.world import World, world


class LocalUser(UserFields):
    """A user with additional fields."""

    locale: str | None = "en"
    motto: str | None = None


def _user(**hooks: Any) -> DatabaseHooks:
    return DatabaseHooks(user=TableHooks(**hooks))


async def abort(*_: object) -> Abort:
    """Refuse."""
    return ABORT


def _plugin(name: str, hooks: DatabaseHooks) -> Plugin:
    made: Plugin = type(name, (Plugin,), {"id": name, "database_hooks": hooks})()
    return made


@pytest.mark.rule("security-ratelimit-hooks §6 create.before")
async def test_before_create_adds_values(database_url: str) -> None:
    """What a hook returns is merged over the new row; the answer shows it."""

    async def french(row: UserFields, caller: Caller | None) -> Mapping[str, object]:
        return {"locale": "fr", "name": row.name.upper()}

    async with world(database_url, user={"fields": LocalUser}, database_hooks=_user(before_create=french)) as w:
        ada = await w.sign_up("ada")

        (row,) = await w.rows("user")
        assert (row["locale"], row["name"]) == ("fr", "ADA")
        assert (ada.user["locale"], ada.user["name"]) == ("fr", "ADA")


@pytest.mark.rule("security-ratelimit-hooks §6 create.before")
async def test_the_chain_sees_merged_rows_plugins_first(sqlite_url: str) -> None:
    """Plugins' hooks run in order before the host's; each sees what the ones before it added."""
    seen: list[str] = []

    def appending(mark: str) -> DatabaseHooks:
        async def append(row: UserFields, caller: Caller | None) -> Mapping[str, object]:
            seen.append(row.name)
            return {"name": row.name + mark}

        return _user(before_create=append)

    plugins = [_plugin("first", appending("1")), _plugin("second", appending("2"))]
    async with world(sqlite_url, plugins=plugins, database_hooks=appending("h")) as w:
        ada = await w.sign_up("ada")

        assert (seen, ada.user["name"]) == (["Ada", "Ada1", "Ada12"], "Ada12h")


@pytest.mark.rule("security-ratelimit-hooks §6.5", "email-password §2 errors")
async def test_an_aborted_user_is_a_failed_sign_up(database_url: str) -> None:
    """ABORT keeps the row out: 400 FAILED_TO_CREATE_USER, and nothing is written."""
    async with world(database_url, database_hooks=_user(before_create=abort)) as w:
        answer = await w.person("ada").sign_up()

        assert (answer.status_code, answer.json()["code"]) == (400, "FAILED_TO_CREATE_USER")
        assert not any((await w.snapshot()).values())


@pytest.mark.rule("security-ratelimit-hooks §6.5", "email-password §3 errors")
async def test_an_aborted_session_is_a_failed_sign_in(sqlite_url: str) -> None:
    """ABORT on the session: sign-in answers 401 FAILED_TO_CREATE_SESSION and sets no cookie."""
    verdicts: list[Abort] = []

    async def sometimes(row: SessionFields, caller: Caller | None) -> Abort | None:
        return verdicts[0] if verdicts else None

    hooks = DatabaseHooks(session=TableHooks(before_create=sometimes))
    async with world(sqlite_url, database_hooks=hooks) as w:
        ada = await w.sign_up("ada")
        verdicts.append(ABORT)
        device = w.person("ada")
        answer = await device.sign_in()

        assert (answer.status_code, answer.json()["code"]) == (401, "FAILED_TO_CREATE_SESSION")
        assert (device.cookie(), len(await w.rows("session"))) == (None, 1)
        assert ada.token


@pytest.mark.rule("security-ratelimit-hooks §6.5", "security-ratelimit-hooks §6 delete.before")
async def test_an_aborted_deletion_keeps_all_sessions(sqlite_url: str) -> None:
    """The first hook that aborts a deletion of many keeps them all."""
    kept: list[str] = []

    async def keep_first(row: SessionFields, caller: Caller | None) -> Abort | None:
        return ABORT if row.token in kept else None

    hooks = DatabaseHooks(session=TableHooks(before_delete=keep_first))
    async with world(sqlite_url, database_hooks=hooks) as w:
        ada = await w.sign_up("ada")
        await w.another_device(ada)
        kept.append(ada.token)
        await ada.post("/revoke-sessions")

        assert len(await w.rows("session")) == 2


@pytest.mark.rule("security-ratelimit-hooks §6 update.before")
async def test_before_update_hooks_see_the_original_and_are_merged(sqlite_url: str) -> None:
    """Each hook gets the changes as the caller asked for them; what they return is merged in order."""
    seen: list[dict[str, object]] = []

    async def first(changes: Mapping[str, object], caller: Caller | None) -> Mapping[str, object]:
        seen.append(dict(changes))
        return {"motto": "first", "name": "First"}

    async def second(changes: Mapping[str, object], caller: Caller | None) -> Mapping[str, object]:
        seen.append(dict(changes))
        return {"motto": "second"}

    plugins = [_plugin("p", _user(before_update=first))]
    options: dict[str, Any] = {"user": {"fields": LocalUser}, "database_hooks": _user(before_update=second)}
    async with world(sqlite_url, plugins=plugins, **options) as w:
        ada = await w.sign_up("ada")
        await ada.post("/update-user", {"name": "Asked"})

        (row,) = await w.rows("user")
        assert seen == [{"name": "Asked"}, {"name": "Asked"}]
        assert (row["name"], row["motto"]) == ("First", "second")


@pytest.mark.rule("security-ratelimit-hooks §6 update.before")
async def test_an_aborted_update_changes_nothing(sqlite_url: str) -> None:
    """ABORT keeps the row as it was."""
    async with world(sqlite_url, database_hooks=_user(before_update=abort)) as w:
        ada = await w.sign_up("ada")
        answer = await ada.post("/update-user", {"name": "Eve"})

        assert answer.status_code >= 400
        assert (await w.rows("user"))[0]["name"] == "Ada"


async def _committed_names(w: World) -> list[str]:
    return [row["name"] for row in await w.rows("user")]


@pytest.mark.rule("security-ratelimit-hooks §6.1", "email-password §2.5")
async def test_after_hooks_see_what_is_durable(database_url: str) -> None:
    """When an after hook runs, every other connection sees the row."""
    seen: list[tuple[str, list[str]]] = []
    worlds: list[World] = []

    async def created(row: UserFields, caller: Caller | None) -> None:
        seen.append((row.name, await _committed_names(worlds[0])))

    async with world(database_url, database_hooks=_user(after_create=created, after_update=created)) as w:
        worlds.append(w)
        ada = await w.sign_up("ada")
        await ada.post("/update-user", {"name": "Countess"})

        assert seen == [("Ada", ["Ada"]), ("Countess", ["Countess"])]


@pytest.mark.rule("security-ratelimit-hooks §6.1")
async def test_an_accident_after_the_commit_undoes_nothing(sqlite_url: str) -> None:
    """An exception in an after hook is the caller's to see, but the row stays."""

    async def stumble(row: UserFields, caller: Caller | None) -> None:
        raise LookupError("too late")

    async with world(sqlite_url, database_hooks=_user(after_create=stumble)) as w:
        answer = await w.person("ada").sign_up()

        assert answer.status_code == 500
        assert len(await w.rows("user")) == 1


@pytest.mark.rule("security-ratelimit-hooks §6.1")
async def test_after_hooks_do_not_run_for_what_was_undone(sqlite_url: str) -> None:
    """A sign-up that fails at its session calls no after hook of the user."""
    seen: list[str] = []

    async def note(row: UserFields, caller: Caller | None) -> None:
        seen.append(row.name)

    hooks = DatabaseHooks(user=TableHooks(after_create=note), session=TableHooks(before_create=abort))
    async with world(sqlite_url, database_hooks=hooks) as w:
        answer = await w.person("ada").sign_up()

        assert (answer.status_code, answer.json()["code"]) == (400, "FAILED_TO_CREATE_SESSION")
        assert (seen, await w.rows("user")) == ([], [])


@pytest.mark.rule("security-ratelimit-hooks §6.2")
async def test_delete_hooks_get_the_row(sqlite_url: str) -> None:
    """Before and after a deletion the row is handed over, once; without a row nobody is asked."""
    seen: list[tuple[str, str]] = []

    async def before(row: SessionFields, caller: Caller | None) -> None:
        seen.append(("before", row.token))

    async def after(row: SessionFields, caller: Caller | None) -> None:
        seen.append(("after", row.token))

    hooks = DatabaseHooks(session=TableHooks(before_delete=before, after_delete=after))
    async with world(sqlite_url, database_hooks=hooks) as w:
        ada = await w.sign_up("ada")
        other = await w.another_device(ada)
        await ada.post("/revoke-session", {"token": other.token})
        await ada.post("/revoke-session", {"token": "unknown"})

        assert seen == [("before", other.token), ("after", other.token)]


@pytest.mark.rule("security-ratelimit-hooks §6.3")
async def test_consuming_a_verification_calls_its_hooks_once(sqlite_url: str) -> None:
    """A reset token that is used twice is deleted, and announced, once."""
    seen: list[str] = []

    async def gone(row: VerificationFields, caller: Caller | None) -> None:
        seen.append(row.id)

    hooks = DatabaseHooks(verification=TableHooks(after_delete=gone))
    async with world(sqlite_url, database_hooks=hooks) as w:
        ada = await w.sign_up("ada")
        await ada.post("/request-password-reset", {"email": ada.email})
        body = {"token": (await w.settled()).last(ada.email, "reset").token, "newPassword": "a new password"}
        answers = [await w.person().post("/reset-password", body) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [200, 400]
        assert len(seen) == 1


@pytest.mark.rule("security-ratelimit-hooks §6 context")
async def test_hooks_are_told_who_calls(sqlite_url: str) -> None:
    """The Caller names the operation, and tells HTTP from the server's own calls."""
    seen: list[tuple[str, bool, str | None] | None] = []

    async def note(row: UserFields, caller: Caller | None) -> None:
        seen.append(caller and (caller.operation, caller.over_http, caller.user_agent))

    async with world(sqlite_url, database_hooks=_user(before_create=note, after_create=note)) as w:
        ada = w.person("ada")
        ada.http.headers["user-agent"] = "Lynx"
        await ada.sign_up()
        await w.auth.api.sign_up_email(name="Bob", email="bob@people.test", password="correct horse")

        assert seen == [("sign_up_email", True, "Lynx")] * 2 + [("sign_up_email", False, None)] * 2

"""Sessions in the secondary storage: the layout, and what a session may rely on (sessions sheet §7)."""

import asyncio
import json
from datetime import datetime
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from sqlalchemy import delete, inspect

from fastapi_betterauth import (
    ABORT,
    Caller,
    ConfigurationError,
    CurrentSession,
    DatabaseHooks,
    MemoryStorage,
    SecondaryStorage,
    SessionFields,
    SessionOptions,
    TableHooks,
    current_session,
)
from fastapi_betterauth.plugins.admin import Admin
from fastapi_betterauth.plugins.multi_session import MultiSession
from tests.builders.answers import ALL_EXPIRED, SESSION, cookies_set, said
from tests.builders.world import Person, World, world

ALONE: dict[str, bool] = {}
COPIED = {"store_session_in_database": True}
PRESERVED = {"store_session_in_database": True, "preserve_session_in_database": True}
Kept = pytest.mark.parametrize("kept", [ALONE, COPIED, PRESERVED], ids=["alone", "copied", "preserved"])


def options(kept: dict[str, bool], **more: Any) -> SessionOptions[Any]:
    """Session options of a way of keeping sessions."""
    settings: dict[str, Any] = {**kept, **more}
    return SessionOptions(**settings)


async def entry(storage: SecondaryStorage, person: Person) -> dict[str, Any]:
    """What the key of somebody's session holds."""
    found: dict[str, Any] = json.loads(await storage.get(person.token) or "null")
    return found


async def listed(storage: SecondaryStorage, person: Person) -> list[dict[str, Any]]:
    """What the list of somebody's sessions holds."""
    found: list[dict[str, Any]] = json.loads(await storage.get(f"active-sessions-{person.user['id']}") or "[]")
    return found


def milliseconds(moment: str) -> int:
    """A moment of the wire as a number."""
    return round(datetime.fromisoformat(moment).timestamp() * 1000)


@pytest.mark.rule("sessions §7.1", "sessions §7 <token>", "sessions §7 active-sessions-<userId>")
@Kept
async def test_the_layout_is_the_reference_s(sqlite_url: str, storage: SecondaryStorage, kept: dict[str, bool]) -> None:
    """The bare token holds session and user as rows; the user's list holds tokens and ends, the first to end first."""
    async with world(sqlite_url, secondary_storage=storage, session=options(kept)) as w:
        ada = await w.sign_up("ada")
        other = await w.another_device(ada, rememberMe=False)
        told = (await ada.get("/get-session")).json()

        found = await entry(storage, ada)
        assert found["session"] == told["session"]
        assert found["user"] == told["user"]
        both = [
            {"token": p.token, "expiresAt": milliseconds((await entry(storage, p))["session"]["expiresAt"])}
            for p in (other, ada)
        ]
        assert await listed(storage, ada) == both


@pytest.mark.rule("sessions §7.7", "sessions §1 storeSessionInDatabase")
async def test_without_a_copy_there_is_no_table(database_url: str) -> None:
    """Neither the live database nor the metadata that Alembic reads has a table of sessions; with a copy both do."""
    for kept, expected in ((ALONE, False), (COPIED, True)):
        async with world(database_url, secondary_storage=MemoryStorage(), session=options(kept)) as w:
            await w.sign_up(f"ada{expected}")
            async with w.auth.database.engine.connect() as connection:
                tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())

            assert ("session" in tables) is expected
            assert ("session" in w.auth.metadata.tables) is expected


@pytest.mark.rule("sessions §7.2", "sessions §7.4")
@Kept
async def test_a_life_of_a_session(two_databases_url: str, storage: SecondaryStorage, kept: dict[str, bool]) -> None:
    """Sign-up, look, update, list, sign-out: the same answers as from the database."""
    async with world(two_databases_url, secondary_storage=storage, session=options(kept)) as w:
        ada = await w.sign_up("ada")
        other = await w.another_device(ada)

        assert [one["token"] for one in (await ada.get("/list-sessions")).json()] == [ada.token, other.token]
        assert said(await ada.post("/sign-out")) == (200, None)

        assert await storage.get(ada.token) is None
        assert [one["token"] for one in await listed(storage, ada)] == [other.token]
        ada.http.cookies.set(SESSION, "gone", domain="app.test")
        assert await ada.session() is None
        assert await other.session() is not None


@pytest.mark.case("SC-SESS-11")
@pytest.mark.rule("sessions §7.4", "sessions §7.5")
@Kept
@pytest.mark.parametrize("path", ["/revoke-session", "/revoke-sessions", "/revoke-other-sessions", "/change-password"])
async def test_who_is_revoked_is_out_at_once(
    sqlite_url: str, storage: SecondaryStorage, kept: dict[str, bool], path: str
) -> None:
    """Whichever way a device is signed out, its cookie is worth nothing to the next request."""
    async with world(sqlite_url, secondary_storage=storage, session=options(kept)) as w:
        ada = await w.sign_up("ada")
        other = await w.another_device(ada)
        body = {
            "token": other.token,
            "currentPassword": ada.password,
            "newPassword": "another password",
            "revokeOtherSessions": True,
        }

        assert (await ada.post(path, body)).status_code == 200

        answer = await other.get("/get-session")
        assert answer.json() is None
        assert cookies_set(answer) == ALL_EXPIRED
        assert await storage.get(other.token) is None


@pytest.mark.case("SC-SESS-10")
async def test_a_foreign_or_odd_token_ends_nothing(sqlite_url: str, storage: SecondaryStorage) -> None:
    """A key of another user's session, of a list or of another app is left alone, and not told apart."""
    async with world(sqlite_url, secondary_storage=storage) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        await storage.set("somebody else's", "value", 60)
        list_of_bob = f"active-sessions-{bob.user['id']}"

        for token in (bob.token, list_of_bob, "somebody else's"):
            assert (await ada.post("/revoke-session", {"token": token})).json() == {"status": True}
            assert await storage.get(token) is not None

        assert await bob.session() is not None


@pytest.mark.case("SC-SESS-12")
async def test_a_revoked_session_does_not_come_back(sqlite_url: str, storage: SecondaryStorage) -> None:
    """With a copy in the database, revocation ends both; neither one's memory brings the session back."""
    async with world(sqlite_url, secondary_storage=storage, session=options(COPIED)) as w:
        ada = await w.sign_up("ada")
        other = await w.another_device(ada)
        await ada.post("/revoke-other-sessions")

        assert await storage.get(other.token) is None
        assert [row["token"] for row in await w.rows("session")] == [ada.token]
        assert await other.session() is None


@pytest.mark.rule("sessions §7.2")
async def test_the_database_answers_for_what_was_forgotten(sqlite_url: str, storage: SecondaryStorage) -> None:
    """A copy is found when the key is gone (evicted, say); preserved rows are no copy."""
    for kept, found in ((COPIED, True), (PRESERVED, False)):
        async with world(sqlite_url, secondary_storage=storage, session=options(kept)) as w:
            ada = await w.sign_up(f"ada{found}")
            await storage.delete(ada.token)

            assert (await ada.session() is not None) is found


@pytest.mark.case("SC-SESS-24")
@pytest.mark.rule("sessions §7.4", "sessions §1 preserveSessionInDatabase")
async def test_preserved_rows_say_when_they_ended(sqlite_url: str, storage: SecondaryStorage) -> None:
    """Sign-out keeps the row, its end now; hooks hear of it once; the row opens nothing."""
    heard: list[str] = []

    async def hear(session: SessionFields, _caller: Caller | None) -> None:
        heard.append(session.token)

    hooks = DatabaseHooks(session=TableHooks(after_delete=hear))
    async with world(sqlite_url, secondary_storage=storage, session=options(PRESERVED), database_hooks=hooks) as w:
        ada = await w.sign_up("ada")
        other = await w.another_device(ada)
        await other.post("/sign-out")
        await ada.post("/revoke-other-sessions")
        await ada.post("/revoke-sessions")

        rows = {row["token"]: row for row in await w.rows("session")}
        assert set(rows) == {ada.token, other.token}
        assert all(row["expires_at"] <= w.clock() for row in rows.values())
        assert heard == [other.token, ada.token]
        assert await ada.session() is None


@pytest.mark.rule("sessions §7.3")
@Kept
async def test_a_renewal_moves_the_end_everywhere(
    sqlite_url: str, storage: SecondaryStorage, kept: dict[str, bool]
) -> None:
    """Key, list and row have the new end."""
    async with world(sqlite_url, secondary_storage=storage, session=options(kept)) as w:
        ada = await w.sign_up("ada")
        before = (await entry(storage, ada))["session"]["expiresAt"]
        w.clock.move(days=2)

        answer = await ada.get("/get-session")

        assert list(cookies_set(answer)) == [SESSION]
        after = answer.json()["session"]["expiresAt"]
        assert after > before
        assert (await entry(storage, ada))["session"]["expiresAt"] == after
        assert await listed(storage, ada) == [{"token": ada.token, "expiresAt": milliseconds(after)}]
        if kept:
            (row,) = await w.rows("session")
            assert round(row["expires_at"].timestamp() * 1000) == milliseconds(after)


@pytest.mark.case("SC-SESS-05")
@Kept
async def test_an_expired_entry_is_nobody(sqlite_url: str, storage: SecondaryStorage, kept: dict[str, bool]) -> None:
    """Whatever the store's own clock says, a session past its end is no session, and is cleaned up."""
    async with world(sqlite_url, secondary_storage=storage, session=options(kept)) as w:
        ada = await w.sign_up("ada")
        w.clock.move(days=8)

        answer = await ada.get("/get-session")

        assert answer.json() is None
        assert cookies_set(answer) == ALL_EXPIRED
        assert await storage.get(ada.token) is None


@pytest.mark.rule("sessions §7.6")
@Kept
async def test_entries_follow_the_user(sqlite_url: str, storage: SecondaryStorage, kept: dict[str, bool]) -> None:
    """A new name is in every session of the user at once."""
    async with world(sqlite_url, secondary_storage=storage, session=options(kept)) as w:
        ada = await w.sign_up("ada")
        other = await w.another_device(ada)

        await ada.post("/update-user", {"name": "Countess"})

        for person in (ada, other):
            assert (await entry(storage, person))["user"]["name"] == "Countess"
            found = await person.session()
            assert found is not None
            assert found["user"]["name"] == "Countess"


@pytest.mark.case("SC-SESS-13", "SC-SESS-14")
@Kept
async def test_deleted_and_banned_users_are_out(
    sqlite_url: str, storage: SecondaryStorage, kept: dict[str, bool]
) -> None:
    """Deletion and ban end every session, keys and list included."""
    async with world(sqlite_url, secondary_storage=storage, session=options(kept), plugins=[Admin()]) as w:
        ada, bob, admin = await w.sign_up("ada"), await w.sign_up("bob"), await w.sign_up("admin")
        devices = [await w.another_device(ada), await w.another_device(bob)]
        async with w.auth.database.engine.begin() as connection:
            users = w.auth.tables.user.table
            await connection.execute(users.update().where(users.c.id == admin.user["id"]).values(role="admin"))
        await storage.delete(admin.token)
        await admin.sign_in()

        assert (await ada.post("/delete-user", {"password": ada.password})).status_code == 200
        assert (await admin.post("/admin/ban-user", {"userId": bob.user["id"]})).status_code == 200

        for person in (*devices, ada, bob):
            assert await storage.get(person.token) is None
            assert (await person.get("/list-sessions")).status_code == 401
        assert await listed(storage, ada) == []
        assert await listed(storage, bob) == []


BROKEN = ["", "{", "null", "[]", '{"session":{}}', '{"session":null,"user":null}', '"text"', "\u0000", "[" * 100_000]


@pytest.mark.case("SC-SESS-20")
@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
async def test_a_broken_entry_is_nobody(sqlite_url: str, text: str) -> None:
    """What cannot be read is no session and no error; lists that cannot be read are begun anew."""
    storage = MemoryStorage()
    async with world(sqlite_url, secondary_storage=storage) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        await storage.set(ada.token, text)
        await storage.set(f"active-sessions-{bob.user['id']}", text)

        assert (await ada.get("/get-session")).json() is None
        assert (await bob.get("/list-sessions")).json() == []
        other = await w.another_device(bob)
        assert [one["token"] for one in (await bob.get("/list-sessions")).json()] == [other.token]


@pytest.mark.case("SC-SESS-20")
async def test_an_entry_of_somebody_else_is_not_believed(sqlite_url: str) -> None:
    """A key that holds another token's session, or a session beside another user, is nobody."""
    storage = MemoryStorage()
    async with world(sqlite_url, secondary_storage=storage) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        of_bob = await entry(storage, bob)
        mixed = {"session": (await entry(storage, ada))["session"], "user": of_bob["user"]}
        naive = {**of_bob, "session": {**of_bob["session"], "token": ada.token, "expiresAt": "2099-01-01T00:00:00"}}
        for planted in (of_bob, mixed, naive):
            await storage.set(ada.token, json.dumps(planted))

            assert await ada.session() is None
            ada.http.cookies.clear()
            await ada.sign_in()


@pytest.mark.case("SC-SESS-08")
@pytest.mark.parametrize("contenders", [2, 20])
async def test_no_session_is_lost_when_many_begin(sqlite_url: str, storage: SecondaryStorage, contenders: int) -> None:
    """Sign-ins at the same moment are all in the list, so that signing out everywhere ends them all."""
    async with world(sqlite_url, secondary_storage=storage) as w:
        ada = await w.sign_up("ada")
        devices = await asyncio.gather(*(w.another_device(ada) for _ in range(contenders)))

        assert {one["token"] for one in await listed(storage, ada)} == {ada.token, *(d.token for d in devices)}
        await ada.post("/revoke-sessions")

        assert [await device.session() for device in devices] == [None] * contenders


async def test_a_renewal_does_not_bring_a_revoked_session_back(sqlite_url: str, storage: SecondaryStorage) -> None:
    """Of a look that renews and a sign-out everywhere at the same moment, the sign-out wins."""
    async with world(sqlite_url, secondary_storage=storage) as w:
        ada = await w.sign_up("ada")
        other = await w.another_device(ada)
        w.clock.move(days=2)

        await asyncio.gather(*(ada.get("/get-session") for _ in range(10)), other.post("/revoke-sessions"))

        assert await storage.get(ada.token) is None
        assert await ada.session() is None


@pytest.mark.rule("security §6.4", "sessions §7.5")
@Kept
async def test_hooks_run_and_may_refuse(sqlite_url: str, storage: SecondaryStorage, kept: dict[str, bool]) -> None:
    """Creation, change and end are told; a hook that refuses an end leaves the session everywhere."""
    told: list[str] = []
    refusing = False

    async def created(_session: SessionFields, _caller: Caller | None) -> None:
        told.append("created")

    async def updated(_session: SessionFields, _caller: Caller | None) -> None:
        told.append("updated")

    async def deleting(_session: SessionFields, _caller: Caller | None) -> Any:
        return ABORT if refusing else None

    async def deleted(_session: SessionFields, _caller: Caller | None) -> None:
        told.append("deleted")

    hooks = DatabaseHooks(
        session=TableHooks(after_create=created, after_update=updated, before_delete=deleting, after_delete=deleted)
    )
    async with world(sqlite_url, secondary_storage=storage, session=options(kept), database_hooks=hooks) as w:
        ada = await w.sign_up("ada")
        w.clock.move(days=2)
        await ada.session()
        refusing = True
        await ada.post("/revoke-sessions")
        assert await ada.session() is not None
        refusing = False
        await ada.post("/sign-out")

        assert told == ["created", "updated", "deleted"]


@Kept
async def test_a_failed_request_leaves_all_as_it_was(
    sqlite_url: str, storage: SecondaryStorage, kept: dict[str, bool]
) -> None:
    """When the transaction fails, the session it began is gone and those that it ended are back."""
    failing = False

    async def fail(_user: Any, _caller: Caller | None) -> None:
        if failing:
            raise RuntimeError("a hook of the host's")

    hooks = DatabaseHooks(user=TableHooks(before_delete=fail))
    async with world(sqlite_url, secondary_storage=storage, session=options(kept), database_hooks=hooks) as w:
        ada = await w.sign_up("ada")
        failing = True

        answer = await ada.post("/delete-user", {"password": ada.password})

        assert answer.status_code == 500
        assert await ada.session() is not None
        assert [one["token"] for one in await listed(storage, ada)] == [ada.token]


async def test_guards_read_the_secondary_storage(sqlite_url: str, storage: SecondaryStorage) -> None:
    """A guarded route of the host's knows who is there, plugins with sessions of their own work."""
    app = FastAPI()

    @app.get("/me")
    def me(current: Annotated[CurrentSession, Depends(current_session)]) -> str:
        return current.user.email

    async with world(sqlite_url, app=app, secondary_storage=storage, plugins=[MultiSession()]) as w:
        ada = await w.sign_up("ada")

        assert (await ada.http.get("/me")).json() == ada.email
        (device,) = (await ada.get("/multi-session/list-device-sessions")).json()
        assert device["session"]["token"] == ada.token
        await storage.delete(ada.token)
        assert (await ada.http.get("/me")).status_code == 401


async def test_users_deleted_behind_our_back(sqlite_url: str, storage: SecondaryStorage) -> None:
    """With a copy, a session whose row went with its user is not renewed."""
    async with world(sqlite_url, secondary_storage=storage, session=options(COPIED)) as w:
        ada = await w.sign_up("ada")
        async with w.auth.database.engine.begin() as connection:
            await connection.execute(delete(w.auth.tables.user.table))
        w.clock.move(days=2)

        assert said(await ada.get("/get-session")) == (401, "FAILED_TO_GET_SESSION")


def test_there_must_be_something_to_preserve() -> None:
    """The option alone is refused by name."""
    with pytest.raises(ConfigurationError, match="preserve_session_in_database"):
        SessionOptions(preserve_session_in_database=True)


@pytest.mark.case("SC-CACHE-02")
@Kept
async def test_who_changes_while_signing_in_is_shown_as_they_are(
    sqlite_url: str, storage: SecondaryStorage, kept: dict[str, bool]
) -> None:
    """A role that is taken away between the password and the session is not in the session."""
    worlds: list[World] = []

    async def demote(_session: SessionFields, _caller: Caller | None) -> None:
        if worlds:
            async with worlds[0].auth.database.engine.begin() as connection:
                await connection.execute(worlds[0].auth.tables.user.table.update().values(name="Demoted"))

    hooks = DatabaseHooks(session=TableHooks(before_create=demote))
    async with world(sqlite_url, secondary_storage=storage, session=options(kept), database_hooks=hooks) as w:
        ada = await w.sign_up("ada")
        worlds.append(w)

        device = await w.another_device(ada)

        assert (await entry(storage, device))["user"]["name"] == "Demoted"

"""Other people's sessions, and becoming somebody else."""

from datetime import timedelta
from typing import Any

import pytest

from fastapi_betterauth.plugins.admin import ADMIN_ROLE, Admin, role
from tests.builders.world import PASSWORD, Person, World

from .people import managed_world, root_and_alice


async def _become(root: Person, other: Person) -> dict[str, Any]:
    answer = await root.post("/admin/impersonate-user", {"userId": other.user["id"]})
    assert answer.status_code == 200, answer.text
    begun: dict[str, Any] = answer.json()
    return begun


@pytest.mark.rule("admin §4", "admin §5.18")
async def test_sessions_are_listed_and_revoked(database_url: str) -> None:
    """One, or all of a user; unknown tokens are not told apart."""
    async with managed_world(database_url) as w:
        root, alice = await root_and_alice(w)
        phone = await w.another_device(alice)
        listed = await root.post("/admin/list-user-sessions", {"userId": alice.user["id"]})
        one = await root.post("/admin/revoke-user-session", {"sessionToken": alice.token})
        nothing = await root.post("/admin/revoke-user-session", {"sessionToken": "nothing"})
        left = await phone.session()
        every = await root.post("/admin/revoke-user-sessions", {"userId": alice.user["id"]})

        assert {s["token"] for s in listed.json()["sessions"]} == {alice.token, phone.token}
        assert one.json() == nothing.json() == every.json() == {"success": True}
        assert left is not None
        assert (await alice.session(), await phone.session()) == (None, None)
        assert await root.session() is not None


@pytest.mark.case("SC-ADMIN-11")
@pytest.mark.rule("admin §6.3", "admin §6.4", "admin §6.5", "admin §6.7", "admin §5.20")
async def test_an_admin_becomes_somebody_else_and_comes_back(database_url: str) -> None:
    """For an hour; the admin's session waits; the user's own list hides it, the admins' shows it."""
    async with managed_world(database_url) as w:
        root, alice = await root_and_alice(w)
        begun = await _become(root, alice)
        as_alice = await root.session()
        hidden = await alice.get("/list-sessions")
        powers = await root.get("/admin/list-users")
        back = await root.post("/admin/stop-impersonating")
        again = await root.session()

        assert (begun["user"]["id"], begun["session"]["impersonatedBy"]) == (alice.user["id"], root.user["id"])
        assert (as_alice or {})["user"]["id"] == alice.user["id"]
        assert [s["token"] for s in hidden.json()] == [alice.token]
        assert powers.status_code == 403
        assert back.json()["session"]["token"] == root.token
        assert (again or {})["user"]["id"] == root.user["id"]
        assert begun["session"]["token"] not in {row["token"] for row in await w.rows("session")}
        assert root.cookie("better-auth.admin_session") is None


@pytest.mark.case("SC-ADMIN-08")
@pytest.mark.rule("admin §6.1", "admin §6.2", "admin §1 allowImpersonatingAdmins")
async def test_whom_nobody_impersonates(two_databases_url: str) -> None:
    """Other admins (unless a role or the option allows it), banned people, nobody at all."""
    async with managed_world(two_databases_url) as w:
        root, alice = await root_and_alice(w)
        other = await w.sign_up("root2")
        await root.post("/admin/ban-user", {"userId": alice.user["id"]})
        refused = [
            await root.post("/admin/impersonate-user", {"userId": who})
            for who in (other.user["id"], root.user["id"], alice.user["id"], "nobody")
        ]

        assert [(a.status_code, a.json()["code"]) for a in refused] == [
            (403, "YOU_CANNOT_IMPERSONATE_ADMINS"),
            (403, "YOU_CANNOT_IMPERSONATE_ADMINS"),
            (403, "BANNED_USER"),
            (404, "USER_NOT_FOUND"),
        ]
        assert (await root.session() or {})["user"]["id"] == root.user["id"]


@pytest.mark.rule("admin §6.2")
@pytest.mark.parametrize(
    "given",
    [
        {"allow_impersonating_admins": True},
        {"roles": {"admin": role({"user": [*ADMIN_ROLE.statements["user"], "impersonate-admins"]})}},
    ],
    ids=["option", "permission"],
)
async def test_admins_can_be_impersonated_on_purpose(sqlite_url: str, given: dict[str, Any]) -> None:
    """By the option, or by the permission."""
    async with managed_world(sqlite_url, Admin(**given)) as w:
        root, other = await w.sign_up("root"), await w.sign_up("root2")

        assert (await _become(root, other))["user"]["id"] == other.user["id"]


@pytest.mark.case("SC-ADMIN-09")
@pytest.mark.rule("admin §6.9", "admin §1 impersonationSessionDuration")
async def test_an_impersonation_ends_on_time(two_databases_url: str) -> None:
    """Also when the browser forgets that it must not be renewed, and however often it is used."""
    async with managed_world(two_databases_url, Admin(impersonation_session_duration=timedelta(days=6))) as w:
        root, alice = await root_and_alice(w)
        await _become(root, alice)
        root.http.cookies.delete("better-auth.dont_remember")
        for _ in range(5):
            w.clock.move(days=1)
            assert await root.session() is not None
        w.clock.move(days=1)

        assert await root.session() is None


@pytest.mark.case("SC-ADMIN-09")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/change-password", {"currentPassword": PASSWORD, "newPassword": "a new password"}),
        ("/change-email", {"newEmail": "taken@over.test"}),
        ("/delete-user", {"password": PASSWORD}),
        ("/unlink-account", {"accountId": "x"}),
        ("/admin/set-role", {"userId": "x", "role": "admin"}),
    ],
)
async def test_an_impersonator_cannot_take_the_account(sqlite_url: str, path: str, body: dict[str, Any]) -> None:
    """What lets the user in stays as it is, and the session keeps its mark."""
    async with managed_world(sqlite_url) as w:
        root, alice = await root_and_alice(w)
        await _become(root, alice)
        before = await w.snapshot()

        answer = await root.post(path, body)
        mark = await root.post("/update-session", {"impersonatedBy": None})

        assert answer.status_code == 403
        assert mark.status_code == 400
        assert await w.snapshot() == before


async def _forged(w: World, root: Person, value: str) -> None:
    root.http.cookies.delete("better-auth.admin_session")
    root.http.cookies.set("better-auth.admin_session", w.auth.runtime.signer.sign(value), domain="app.test")


@pytest.mark.case("SC-ADMIN-10")
@pytest.mark.rule("admin §6.7", "admin §6.8")
async def test_only_the_own_admin_session_comes_back(two_databases_url: str) -> None:
    """Another admin's, a revoked one, or none: the impersonation goes on, and nobody is made an admin."""
    async with managed_world(two_databases_url) as w:
        root, alice = await root_and_alice(w)
        other = await w.sign_up("root2")
        await _become(root, alice)
        await _forged(w, root, f"{other.token}:")
        others = await root.post("/admin/stop-impersonating")
        root.http.cookies.delete("better-auth.admin_session")
        missing = await root.post("/admin/stop-impersonating")
        await _forged(w, root, f"{root.token}:")
        await other.post("/admin/revoke-user-session", {"sessionToken": root.token})
        revoked = await root.post("/admin/stop-impersonating")

        assert [a.status_code for a in (others, missing, revoked)] == [500, 500, 500]
        assert (await root.session() or {})["user"]["id"] == alice.user["id"]


@pytest.mark.rule("admin §4", "admin §6.7")
async def test_who_impersonates_nobody_cannot_stop(sqlite_url: str) -> None:
    """400 without a code; strangers get 401."""
    async with managed_world(sqlite_url) as w:
        root = await w.sign_up("root")

        own = await root.post("/admin/stop-impersonating")
        stranger = await w.person().post("/admin/stop-impersonating")

        assert (own.status_code, own.json()) == (400, {"message": "You are not impersonating anyone"})
        assert (stranger.status_code, stranger.content) == (401, b"")

"""Bans: no session begins, those there were end."""

from datetime import timedelta

import pytest

from fastapi_betterauth.plugins.admin import Admin

from .people import managed_world, root_and_alice, user_row

MESSAGE = "You have been banned from this application. Please contact support if you believe this is an error."


@pytest.mark.case("SC-ADMIN-07", "SC-SESS-14")
@pytest.mark.rule("admin §5.12", "admin §5.13", "admin §5.14", "admin §1 bannedUserMessage")
async def test_a_ban_ends_sessions_and_keeps_new_ones_away(database_url: str) -> None:
    """Until it is lifted; who does not know the password does not learn of it."""
    async with managed_world(database_url) as w:
        root, alice = await root_and_alice(w)
        banned = await root.post("/admin/ban-user", {"userId": alice.user["id"], "banReason": "Spam"})
        ended = await alice.session()
        refused = await alice.sign_in()
        alice.password, right = "wrong password", alice.password
        guess = await alice.sign_in()
        alice.password = right
        lifted = await root.post("/admin/unban-user", {"userId": alice.user["id"]})

        shown = banned.json()["user"]
        assert (shown["banned"], shown["banReason"], shown["banExpires"]) == (True, "Spam", None)
        assert ended is None
        assert (refused.status_code, refused.json()) == (403, {"message": MESSAGE, "code": "BANNED_USER"})
        assert guess.json()["code"] == "INVALID_EMAIL_OR_PASSWORD"
        assert (lifted.json()["user"]["banned"], lifted.json()["user"]["banReason"]) == (False, None)
        assert (await alice.sign_in()).status_code == 200


@pytest.mark.rule("admin §5.14", "admin §5.12")
async def test_a_ban_runs_out(database_url: str) -> None:
    """The columns are cleared when somebody signs in."""
    async with managed_world(database_url) as w:
        root, alice = await root_and_alice(w)
        banned = await root.post("/admin/ban-user", {"userId": alice.user["id"], "banExpiresIn": 3600})
        w.clock.move(seconds=3590)
        within = await alice.sign_in()
        w.clock.move(seconds=11)
        after = await alice.sign_in()

        assert banned.json()["user"]["banReason"] == "No reason"
        assert (within.status_code, after.status_code) == (403, 200)
        row = await user_row(w, alice)
        assert (row["banned"], row["ban_reason"], row["ban_expires"]) == (False, None, None)


@pytest.mark.rule("admin §1 defaultBanReason", "admin §1 defaultBanExpiresIn", "admin §5.12")
async def test_defaults_of_a_ban(sqlite_url: str) -> None:
    """The options fill what the request leaves out; an empty reason and zero seconds count as left out."""
    async with managed_world(sqlite_url, Admin(default_ban_reason="Rules", default_ban_expires_in=60)) as w:
        root, alice = await root_and_alice(w)
        body = {"userId": alice.user["id"], "banReason": "", "banExpiresIn": 0}

        earliest = w.clock() + timedelta(seconds=59)
        await root.post("/admin/ban-user", body)

        row = await user_row(w, alice)
        assert row["ban_reason"] == "Rules"
        assert earliest < row["ban_expires"] <= w.clock() + timedelta(seconds=60)


@pytest.mark.case("SC-ADMIN-06", "SC-ADMIN-07")
@pytest.mark.rule("admin §5.1")
async def test_bans_that_are_refused(sqlite_url: str) -> None:
    """Of nobody, of oneself, and with lengths that are none."""
    async with managed_world(sqlite_url) as w:
        root, alice = await root_and_alice(w)
        before = await w.snapshot()
        answers = [
            await root.post("/admin/ban-user", {"userId": "nobody"}),
            await root.post("/admin/ban-user", {"userId": root.user["id"]}),
            await root.post("/admin/ban-user", {"userId": alice.user["id"], "banExpiresIn": "soon"}),
            await root.post("/admin/ban-user", {"userId": alice.user["id"], "banExpiresIn": -5}),
            await root.post("/admin/ban-user", {"userId": alice.user["id"], "banExpiresIn": 1e300}),
            await root.post("/admin/update-user", {"userId": root.user["id"], "data": {"banned": True}}),
        ]

        assert [a.json()["code"] for a in answers] == [
            "USER_NOT_FOUND",
            "YOU_CANNOT_BAN_YOURSELF",
            "VALIDATION_ERROR",
            "VALIDATION_ERROR",
            "VALIDATION_ERROR",
            "YOU_CANNOT_BAN_YOURSELF",
        ]
        assert await w.snapshot() == before


@pytest.mark.rule("admin §5.7")
async def test_a_ban_through_an_update_ends_sessions_as_well(sqlite_url: str) -> None:
    """``banned: true`` in update-user."""
    async with managed_world(sqlite_url) as w:
        root, alice = await root_and_alice(w)

        await root.post("/admin/update-user", {"userId": alice.user["id"], "data": {"banned": True}})

        assert await alice.session() is None
        assert (await alice.sign_in()).json()["code"] == "BANNED_USER"

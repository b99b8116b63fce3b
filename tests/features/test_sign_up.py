"""Sign-up with e-mail and password (e-mail sheet §2)."""

import pytest

from tests.builders.world import world


@pytest.mark.rule("email-password §2.5")
async def test_sign_up_writes_user_account_and_session(database_url: str) -> None:
    """A sign-up leaves exactly one user, one password account and one session."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")

        users, accounts, sessions = await w.rows("user"), await w.rows("account"), await w.rows("session")

        assert [user["email"] for user in users] == [ada.email]
        assert [(a["provider_id"], a["account_id"], a["user_id"]) for a in accounts] == [
            ("credential", ada.user["id"], ada.user["id"])
        ]
        assert [session["token"] for session in sessions] == [ada.token]

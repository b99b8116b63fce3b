"""Changing one's address (e-mail sheet §8.2, §7.5)."""

from typing import Any

import pytest

from tests.builders.answers import ALL_EXPIRED, REMEMBERED, SESSION, UNTIL_CLOSED, cookies_set, said
from tests.builders.world import Person, World, world

NEW = "new@people.test"
CONFIRM, VERIFY = "change-email-confirmation", "change-email-verification"


async def _verify(w: World, person: Person) -> None:
    """Verify the person's present address; forget the mails."""
    await person.post("/send-verification-email", {"email": person.email})
    token = (await w.settled()).last(person.email, "verify").token
    assert (await person.get("/verify-email", params={"token": token})).status_code == 200
    w.outbox.sent.clear()


async def _ask(person: Person, **more: Any) -> Any:
    return await person.post("/change-email", {"newEmail": NEW, **more})


async def _sent(w: World) -> list[tuple[str, str]]:
    return [(mail.kind, mail.to) for mail in (await w.settled()).sent]


def _claims(w: World, token: str) -> dict[str, Any]:
    read = w.auth.runtime.tokens.read(token)
    return {name: read[name] for name in read if name not in ("iat", "exp")}


async def _addresses(w: World) -> list[tuple[str, bool]]:
    return sorted((row["email"], row["email_verified"]) for row in await w.rows("user"))


@pytest.mark.rule("email-password §8 change-email", "email-password §1 changeEmail.enabled")
async def test_addresses_change_only_where_it_is_switched_on(sqlite_url: str) -> None:
    """Off, which is the default, it is a 400; without a session a 401."""
    async with world(sqlite_url, change_email={"enabled": False}) as w:
        ada = await w.sign_up("ada")
        off, nobody = await _ask(ada), await _ask(w.person())

        assert (off.status_code, off.json()) == (
            400,
            {"message": "Change email is disabled", "code": "CHANGE_EMAIL_DISABLED"},
        )
        assert said(nobody) == (401, "UNAUTHORIZED")


@pytest.mark.rule("email-password §8 change-email")
@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"newEmail": "ADA@people.test"}, {"message": "Email is the same"}),
        (
            {"newEmail": "no address"},
            {"message": "[body.newEmail] Invalid email address", "code": "VALIDATION_ERROR"},
        ),
        (
            {},
            {
                "message": "[body.newEmail] Invalid input: expected string, received undefined",
                "code": "VALIDATION_ERROR",
            },
        ),
    ],
)
async def test_another_address_is_needed(sqlite_url: str, body: dict[str, str], answer: dict[str, str]) -> None:
    """The present address, in whatever case, and what is no address are refused."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        refused = await ada.post("/change-email", body)

        assert (refused.status_code, refused.json()) == (400, answer)
        assert await _sent(w) == []


@pytest.mark.rule(
    "email-password §8.2",
    "email-password §1 changeEmail.updateEmailWithoutVerification",
    "email-password §1 changeEmail.sendChangeEmailConfirmation",
)
@pytest.mark.parametrize("taken", [False, True])
@pytest.mark.parametrize(
    ("verified", "at_once", "sender", "confirmer", "outcome"),
    [
        (False, True, True, True, "changed, mail to new"),
        (False, True, False, True, "changed"),
        (False, False, True, True, "link to new"),
        (False, False, False, True, "refused"),
        (True, False, True, True, "link to current"),
        (True, True, True, True, "link to current"),
        (True, False, True, False, "link to new"),
        (True, True, False, True, "refused"),
        (True, False, False, False, "refused"),
    ],
)
async def test_the_table_of_decisions(
    sqlite_url: str, *, verified: bool, at_once: bool, sender: bool, confirmer: bool, outcome: str, taken: bool
) -> None:
    """Who gets which mail, and what changes at once; a taken address answers alike, and nothing happens."""
    async with world(sqlite_url) as before:
        ada = await before.sign_up("ada")
        if taken:
            await before.sign_up("new")
        if verified:
            await _verify(before, ada)
    options: dict[str, Any] = {
        "change_email": {"update_email_without_verification": at_once}
        | ({} if confirmer else {"send_change_email_confirmation": None}),
        "verification": {} if sender else {"send_verification_email": None},
    }
    async with world(sqlite_url, **options) as w:
        ada = w.person("ada")
        await ada.sign_in()
        answer = await _ask(ada, callbackURL="/settings")

        changed = outcome.startswith("changed") and not taken
        expected = {"message": "Verification email isn't enabled"} if outcome == "refused" else {"status": True}
        assert (answer.status_code, answer.json()) == (400 if outcome == "refused" else 200, expected)
        assert cookies_set(answer) == ({SESSION: REMEMBERED} if changed else {})
        assert ((NEW, False) in await _addresses(w)) is (changed or taken)
        assert ((ada.email, verified) in await _addresses(w)) is not changed
        sent = {
            "changed, mail to new": [("verify", NEW)],
            "link to new": [("verify", NEW)],
            "link to current": [("confirm-change", ada.email)],
        }
        assert await _sent(w) == ([] if taken else sent.get(outcome, []))


@pytest.mark.rule("email-password §8.2", "email-password §11 change-email")
async def test_an_unverified_address_may_change_at_once(database_url: str) -> None:
    """The row changes and stays unverified, every device sees it, and a plain link goes to the new address."""
    async with world(database_url, change_email={"update_email_without_verification": True}) as w:
        ada = await w.sign_up("ada", rememberMe=False)
        phone = await w.another_device(ada)
        answer = await ada.post("/change-email", {"newEmail": NEW.upper(), "callbackURL": "/settings"})
        mail = (await w.settled()).last(NEW, "verify")

        assert (answer.json(), cookies_set(answer)) == ({"status": True}, {SESSION: UNTIL_CLOSED})
        assert await _addresses(w) == [(NEW, False)]
        assert [(await device.session() or {})["user"]["email"] for device in (ada, phone)] == [NEW, NEW]
        assert _claims(w, mail.token) == {"email": NEW}
        assert mail.url.endswith("&callbackURL=%2Fsettings")
        ada.email = NEW
        assert said(await ada.sign_in()) == (200, None)


@pytest.mark.rule("email-password §7.5", "email-password §8.2", "email-password §7.1")
async def test_each_link_says_what_it_is_for(database_url: str) -> None:
    """The one to the current address asks, the one to the new address verifies; both carry both addresses."""
    async with world(database_url, verification={"expires_in": 120}) as w:
        ada = await w.sign_up("ada")
        await _verify(w, ada)
        await ada.post("/change-email", {"newEmail": NEW.upper(), "callbackURL": "/settings"})
        asking = (await w.settled()).last(ada.email, "confirm-change")
        await w.person().http.get(asking.url)
        verifying = (await w.settled()).last(NEW, "verify")

        assert _claims(w, asking.token) == {"email": ada.email, "updateTo": NEW, "requestType": CONFIRM}
        assert (asking.mail.new_email, asking.mail.user.email) == (NEW, ada.email)
        assert _claims(w, verifying.token) == {"email": ada.email, "updateTo": NEW, "requestType": VERIFY}
        assert (verifying.mail.user.email, verifying.mail.user.id) == (NEW, ada.user["id"])
        assert verifying.url == f"{w.base}/api/auth/verify-email?token={verifying.token}&callbackURL=%2Fsettings"
        assert await w.rows("verification") == []
        w.clock.move(seconds=121)
        answers = [await ada.get("/verify-email", params={"token": mail.token}) for mail in (asking, verifying)]
        assert [said(answer) for answer in answers] == [(401, "TOKEN_EXPIRED")] * 2


@pytest.mark.rule("email-password guards sensitive", "email-password §11 guarded")
async def test_an_ended_session_changes_nothing(sqlite_url: str) -> None:
    """Ended elsewhere, the session opens nothing, and the browser is told to forget it."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        phone = await w.another_device(ada)
        await phone.post("/revoke-other-sessions")
        answer = await _ask(ada)

        assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized", "code": "UNAUTHORIZED"})
        assert (cookies_set(answer), await _sent(w)) == (ALL_EXPIRED, [])

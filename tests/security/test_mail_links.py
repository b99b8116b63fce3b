"""Attacks on verification links and on changing one's address."""

import base64
import json
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from fastapi_betterauth.crypto.secret import Secret, SecretKeys
from fastapi_betterauth.crypto.tokens import TokenSigner
from tests.builders.world import SECRET, World, world


async def _verified(w: World) -> bool:
    return bool((await w.rows("user"))[0]["email_verified"])


def _forged(w: World, email: str) -> dict[str, str]:
    """Tokens that are not ours, or not for this."""
    now = int(w.clock().timestamp())
    claims = {"email": email, "iat": now, "exp": now + 3600}
    part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()  # noqa: E731 - local and tiny
    other = TokenSigner(SecretKeys(current=Secret("z9" * 32)), w.clock)
    key = OctKey.import_key(SECRET.encode())
    return {
        "none": f"{part({'alg': 'none'})}.{part(claims)}.",
        "other secret": other.issue({"email": email}, expires_in=timedelta(hours=1)),
        "no expiry": jwt.encode({"alg": "HS256"}, {"email": email}, key, algorithms=["HS256"]),
        "other algorithm": jwt.encode({"alg": "HS512"}, claims, key, algorithms=["HS512"]),
        "other type": jwt.encode({"alg": "HS256", "typ": "at+jwt"}, claims, key, algorithms=["HS256"]),
        "other purpose": w.auth.runtime.tokens.issue({"email": email, "sub": "x"}, expires_in=timedelta(hours=1)),
        "unknown request": w.auth.runtime.tokens.issue(
            {"email": email, "requestType": "delete-account"}, expires_in=timedelta(hours=1)
        ),
    }


@pytest.mark.case("SC-MAIL-01", "SC-MAIL-02")
@pytest.mark.rule("email-password §7.1")
async def test_forged_links_verify_nothing(sqlite_url: str) -> None:
    """Other algorithm, secret, type or purpose, no expiry: 401 INVALID_TOKEN, and the flag stays."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")

        for token in _forged(w, ada.email).values():
            answer = await w.person().get(f"/verify-email?token={token}")
            assert (answer.status_code, answer.json()["code"]) == (401, "INVALID_TOKEN")
        assert not await _verified(w)


@pytest.mark.case("SC-MAIL-03")
@pytest.mark.rule("email-password §7 verify-email")
async def test_a_link_for_an_old_address_verifies_nothing(database_url: str) -> None:
    """After the address has changed, a link for the old one is of no user."""
    async with world(database_url, change_email={"update_email_without_verification": True}) as w:
        ada = await w.sign_up("ada")
        await ada.post("/send-verification-email", {"email": ada.email})
        old = (await w.settled()).last(ada.email, "verify").token
        await ada.post("/change-email", {"newEmail": "new@people.test"})
        answer = await w.person().get(f"/verify-email?token={old}")

        assert (answer.status_code, answer.json()["code"]) == (401, "USER_NOT_FOUND")
        assert not await _verified(w)


@pytest.mark.case("SC-MAIL-04")
@pytest.mark.rule("email-password §7.4")
async def test_somebody_elses_link_does_not_mix_people(database_url: str) -> None:
    """Who follows another person's link keeps their own session, and is not that person."""
    async with world(database_url) as w:
        ada, victim = await w.sign_up("ada"), await w.sign_up("victim")
        await ada.post("/send-verification-email", {"email": ada.email})
        token = (await w.settled()).last(ada.email, "verify").token
        await victim.get(f"/verify-email?token={token}")

        assert (await victim.session() or {})["user"]["email"] == victim.email


@pytest.mark.case("SC-MAIL-06", "SC-PW-07")
@pytest.mark.rule("email-password §7.2")
async def test_strangers_learn_nothing_from_asking_for_a_link(database_url: str) -> None:
    """Known, unknown and verified addresses get one answer; only the unverified one gets a mail."""
    async with world(database_url) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        await ada.post("/send-verification-email", {"email": ada.email})
        await ada.get(f"/verify-email?token={(await w.settled()).last(ada.email, 'verify').token}")
        w.outbox.sent.clear()
        asked = [ada.email, bob.email, "nobody@people.test"]
        answers = [await w.person().post("/send-verification-email", {"email": email}) for email in asked]

        assert {(a.status_code, a.text, tuple(sorted(a.headers))) for a in answers} == {
            (200, '{"status":true}', tuple(sorted(answers[0].headers)))
        }
        assert [m.to for m in (await w.settled()).sent] == [bob.email]


@pytest.mark.case("SC-MAIL-07")
@pytest.mark.rule("email-password §7.5", "email-password §8.2")
async def test_a_verified_address_changes_after_both_mailboxes_agreed(database_url: str) -> None:
    """The current address is asked first, then the new one; only then does the address change."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        await ada.post("/send-verification-email", {"email": ada.email})
        await ada.get(f"/verify-email?token={(await w.settled()).last(ada.email, 'verify').token}")
        await ada.post("/change-email", {"newEmail": "new@people.test"})
        first = (await w.settled()).last(ada.email, "confirm-change").token
        assert w.outbox.to("new@people.test") == []
        await ada.get(f"/verify-email?token={first}")
        second = (await w.settled()).last("new@people.test", "verify").token
        between = (await ada.session() or {})["user"]["email"]
        await ada.get(f"/verify-email?token={second}")

        assert between == ada.email
        assert (await ada.session() or {})["user"] | {"updatedAt": ""} == ada.user | {
            "email": "new@people.test",
            "emailVerified": True,
            "updatedAt": "",
        }


@pytest.mark.case("SC-MAIL-08")
@pytest.mark.rule("email-password §8.2")
async def test_a_taken_address_is_not_told_from_a_free_one(database_url: str) -> None:
    """Changing to a taken address answers as usual; nothing changes and nothing is sent."""
    async with world(database_url) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        before = await w.snapshot()
        taken = await ada.post("/change-email", {"newEmail": bob.email})
        free = await ada.post("/change-email", {"newEmail": "free@people.test"})

        assert (taken.status_code, taken.text) == (free.status_code, free.text)
        assert await w.snapshot() == before
        assert [m.to for m in (await w.settled()).sent] == ["free@people.test"]


@pytest.mark.case("SC-MAIL-10", "SC-ACCT-01")
@pytest.mark.rule("email-password §8.1", "email-password §8 update-user")
async def test_profile_updates_cannot_touch_the_address(database_url: str) -> None:
    """``email`` in an update is refused, ``emailVerified`` and other core columns are ignored."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        before = await w.snapshot()
        email = await ada.post("/update-user", {"email": "mine@people.test"})
        flags = await ada.post("/update-user", {"emailVerified": True, "id": "x", "createdAt": "2000-01-01T00:00:00Z"})

        assert (email.status_code, email.json()["code"]) == (400, "EMAIL_CAN_NOT_BE_UPDATED")
        assert (flags.status_code, flags.json()) == (400, {"message": "No fields to update"})
        assert await w.snapshot() == before


@pytest.mark.case("SC-MAIL-11")
async def test_mail_scanners_do_no_harm(sqlite_url: str) -> None:
    """A link that is opened twice verifies once; HEAD does nothing; nobody is signed in by it."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        await ada.post("/send-verification-email", {"email": ada.email})
        link = f"/verify-email?token={(await w.settled()).last(ada.email, 'verify').token}"
        scanner = w.person()
        head = await scanner.http.head(f"/api/auth{link}")
        unchanged = not await _verified(w)
        first, second = await scanner.get(link), await scanner.get(link)

        assert (head.status_code, unchanged) == (404, True)
        assert (first.status_code, second.status_code) == (200, 200)
        assert await scanner.session() is None

"""Proving an address by a mailed link (e-mail sheet §7, without changes of address)."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from fastapi_betterauth import APIError, ErrorCode, UserFields, VerificationMail
from fastapi_betterauth.crypto.tokens import TokenSigner
from tests.builders.answers import REMEMBERED, SESSION, cookies_set, said
from tests.builders.world import Person, World, world

ASK = "/send-verification-email"
STAY = ErrorCode("STAY_UNVERIFIED", "Not today")


async def _link(w: World, person: Person, callback: str | None = None) -> str:
    """Have a link mailed; returns its token."""
    body = {"email": person.email} | ({} if callback is None else {"callbackURL": callback})
    assert (await person.post(ASK, body)).json() == {"status": True}
    return (await w.settled()).last(person.email, "verify").token


async def _verified(w: World) -> list[bool]:
    return [row["email_verified"] for row in await w.rows("user")]


@pytest.mark.rule("email-password §7 send-verification-email", "email-password §1 sendVerificationEmail")
async def test_without_a_mailer_addresses_cannot_be_verified(sqlite_url: str) -> None:
    """No sender: 400 with or without a session, before anything else is looked at."""
    async with world(sqlite_url, verification={"send_verification_email": None}) as w:
        ada = await w.sign_up("ada")
        answers = [await person.post(ASK, {"email": "other@people.test"}) for person in (ada, w.person())]

        body = {"message": "Verification email isn't enabled", "code": "VERIFICATION_EMAIL_NOT_ENABLED"}
        assert [(a.status_code, a.json()) for a in answers] == [(400, body)] * 2


@pytest.mark.rule("email-password §7 send-verification-email")
@pytest.mark.parametrize("body", [{}, {"email": "nobody"}, {"email": 5}, {"email": "a@x.test", "callbackURL": 5}])
async def test_the_body_is_validated(sqlite_url: str, body: dict[str, Any]) -> None:
    """An address is needed, in the accepted syntax."""
    async with world(sqlite_url) as w:
        answer = await w.person().post(ASK, body)

        assert answer.status_code == 400
        assert (await w.settled()).sent == []


@pytest.mark.rule("email-password §7.3", "email-password §7 send-verification-email")
async def test_one_asks_for_ones_own_link_only(sqlite_url: str) -> None:
    """With a session: one's own address, in any case, while it is unverified."""
    async with world(sqlite_url) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        foreign = await ada.post(ASK, {"email": bob.email})
        own = await ada.post(ASK, {"email": ada.email.upper()})
        await ada.get("/verify-email", params={"token": (await w.settled()).last(ada.email).token})
        again = await ada.post(ASK, {"email": ada.email})

        assert said(foreign) == (400, "EMAIL_MISMATCH")
        assert (own.status_code, own.json(), cookies_set(own)) == (200, {"status": True}, {})
        assert said(again) == (400, "EMAIL_ALREADY_VERIFIED")
        assert [(m.kind, m.to) for m in w.outbox.sent] == [("verify", ada.email)]


@pytest.mark.rule("email-password §7.1")
async def test_a_link_carries_the_address_and_its_end(sqlite_url: str) -> None:
    """The token names the address in lower case and when it was made and ends; nothing is stored."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        await ada.post(ASK, {"email": ada.email.upper(), "callbackURL": "/in?x=1"})
        mail = (await w.settled()).last(ada.email, "verify")

        claims = w.auth.runtime.tokens.read(mail.token)
        assert {name: claims[name] for name in claims if name not in ("iat", "exp")} == {"email": ada.email}
        assert claims["exp"] == claims["iat"] + 3600
        assert mail.url == f"{w.base}/api/auth/verify-email?token={mail.token}&callbackURL=%2Fin%3Fx%3D1"
        assert await w.rows("verification") == []


@pytest.mark.rule("email-password §7.1", "email-password §1 expiresIn")
@pytest.mark.parametrize("expires_in", [None, 60, timedelta(days=2)])
async def test_a_link_ends(sqlite_url: str, expires_in: Any) -> None:
    """After its hour, or whatever the host says, a link is worth nothing, and says so."""
    options = {} if expires_in is None else {"expires_in": expires_in}
    lifetime = {None: timedelta(hours=1), 60: timedelta(minutes=1)}.get(expires_in, expires_in)

    async with world(sqlite_url, verification=options) as w:
        ada = await w.sign_up("ada")
        token = await _link(w, ada)
        w.clock.move(seconds=lifetime.total_seconds() + 1)
        late = await ada.get("/verify-email", params={"token": token})
        w.clock.move(seconds=-10)
        in_time = await ada.get("/verify-email", params={"token": token})

        assert (late.status_code, late.json()) == (401, {"message": "Token expired", "code": "TOKEN_EXPIRED"})
        assert said(in_time) == (200, None)


@pytest.mark.rule("email-password §7.1", "email-password §7.4")
async def test_a_link_is_not_used_up(database_url: str) -> None:
    """Followed twice a link answers alike; the second time nothing changes and no callback is called."""
    seen: list[str] = []

    async def note(user: UserFields) -> None:
        seen.append(user.email)

    options = {"before_email_verification": note, "after_email_verification": note}
    async with world(database_url, verification=options) as w:
        ada = await w.sign_up("ada")
        token = await _link(w, ada)
        first = await w.person().get("/verify-email", params={"token": token})
        before = await w.snapshot()
        second = await w.person().get("/verify-email", params={"token": token})
        led = await w.person().get("/verify-email", params={"token": token, "callbackURL": "/in"})

        assert (first.status_code, first.json(), cookies_set(first)) == (200, {"status": True, "user": None}, {})
        assert (second.status_code, second.json()) == (200, {"status": True, "user": None})
        assert (led.status_code, led.headers["location"], led.content) == (302, "/in", b"")
        assert (await w.snapshot(), seen) == (before, [ada.email, ada.email])
        assert await _verified(w) == [True]


@pytest.mark.rule("email-password §7.2")
@pytest.mark.parametrize("who", ["unknown", "verified"])
async def test_strangers_get_one_answer(sqlite_url: str, monkeypatch: pytest.MonkeyPatch, who: str) -> None:
    """No mail for an unknown or verified address, yet a token is signed and the answer is that of all."""
    signed: list[object] = []
    issue = TokenSigner.issue

    def noting(self: TokenSigner, claims: Mapping[str, object], *, expires_in: timedelta) -> str:
        signed.append(claims["email"])
        return issue(self, claims, expires_in=expires_in)

    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        await ada.get("/verify-email", params={"token": await _link(w, ada)})
        w.outbox.sent.clear()
        monkeypatch.setattr(TokenSigner, "issue", noting)
        address = ada.email if who == "verified" else "nobody@people.test"
        answer = await w.person().post(ASK, {"email": address.upper()})

        assert (answer.status_code, answer.json()) == (200, {"status": True})
        assert ((await w.settled()).sent, signed) == ([], [address])


@pytest.mark.rule("email-password §7.2")
async def test_the_delivery_is_awaited(sqlite_url: str) -> None:
    """Here the mail is no background work: when the answer comes it has been sent, and its failure is a 500."""
    delivered: list[str] = []

    async def send(mail: VerificationMail) -> None:
        if mail.user.email.startswith("bob"):
            raise ConnectionError("the mail server is away")
        delivered.append(mail.user.email)

    async with world(sqlite_url, verification={"send_verification_email": send}) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        to_stranger = await w.person().post(ASK, {"email": ada.email})
        to_herself = await ada.post(ASK, {"email": ada.email})

        assert ((to_stranger.status_code, to_herself.status_code), delivered) == ((200, 200), [ada.email] * 2)
        assert (await bob.post(ASK, {"email": bob.email})).status_code == 500


@pytest.mark.rule("email-password §7.2")
async def test_strangers_wait_alike(sqlite_url: str) -> None:
    """Unknown address, mail sent, mail failed: half a second passes before anything is told."""
    began: list[str] = []

    async def send(mail: VerificationMail) -> None:
        began.append(mail.user.email)
        if mail.user.email.startswith("bob"):
            raise ConnectionError("the mail server is away")

    async def asked(person: Person, email: str) -> tuple[int, float]:
        start = asyncio.get_running_loop().time()
        answer = await person.post(ASK, {"email": email})
        return answer.status_code, asyncio.get_running_loop().time() - start

    async with world(sqlite_url, verification={"send_verification_email": send}) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        addresses = (ada.email, bob.email, "nobody@people.test")
        answers = await asyncio.gather(*(asked(w.person(), email) for email in addresses))

        assert [status for status, _ in answers] == [200, 500, 200]
        assert min(seconds for _, seconds in answers) >= 0.49
        assert sorted(began) == [ada.email, bob.email]


@pytest.mark.rule("email-password §7 verify-email")
@pytest.mark.parametrize("callback", [None, "/in?x=1#top"])
@pytest.mark.parametrize("problem", ["TOKEN_EXPIRED", "INVALID_TOKEN", "USER_NOT_FOUND"])
async def test_problems_are_told_or_carried_along(sqlite_url: str, callback: str | None, problem: str) -> None:
    """Without a callback a 401 with a code; with one a redirect that carries it, other parameters kept."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        token = "no.token.at-all" if problem == "INVALID_TOKEN" else await _link(w, ada)
        if problem == "USER_NOT_FOUND":
            await ada.post("/delete-user", {"password": ada.password})
        if problem == "TOKEN_EXPIRED":
            w.clock.move(hours=1, seconds=1)
        query = {"token": token} | ({} if callback is None else {"callbackURL": callback})
        answer = await w.person().get("/verify-email", params=query)

        if callback is None:
            assert said(answer) == (401, problem)
        else:
            assert (answer.status_code, answer.content) == (302, b"")
            assert answer.headers["location"] == f"/in?x=1&error={problem}#top"
        assert not any(await _verified(w))


@pytest.mark.rule("email-password §7 verify-email")
async def test_a_link_needs_a_token_and_a_trusted_callback(sqlite_url: str) -> None:
    """No token is a 400; a foreign callback a 403 on this GET, too, whatever the token."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        without = await ada.get("/verify-email")
        query = {"token": await _link(w, ada), "callbackURL": "https://evil.test"}
        foreign = await ada.get("/verify-email", params=query)

        assert (said(without), said(foreign)) == ((400, "VALIDATION_ERROR"), (403, "INVALID_CALLBACK_URL"))
        assert await _verified(w) == [False]


@pytest.mark.rule("email-password §7.4", "email-password §1 beforeEmailVerification")
@pytest.mark.parametrize("error", [APIError(403, STAY), RuntimeError("an accident")])
@pytest.mark.parametrize("callback", ["", "/in"])
async def test_a_host_may_object(database_url: str, error: Exception, callback: str) -> None:
    """What the callback raises stops the verification, and its code goes along."""

    async def object_(user: UserFields) -> None:
        raise error

    options = {"before_email_verification": object_, "auto_sign_in_after_verification": True}
    async with world(database_url, verification=options) as w:
        ada = await w.sign_up("ada")
        query = {"token": await _link(w, ada), "callbackURL": callback}
        before = await w.snapshot()
        answer = await w.person().get("/verify-email", params=query)

        if isinstance(error, RuntimeError):
            assert answer.status_code == 500
        elif callback:
            assert (answer.status_code, answer.headers["location"]) == (302, "/in?error=STAY_UNVERIFIED")
        else:
            assert (answer.status_code, answer.json()) == (403, {"message": "Not today", "code": "STAY_UNVERIFIED"})
        assert (await w.snapshot(), cookies_set(answer)) == (before, {})


@pytest.mark.rule(
    "email-password §7.4", "email-password §1 beforeEmailVerification", "email-password §1 afterEmailVerification"
)
async def test_a_host_learns_before_and_after(sqlite_url: str) -> None:
    """Before, the user is unverified; after, verified, by what is in the database."""
    seen: list[tuple[str, str, bool]] = []

    async def before(user: UserFields) -> None:
        seen.append(("before", user.email, user.email_verified))

    async def after(user: UserFields) -> None:
        seen.append(("after", user.email, user.email_verified))

    options = {"before_email_verification": before, "after_email_verification": after}
    async with world(sqlite_url, verification=options) as w:
        ada = await w.sign_up("ada")
        await w.person().get("/verify-email", params={"token": await _link(w, ada)})

        assert seen == [("before", ada.email, False), ("after", ada.email, True)]


@pytest.mark.rule("email-password §7.4", "email-password §1 autoSignInAfterVerification")
async def test_by_default_nobody_is_signed_in(sqlite_url: str) -> None:
    """A link verifies; it begins no session unless the host says so."""
    async with world(sqlite_url) as w:
        ada, visitor = await w.sign_up("ada"), w.person()
        answer = await visitor.get("/verify-email", params={"token": await _link(w, ada)})

        assert (said(answer), cookies_set(answer)) == ((200, None), {})
        assert (len(await w.rows("session")), await visitor.session()) == (1, None)


@pytest.mark.rule(
    "email-password §7.4", "email-password §1 autoSignInAfterVerification", "email-password §11 verify-email"
)
@pytest.mark.parametrize("who", ["nobody", "herself", "somebody else"])
async def test_a_link_signs_in_if_the_host_wants_it(database_url: str, who: str) -> None:
    """A visitor, or somebody else, gets a new session of the link's user; one's own session goes on."""
    async with world(database_url, verification={"auto_sign_in_after_verification": True}) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        token = await _link(w, ada)
        browser = {"nobody": w.person(), "herself": ada, "somebody else": bob}[who]
        answer = await browser.get("/verify-email", params={"token": token})
        again = await w.person().get("/verify-email", params={"token": token})

        assert (answer.status_code, answer.json()) == (200, {"status": True, "user": None})
        assert cookies_set(answer) == {SESSION: REMEMBERED}
        seen = await browser.session() or {}
        assert (seen["user"]["email"], seen["user"]["emailVerified"]) == (ada.email, True)
        assert len(await w.rows("session")) == (2 if who == "herself" else 3)
        assert (seen["session"]["token"] == ada.token) is (who == "herself")
        assert (said(again), cookies_set(again)) == ((200, None), {})

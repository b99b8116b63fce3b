"""Asking for a code."""

import hashlib
import logging
import re
from base64 import urlsafe_b64encode
from typing import Any

import pytest

from fastapi_betterauth import APIError, ConfigurationError, Encryption, Hashing, RateLimit, RateLimitRule
from fastapi_betterauth.plugins.email_otp import EmailOtp, EmailOtpMail, OtpType
from tests.builders.answers import said
from tests.plugins.email_otp.codes import ADA, CHECK, FORGOT, RESET, SEND, SIGN_IN, Letters, coded_world, sign_in, wrong


@pytest.mark.case("SC-OTP-05")
@pytest.mark.rule("email-otp §5.5", "email-otp §3", "email-otp §2 send", "email-otp §1 otpLength")
@pytest.mark.parametrize("kind", ["sign-in", "email-verification", "forget-password"])
async def test_the_answer_is_the_same_for_everybody(database_url: str, kind: OtpType) -> None:
    """A user gets six digits; a stranger gets the same answer, and a mail only where it signs up."""
    async with coded_world(database_url) as post:
        ada = await post.w.sign_up("ada")
        code = await post.ask(kind, "ADA@people.test")
        answer = await post.w.person().post(SEND, {"email": "nobody@people.test", "type": kind})
        await post.w.settled()

        assert re.fullmatch("[0-9]{6}", code)
        assert answer.json() == {"success": True}
        assert [mail.email for mail in post.letters.sent] == [ada.email] + ["nobody@people.test"] * (kind == "sign-in")
        kept = {row["identifier"]: row["value"] for row in await post.w.rows("verification")}
        assert kept.pop(f"{kind}-otp-{ada.email}") == f"{code}:0"
        assert list(kept) == [f"{kind}-otp-nobody@people.test"] * (kind == "sign-in")


@pytest.mark.case("SC-CSRF-07")
@pytest.mark.rule("email-otp §2 send")
@pytest.mark.parametrize(
    ("body", "headers", "answer"),
    [
        ({"email": "nobody", "type": "sign-in"}, {}, (400, "INVALID_EMAIL")),
        ({"email": ADA, "type": "change-email"}, {}, (400, None)),
        ({"email": ADA, "type": "other"}, {}, (400, "VALIDATION_ERROR")),
        ({"email": ADA}, {}, (400, "VALIDATION_ERROR")),
        ({"email": ADA, "type": "sign-in"}, {"origin": "https://evil.test"}, (403, "INVALID_ORIGIN")),
        (
            {"email": ADA, "type": "sign-in"},
            {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
            (403, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED"),
        ),
    ],
)
async def test_bad_requests_send_nothing(
    sqlite_url: str, body: dict[str, Any], headers: dict[str, str], answer: tuple[int, str | None]
) -> None:
    """Addresses, purposes and origins are checked before there is a code."""
    async with coded_world(sqlite_url) as post:
        assert said(await post.w.person().post(SEND, body, headers=headers)) == answer
        await post.w.settled()
        assert (post.letters.sent, await post.w.rows("verification")) == ([], [])


@pytest.mark.rule("email-otp §2 send", "email-otp §2 check")
async def test_purposes_are_named_as_clients_know_them(sqlite_url: str) -> None:
    """What else could have been meant is listed."""
    async with coded_world(sqlite_url) as post:
        answer = await post.w.person().post(SEND, {"email": ADA, "type": 1})
        choice = '"email-verification"|"sign-in"|"forget-password"|"change-email"'
        assert answer.json()["message"] == f"[body.type] Invalid option: expected one of {choice}"
        missing = await post.w.person().post(CHECK, {"email": ADA, "otp": "1"})
        assert missing.json()["message"] == f"[body.type] Invalid option: expected one of {choice}"


@pytest.mark.rule("email-otp §1 disableSignUp", "email-otp §5.5", "email-otp §5.8")
async def test_without_sign_up_strangers_get_nothing(two_databases_url: str) -> None:
    """No mail, and a code that the server made for them is as good as wrong."""
    async with coded_world(two_databases_url, disable_sign_up=True) as post:
        stranger = post.w.person("stranger")
        await stranger.post(SEND, {"email": stranger.email, "type": "sign-in"})
        await post.w.settled()
        assert (post.letters.sent, await post.identifiers()) == ([], [])

        made = await post.w.auth.plugin(EmailOtp).api.create_verification_otp(email=stranger.email, type="sign-in")
        assert said(await sign_in(stranger, made)) == (400, "INVALID_OTP")
        assert await post.w.rows("user") == []


@pytest.mark.rule("email-otp §5.7", "email-otp §1 resendStrategy")
async def test_a_resend_is_a_new_code(database_url: str) -> None:
    """The newest one counts, the older ones do not; using it removes them all."""
    async with coded_world(database_url) as post:
        first = await post.ask()
        post.w.clock.move(seconds=1)
        second = await post.ask()
        ada = post.w.person("ada")
        if first != second:
            assert said(await sign_in(ada, first)) == (400, "INVALID_OTP")
        assert said(await sign_in(ada, second)) == (200, None)
        assert await post.identifiers() == []


@pytest.mark.case("SC-OTP-01")
@pytest.mark.rule("email-otp §5.6", "email-otp §1 resendStrategy")
@pytest.mark.parametrize("store", ["plain", "encrypted"])
async def test_a_code_may_be_sent_again(two_databases_url: str, store: str) -> None:
    """With ``reuse`` the same code lives longer, and what was missed stays counted; then comes a new one."""
    async with coded_world(two_databases_url, resend_strategy="reuse", store_otp=store) as post:
        first = await post.ask()
        ada = post.w.person("ada")
        for _ in range(2):
            assert said(await sign_in(ada, wrong(first))) == (400, "INVALID_OTP")
        post.w.clock.move(seconds=299)
        assert await post.ask() == first
        post.w.clock.move(seconds=298)
        assert said(await sign_in(ada, wrong(first))) == (400, "INVALID_OTP")
        await post.ask()
        row = (await post.w.rows("verification"))[-1]
        assert row["value"].endswith(":0")


@pytest.mark.rule("email-otp §5.6")
async def test_a_hashed_code_cannot_be_sent_again(sqlite_url: str) -> None:
    """There is a new one each time."""
    async with coded_world(sqlite_url, resend_strategy="reuse", store_otp="hashed") as post:
        codes = {await post.ask() for _ in range(4)}
        assert len(codes) > 1


def _masked(text: str) -> str:
    return f"#{text[::-1]}"


def _unmasked(text: str) -> str:
    return text[:0:-1]


@pytest.mark.rule("email-otp §1 storeOTP", "email-otp §3", "email-otp §2 getVerificationOTP")
@pytest.mark.parametrize(
    ("way", "readable"),
    [
        ("hashed", False),
        ("encrypted", True),
        (Hashing(_masked), False),
        (Encryption(_masked, _unmasked), True),
    ],
    ids=["hashed", "encrypted", "own hash", "own encryption"],
)
async def test_codes_need_not_lie_in_the_table(two_databases_url: str, way: Any, *, readable: bool) -> None:
    """Kept as the option says; the code still works, and the server can read it where that is possible."""
    async with coded_world(two_databases_url, store_otp=way) as post:
        code = await post.ask()
        api = post.w.auth.plugin(EmailOtp).api
        value = (await post.w.rows("verification"))[0]["value"]
        assert not value.startswith(code)
        if way == "hashed":
            digest = urlsafe_b64encode(hashlib.sha256(code.encode()).digest()).decode().rstrip("=")
            assert value == f"{digest}:0"
        if readable:
            assert (await api.get_verification_otp(email=ADA, type="sign-in")).otp == code
        else:
            with pytest.raises(APIError, match="OTP is hashed, cannot return the plain text OTP"):
                await api.get_verification_otp(email=ADA, type="sign-in")
        ada = post.w.person("ada")
        assert said(await sign_in(ada, value.rpartition(":")[0])) == (400, "INVALID_OTP")
        assert said(await sign_in(ada, code)) == (200, None)


@pytest.mark.case("SC-OTP-15", "SC-HTTP-28")
@pytest.mark.rule("email-otp §2 createVerificationOTP", "email-otp §2 getVerificationOTP")
async def test_the_server_may_make_and_read_codes(database_url: str) -> None:
    """Trusted code only; over HTTP these are unknown paths."""
    async with coded_world(database_url) as post:
        api = post.w.auth.plugin(EmailOtp).api
        assert (await api.get_verification_otp(email=ADA, type="sign-in")).otp is None
        code = await api.create_verification_otp(email=ADA.upper(), type="sign-in")
        assert isinstance(code, str)
        assert (await api.get_verification_otp(email=ADA, type="sign-in")).otp == code
        assert said(await sign_in(post.w.person("ada"), code)) == (200, None)
        await api.create_verification_otp(email=ADA, type="forget-password")
        post.w.clock.move(seconds=301)
        assert (await api.get_verification_otp(email=ADA, type="forget-password")).otp is None

        visitor, body = post.w.person(), {"email": ADA, "type": "sign-in"}
        assert (await visitor.post("/email-otp/create-verification-otp", body)).status_code == 404
        assert (await visitor.get("/email-otp/get-verification-otp", params=body)).status_code == 404
        assert post.letters.sent == []


@pytest.mark.rule("email-otp §1 generateOTP", "email-otp §1 otpLength")
async def test_the_host_may_make_codes(sqlite_url: str) -> None:
    """By address and purpose; None leaves it to the plugin."""

    def generate(email: str, kind: OtpType) -> str | None:
        return f"{email[:3]}:{kind}" if kind == "sign-in" else None

    async with coded_world(sqlite_url, generate_otp=generate, otp_length=8) as post:
        assert await post.ask() == "ada:sign-in"
        await sign_in(post.w.person("ada"), "ada:sign-in")
        assert re.fullmatch("[0-9]{8}", await post.ask("forget-password"))


@pytest.mark.rule("email-otp §4", "email-otp §1 sendVerificationOnSignUp")
async def test_sign_up_may_send_a_code(two_databases_url: str) -> None:
    """It proves the address; who signs up with a taken one has its owner get another code."""
    hiding = {"password": {"require_email_verification": True}, "verification": {"send_verification_email": None}}
    async with coded_world(two_databases_url, send_verification_on_sign_up=True, of_world=hiding) as post:
        ada = post.w.person("ada")
        await ada.sign_up()
        await post.w.settled()
        ((kind, code),) = post.letters.to(ada.email)
        assert kind == "email-verification"
        assert said(await ada.post("/email-otp/verify-email", {"email": ada.email, "otp": code})) == (200, None)
        await post.w.person("ada").sign_up()
        await post.w.settled()
        assert [kind for kind, _ in post.letters.to(ada.email)] == ["email-verification"] * 2
        refused = await post.w.person().post("/sign-up/email", {"name": "x", "email": "bad", "password": "x"})
        assert refused.status_code == 400
        assert len(post.letters.sent) == 2


@pytest.mark.rule("email-otp §1 overrideDefaultEmailVerification", "email-otp §9")
async def test_codes_may_replace_links(database_url: str) -> None:
    """At sign-up, at a refused sign-in, and when asked for; the sign-up option then does nothing."""
    options = {"override_default_email_verification": True, "send_verification_on_sign_up": True}
    of_world = {
        "password": {"require_email_verification": True},
        "verification": {"send_verification_email": None, "send_on_sign_in": True},
    }
    async with coded_world(database_url, of_world=of_world, **options) as post:
        ada = post.w.person("ada")
        await ada.sign_up()
        assert said(await ada.sign_in_waits()) == (403, "EMAIL_NOT_VERIFIED")
        await post.w.settled()
        assert said(await ada.post("/send-verification-email", {"email": ada.email})) == (200, None)
        sent = post.letters.to(ada.email)
        assert [kind for kind, _ in sent] == ["email-verification"] * 3
        assert said(await ada.post("/email-otp/verify-email", {"email": ada.email, "otp": sent[-1][1]})) == (200, None)
        assert said(await ada.sign_in()) == (200, None)
        assert said(await ada.post("/send-verification-email", {"email": ada.email})) == (400, "EMAIL_ALREADY_VERIFIED")
        strangers = await post.w.person().post("/send-verification-email", {"email": "nobody@people.test"})
        assert said(strangers) == (200, None)
        assert len(post.letters.sent) == 3


@pytest.mark.rule("email-otp §1 overrideDefaultEmailVerification")
async def test_an_own_sender_of_links_stays(sqlite_url: str) -> None:
    """Override is a default: the host's own callback wins."""
    async with coded_world(sqlite_url, override_default_email_verification=True) as post:
        ada = await post.w.sign_up("ada")
        await ada.post("/send-verification-email", {"email": ada.email})
        assert (await post.w.settled()).last(ada.email, "verify").token
        assert post.letters.sent == []


@pytest.mark.case("SC-OTP-14")
@pytest.mark.rule("email-otp §1 sendVerificationOTP")
async def test_a_failing_mailer_fails_nothing(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """The answer is out; the log names the callback, neither the code nor the person."""

    async def broken(mail: EmailOtpMail) -> None:
        raise ConnectionError(f"no mail server for {mail!r}")

    async with coded_world(sqlite_url, send_verification_otp=broken) as post:
        with caplog.at_level(logging.DEBUG):
            answer = await post.w.person().post(SEND, {"email": ADA, "type": "sign-in"})
            await post.w.settled()
        code = (await post.w.rows("verification"))[0]["value"].partition(":")[0]
        assert answer.json() == {"success": True}
        assert "send_verification_otp" in caplog.text
        assert code not in caplog.text


@pytest.mark.case("SC-OTP-02", "SC-OTP-13")
@pytest.mark.rule("email-otp §6", "email-otp §1 rateLimit")
async def test_requests_mails_and_guesses_are_limited(sqlite_url: str) -> None:
    """Three a minute from one client on each path; so many mails to one person; ninety guesses of one address a day."""
    limits = RateLimit(enabled=True, mails=RateLimitRule(window=600, max=4))
    async with coded_world(sqlite_url, of_world={"rate_limit": limits}) as post:
        ada = post.w.person("ada")
        bodies: dict[str, dict[str, Any]] = {
            SEND: {"email": ADA, "type": "sign-in"},
            CHECK: {"email": ADA, "type": "sign-in", "otp": "x"},
            SIGN_IN: {"email": ADA, "otp": "x"},
            FORGOT: {"email": ADA},
            RESET: {"email": ADA, "otp": "x", "password": "long enough"},
            "/email-otp/verify-email": {"email": ADA, "otp": "x"},
            "/forget-password/email-otp": {"email": ADA},
            "/email-otp/request-email-change": {"newEmail": "new@people.test"},
            "/email-otp/change-email": {"newEmail": "new@people.test", "otp": "x"},
        }
        for path, body in bodies.items():
            statuses = [(await ada.post(path, body)).status_code for _ in range(4)]
            assert statuses[3:] == [429], path
            assert 429 not in statuses[:3], path
        await post.w.settled()
        assert len(post.letters.sent) <= 4


@pytest.mark.case("SC-OTP-02", "SC-OTP-01")
@pytest.mark.rule("email-otp §6")
async def test_one_address_can_be_guessed_at_so_often_a_day(two_databases_url: str) -> None:
    """From wherever, over however many codes; tomorrow again. A host's own limit goes before ours."""
    limits = RateLimit(enabled=True, custom_rules={"**": False}, mails=None)
    async with coded_world(two_databases_url, of_world={"rate_limit": limits}) as post:
        ada = post.w.person("ada")
        statuses = [(await sign_in(ada, "nothing")).status_code for _ in range(90)]
        assert set(statuses) == {400}
        code = await post.ask()
        assert (await sign_in(ada, code)).status_code == 429
        assert (await ada.post(CHECK, {"email": ADA, "type": "sign-in", "otp": code})).status_code == 429
        post.w.clock.move(days=1, seconds=1)
        assert (await sign_in(ada, await post.ask())).status_code == 200
    own = RateLimit(enabled=True, custom_rules={"**": False}, attempts_per_account=RateLimitRule(window=60, max=2))
    async with coded_world(two_databases_url, of_world={"rate_limit": own}) as post:
        assert [(await sign_in(post.w.person("eve"), "x")).status_code for _ in range(3)] == [400, 400, 429]


@pytest.mark.rule("email-otp §1 expiresIn", "email-otp §1 allowedAttempts", "email-otp §1 otpLength")
@pytest.mark.parametrize(
    "options",
    [
        {"expires_in": 0},
        {"otp_length": 4},
        {"allowed_attempts": 0},
        {"resend_strategy": "sometimes"},
        {"store_otp": "rot13"},
    ],
)
def test_wrong_options_fail_at_construction(options: dict[str, Any]) -> None:
    """The option is named."""
    with pytest.raises(ConfigurationError, match=f"EmailOtp\\({next(iter(options))}\\)"):
        EmailOtp(send_verification_otp=Letters(), **options)

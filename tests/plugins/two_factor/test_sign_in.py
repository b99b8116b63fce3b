"""Signing in with a second factor."""

import asyncio
from typing import Any

import httpx2
import pytest

from fastapi_betterauth import Encryption, Hashing, RateLimit
from fastapi_betterauth.plugins.admin import Admin
from fastapi_betterauth.plugins.two_factor import AccountLockout
from fastapi_betterauth.plugins.two_factor.columns import TwoFactorFields
from tests.builders.world import PASSWORD, Person, World

from .people import Codes, Phone, begin, challenged, enrolled, protected_world, verify

COOKIE = "better-auth.two_factor"
TRUST = "better-auth.trust_device"


def _codes_of(answers: list[httpx2.Response]) -> list[str | None]:
    return [None if answer.status_code == 200 else answer.json()["code"] for answer in answers]


@pytest.mark.case("SC-TFA-01", "SC-TFA-24")
@pytest.mark.rule("two-factor §6.3", "two-factor §3", "two-factor §4")
async def test_a_password_alone_begins_no_session(database_url: str) -> None:
    """The answer says which factors there are; no row, no session cookie and no token comes of it."""
    async with protected_world(database_url, sends=Codes()) as w:
        await enrolled(w)
        before = len(await w.rows("session"))
        device = w.person("ada")
        answer = await device.sign_in_waits()

        assert answer.json() == {"twoFactorRedirect": True, "twoFactorMethods": ["totp", "otp"]}
        assert len(await w.rows("session")) == before
        assert device.cookie() is None
        assert device.cookie(COOKIE) is not None
        assert await device.session() is None
        assert (await device.post("/update-user", {"name": "x"})).status_code == 401


@pytest.mark.rule("two-factor §6.8", "two-factor §4")
async def test_a_code_completes_the_sign_in(database_url: str) -> None:
    """The answer is the session's token and the user; the waiting cookie is gone, rows too."""
    async with protected_world(database_url) as w:
        phone = await enrolled(w)
        device = await challenged(w, phone)
        answer = await verify(device, "totp", phone.code())

        assert answer.json()["token"] == (await device.session() or {})["session"]["token"]
        assert answer.json()["user"]["twoFactorEnabled"] is True
        assert device.cookie(COOKIE) is None
        assert [r["identifier"] for r in await w.rows("verification") if r["identifier"].startswith("2fa-a")] == []


@pytest.mark.rule("two-factor §6.8")
async def test_who_is_not_remembered_is_not_remembered(sqlite_url: str) -> None:
    """The choice made with the password outlives the wait."""
    async with protected_world(sqlite_url) as w:
        phone = await enrolled(w)
        device = w.person("ada")
        await device.sign_in_waits(rememberMe=False)
        answer = await verify(device, "totp", phone.code())

        line = next(c for c in answer.headers.get_list("set-cookie") if "session_token=" in c)
        assert "Max-Age" not in line


@pytest.mark.case("SC-TFA-03")
@pytest.mark.rule("two-factor §6.4")
async def test_only_the_own_living_challenge_counts(two_databases_url: str) -> None:
    """Missing, forged, used up, expired, or of somebody else: 401, whatever the code."""
    async with protected_world(two_databases_url) as w:
        ada, bob = await enrolled(w), await enrolled(w, "bob")
        stranger, forger = w.person(), w.person()
        forger.http.cookies.set(COOKIE, "2fa-aaaaaaaaaaaaaaaaaaaa.forged", domain="app.test")
        used = await challenged(w, ada)
        swapped = await challenged(w, bob)
        await verify(used, "totp", ada.code())
        late = await challenged(w, ada)
        answers = [
            await verify(stranger, "totp", ada.code()),
            await verify(forger, "totp", ada.code()),
            await verify(swapped, "totp", ada.code(1)),
        ]
        w.clock.move(seconds=601)
        answers += [await verify(late, "totp", ada.code()), await verify(late, "backup-code", ada.backup_codes[0])]

        expected = ["INVALID_TWO_FACTOR_COOKIE"] * 2 + ["INVALID_CODE"] + ["INVALID_TWO_FACTOR_COOKIE"] * 2
        assert _codes_of(answers) == expected
        assert all(a.status_code == 401 for a in answers)


@pytest.mark.case("SC-TFA-09")
async def test_a_code_signs_in_once(database_url: str) -> None:
    """Within its window too; the next one works."""
    async with protected_world(database_url) as w:
        phone = await enrolled(w)
        first, second = await challenged(w, phone), await challenged(w, phone)
        code = phone.code()

        assert _codes_of([await verify(first, "totp", code)]) == [None]
        assert _codes_of([await verify(second, "totp", code)]) == ["INVALID_CODE"]
        assert _codes_of([await verify(second, "totp", phone.code(1))]) == [None]


async def _at_once(devices: list[Person], factor: str, codes: list[str]) -> list[httpx2.Response]:
    pairs = zip(devices, codes, strict=True)
    return list(await asyncio.gather(*(verify(device, factor, code) for device, code in pairs)))


@pytest.mark.case("SC-TFA-09")
async def test_a_code_signs_in_once_also_at_the_same_moment(database_url: str) -> None:
    """Of ten devices that show the same code, one gets in."""
    async with protected_world(database_url) as w:
        phone = await enrolled(w)
        devices = [await challenged(w, phone) for _ in range(10)]
        answers = await _at_once(devices, "totp", [phone.code()] * 10)

        assert sorted(a.status_code for a in answers) == [200] + [401] * 9


@pytest.mark.case("SC-TFA-04")
async def test_one_challenge_is_one_session(database_url: str) -> None:
    """Right codes in parallel on one challenge begin one session."""
    async with protected_world(database_url) as w:
        phone = await enrolled(w)
        device = await challenged(w, phone)
        before = len(await w.rows("session"))
        answers = await _at_once([device] * 8, "totp", [phone.code(n % 3 - 1) for n in range(8)])

        assert [a.status_code for a in answers].count(200) <= 1
        assert len(await w.rows("session")) - before == [a.status_code for a in answers].count(200)


@pytest.mark.case("SC-TFA-05")
@pytest.mark.rule("two-factor §6.6")
@pytest.mark.parametrize("factor", ["totp", "backup-code"])
async def test_five_wrong_codes_end_a_challenge(database_url: str, factor: str) -> None:
    """Then right ones are refused as well, and the cookie is dead; both kinds of codes share the tries."""
    async with protected_world(database_url) as w:
        phone = await enrolled(w)
        device = await challenged(w, phone)
        wrong = [await verify(device, factor, "000000") for _ in range(5)]
        right = [await verify(device, "totp", phone.code()), await verify(device, "backup-code", phone.backup_codes[0])]

        assert set(_codes_of(wrong)) == {"INVALID_CODE" if factor == "totp" else "INVALID_BACKUP_CODE"}
        codes = _codes_of(right)
        assert codes == ["TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE", "INVALID_TWO_FACTOR_COOKIE"]


@pytest.mark.case("SC-TFA-05")
async def test_a_burst_of_guesses_has_no_more_tries(database_url: str) -> None:
    """A hundred guesses at once on one challenge: at most five are compared, and counted."""
    async with protected_world(database_url, account_lockout=AccountLockout(max_failed_attempts=1000)) as w:
        phone = await enrolled(w)
        device = await challenged(w, phone)
        answers: list[httpx2.Response] = []
        for _ in range(5):
            answers += await _at_once([device] * 20, "totp", ["000000"] * 20)

        codes = _codes_of(answers)
        (row,) = await w.rows("two_factor")
        assert codes.count("INVALID_CODE") == row["failed_verification_count"] <= 5
        assert set(codes) <= {"INVALID_CODE", "INVALID_TWO_FACTOR_COOKIE", "TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE"}


@pytest.mark.case("SC-TFA-06", "SC-TFA-07")
@pytest.mark.rule("two-factor §7.12")
async def test_many_failures_lock_the_account(database_url: str) -> None:
    """However many challenges and factors they are spread over; right codes too, until the time is over."""
    codes = Codes()
    async with protected_world(database_url, sends=codes) as w:
        phone = await enrolled(w)
        for _ in range(3):
            device = await challenged(w, phone)
            await device.post("/two-factor/send-otp")
            for factor in ("totp", "backup-code", "otp"):
                await verify(device, factor, "000000")
        await verify(device, "totp", "000000")
        device = await challenged(w, phone)
        locked = [
            await verify(device, "totp", phone.code()),
            await verify(device, "backup-code", phone.backup_codes[0]),
        ]
        w.clock.move(minutes=15, seconds=1)
        device = await challenged(w, phone)
        after = await verify(device, "totp", phone.code())
        (row,) = await w.rows("two_factor")

        assert {a.status_code for a in locked} == {429}
        assert set(_codes_of(locked)) == {"ACCOUNT_TEMPORARILY_LOCKED"}
        assert after.status_code == 200
        assert (row["failed_verification_count"], row["locked_until"]) == (0, None)


@pytest.mark.rule("two-factor §7.12", "two-factor §7.6")
async def test_a_right_code_forgives(sqlite_url: str) -> None:
    """Failures count in a row only, and only at sign-in."""
    async with protected_world(sqlite_url) as w:
        phone = await enrolled(w)
        device = await challenged(w, phone)
        await verify(device, "totp", "000000")
        await verify(phone.person, "totp", "000000")
        counted = (await w.rows("two_factor"))[0]["failed_verification_count"]
        await verify(device, "totp", phone.code())

        assert counted == 1
        assert (await w.rows("two_factor"))[0]["failed_verification_count"] == 0


@pytest.mark.case("SC-TFA-12")
@pytest.mark.rule("two-factor §7.9")
async def test_a_backup_code_is_used_once(database_url: str) -> None:
    """In sequence, and by twenty devices at once; the others are still good."""
    async with protected_world(database_url, account_lockout=AccountLockout(enabled=False)) as w:
        phone = await enrolled(w)
        devices = [await challenged(w, phone) for _ in range(20)]
        answers = await _at_once(devices, "backup-code", [phone.backup_codes[0]] * 20)
        again = await verify(await challenged(w, phone), "backup-code", phone.backup_codes[0])
        other = await verify(await challenged(w, phone), "backup-code", phone.backup_codes[1])

        assert [a.status_code for a in answers].count(200) == 1
        assert (again.status_code, other.status_code) == (401, 200)


@pytest.mark.case("SC-TFA-13")
async def test_different_backup_codes_at_once_are_all_used_up(database_url: str) -> None:
    """None comes back through the list that another request wrote."""
    async with protected_world(database_url, account_lockout=AccountLockout(enabled=False)) as w:
        phone = await enrolled(w)
        devices = [await challenged(w, phone) for _ in range(5)]
        first = await _at_once(devices, "backup-code", phone.backup_codes[:5])
        again = [await verify(await challenged(w, phone), "backup-code", code) for code in phone.backup_codes[:5]]

        assert [a.status_code for a in first] == [200] * 5
        assert [a.status_code for a in again] == [401] * 5


@pytest.mark.rule("two-factor §7.10", "two-factor §7.11")
async def test_a_backup_code_can_be_spent_without_a_session(sqlite_url: str) -> None:
    """``disableSession``: the code is gone, nobody is signed in, and the answer has no token."""
    async with protected_world(sqlite_url) as w:
        phone = await enrolled(w)
        device = await challenged(w, phone)
        answer = await verify(device, "backup-code", phone.backup_codes[0], disableSession=True)

        assert set(answer.json()) == {"user"}
        assert await device.session() is None
        assert (await verify(await challenged(w, phone), "backup-code", phone.backup_codes[0])).status_code == 401


@pytest.mark.rule("two-factor §6.7", "two-factor §5", "two-factor §1 otpOptions.storeOTP")
@pytest.mark.parametrize(
    "store",
    ["plain", "hashed", "encrypted", Hashing(lambda c: c[::-1]), Encryption(lambda c: f"a:{c}", lambda c: c[2:])],
    ids=["plain", "hashed", "encrypted", "custom hash", "custom encryption"],
)
async def test_sent_codes_complete_a_sign_in(sqlite_url: str, store: Any) -> None:
    """Whatever the way they are kept; each once, for three minutes."""
    codes = Codes()
    async with protected_world(sqlite_url, sends=codes, otp={"store_otp": store}) as w:
        phone = await enrolled(w)
        device, late = await challenged(w, phone), await challenged(w, phone)
        await device.post("/two-factor/send-otp", {"trustDevice": True})
        await late.post("/two-factor/send-otp")
        await w.settled()
        mine, theirs = (mail.otp for mail in codes.sent)
        wrong = await verify(device, "otp", "000000" if mine != "000000" else "111111")
        right = await verify(device, "otp", mine)
        w.clock.move(minutes=3, seconds=1)
        expired = await verify(late, "otp", theirs)

        assert codes.sent[0].user.email == phone.person.email
        assert _codes_of([wrong, right, expired]) == ["INVALID_CODE", None, "OTP_HAS_EXPIRED"]
        assert device.cookie(TRUST) is None


@pytest.mark.case("SC-TFA-21")
@pytest.mark.rule("two-factor §6.7", "two-factor §7.13")
async def test_sending_again_gives_no_more_tries(database_url: str) -> None:
    """The earlier code is void; what was tried counts on; at the limit the code is gone."""
    codes = Codes()
    async with protected_world(database_url, sends=codes) as w:
        phone = await enrolled(w)
        device = await challenged(w, phone)
        for _ in range(2):
            await device.post("/two-factor/send-otp")
        await w.settled()
        first, second = (mail.otp for mail in codes.sent)
        old = await verify(device, "otp", first if first != second else "x")
        wrong = [await verify(device, "otp", "x") for _ in range(2)]
        await device.post("/two-factor/send-otp")
        await w.settled()
        more = [await verify(device, "otp", "x") for _ in range(2)]
        end = [await verify(device, "otp", codes.sent[-1].otp) for _ in range(2)]

        assert set(_codes_of([old, *wrong, *more])) == {"INVALID_CODE"}
        assert _codes_of(end) == ["TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE", "OTP_HAS_EXPIRED"]


async def _trusting(w: World, phone: Phone) -> Person:
    device = await challenged(w, phone)
    answer = await verify(device, "backup-code", phone.backup_codes.pop(), trustDevice=True)
    assert answer.status_code == 200, answer.text
    await device.post("/sign-out")
    return device


@pytest.mark.rule("two-factor §6.2", "two-factor §4")
async def test_a_trusted_device_is_not_asked(database_url: str) -> None:
    """For thirty days from its last use; its mark is replaced each time, the old one is worthless."""
    async with protected_world(database_url) as w:
        phone = await enrolled(w)
        device = await _trusting(w, phone)
        old = device.cookie(TRUST) or ""
        w.clock.move(days=29)
        first = await device.sign_in()
        thief = w.person("ada")
        thief.http.cookies.set(TRUST, old, domain="app.test")
        stolen = await thief.sign_in_waits()
        await device.post("/sign-out")
        w.clock.move(days=31)
        late = await device.sign_in_waits()

        assert first.json()["token"]
        assert "twoFactorRedirect" in stolen.json()
        assert "twoFactorRedirect" in late.json()


@pytest.mark.case("SC-TFA-19")
async def test_marks_of_others_are_worth_nothing(two_databases_url: str) -> None:
    """Forged, of another user, or of a record that is gone: the second factor is asked for, the cookie is taken."""
    async with protected_world(two_databases_url) as w:
        ada, bob = await enrolled(w), await enrolled(w, "bob")
        device = await _trusting(w, ada)
        marks = {"forged": "x!trust-device-y.z", "of another user": device.cookie(TRUST) or ""}
        for mark in marks.values():
            other = w.person("bob")
            other.http.cookies.set(TRUST, mark, domain="app.test")
            answer = await other.sign_in_waits()
            assert "twoFactorRedirect" in answer.json()
            assert other.cookie(TRUST) is None
        async with w.auth.database.engine.begin() as connection:
            await connection.execute(w.auth.tables.verification.table.delete())
        assert "twoFactorRedirect" in (await device.sign_in_waits()).json()
        assert bob.uri != ada.uri


@pytest.mark.case("SC-TFA-20", "SC-TFA-19")
@pytest.mark.parametrize("way", ["change", "reset", "revoke"])
async def test_trust_ends_with_the_password(two_databases_url: str, way: str) -> None:
    """Also when the owner signs out everywhere; a reset that fails ends nothing."""
    async with protected_world(two_databases_url) as w:
        phone = await enrolled(w)
        device, owner = await _trusting(w, phone), phone.person
        if way == "change":
            await owner.post("/change-password", {"currentPassword": PASSWORD, "newPassword": "a new password"})
        elif way == "revoke":
            await owner.post("/revoke-sessions")
        else:
            await owner.post("/request-password-reset", {"email": owner.email})
            token = (await w.settled()).last(owner.email, "reset").token
            await owner.post("/reset-password", {"token": token, "newPassword": "short"})
            kept = [r for r in await w.rows("verification") if r["identifier"].startswith("trust-device-")]
            assert len(kept) == 1
            await owner.post("/reset-password", {"token": token, "newPassword": "a new password"})
        device.password = PASSWORD if way == "revoke" else "a new password"

        assert "twoFactorRedirect" in (await device.sign_in_waits()).json()


@pytest.mark.case("SC-TFA-02", "SC-MAIL-05")
@pytest.mark.parametrize("everywhere", [False, True])
async def test_other_ways_of_signing_in(sqlite_url: str, *, everywhere: bool) -> None:
    """Who proves an address is signed in without a second factor, unless the option asks for it everywhere."""
    verification = {"auto_sign_in_after_verification": True}
    async with protected_world(sqlite_url, challenge_every_sign_in=everywhere, verification=verification) as w:
        phone = await enrolled(w)
        await phone.person.post("/send-verification-email", {"email": phone.person.email})
        token = (await w.settled()).last(phone.person.email, "verify").token
        device = w.person("ada")
        answer = await device.get("/verify-email", params={"token": token})

        assert answer.status_code == 200
        assert ("twoFactorRedirect" in answer.json()) is everywhere
        assert (await device.session() is None) is everywhere
        if everywhere:
            assert (await verify(device, "totp", phone.code())).status_code == 200


@pytest.mark.case("SC-TFA-18")
async def test_impersonators_do_not_touch_it(sqlite_url: str) -> None:
    """They do not know the password."""
    async with protected_world(sqlite_url, plugins=[Admin()]) as w:
        phone = await enrolled(w)
        root = await w.sign_up("root")
        async with w.auth.database.engine.begin() as connection:
            table = w.auth.tables.user.table
            await connection.execute(table.update().where(table.c.id == root.user["id"]).values(role="admin"))
        await root.post("/admin/impersonate-user", {"userId": phone.person.user["id"]})

        answer = await root.post("/two-factor/disable", {"password": "a guess"})

        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_PASSWORD")
        assert len(await w.rows("two_factor")) == 1


@pytest.mark.rule("two-factor §8")
async def test_attempts_are_limited_per_address(sqlite_url: str) -> None:
    """Three requests to a path in ten seconds, where limits are on."""
    async with protected_world(sqlite_url, rate_limit=RateLimit(enabled=True)) as w:
        person = w.person()
        answers = [await verify(person, "totp", "000000") for _ in range(4)]

        assert [a.status_code for a in answers] == [401, 401, 401, 429]


@pytest.mark.case("SC-TFA-08")
async def test_an_accident_costs_no_try(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails for reasons of ours gives the try back, and begins no session."""
    async with protected_world(sqlite_url) as w:
        phone = await begin(await w.sign_up("ada"))
        await verify(phone.person, "totp", phone.code())
        device = await challenged(w, phone)
        async with w.auth.database.engine.begin() as connection:
            table = w.auth.tables.of(TwoFactorFields).table
            stored = (await connection.execute(table.select())).one()
            await connection.execute(table.update().values(secret="broken"))
        broken = await verify(device, "totp", phone.code(1))
        async with w.auth.database.engine.begin() as connection:
            await connection.execute(table.update().values(secret=stored.secret))
        mended = await verify(device, "totp", phone.code(1))

        assert (broken.status_code, mended.status_code) == (500, 200)

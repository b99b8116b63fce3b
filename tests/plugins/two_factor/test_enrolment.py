"""Turning the second factor on and off."""

from typing import Any

import pytest

from fastapi_betterauth import Encryption
from fastapi_betterauth.client.transport import Call
from fastapi_betterauth.crypto.encryption import Cipher
from fastapi_betterauth.plugins.two_factor import BackupCodeOptions, TotpOptions
from fastapi_betterauth.plugins.two_factor.schemas import BackupCodes, TotpCode
from tests.builders.world import PASSWORD

from .people import Codes, begin, challenged, enrolled, protected_world, verify


@pytest.mark.rule("two-factor §3", "two-factor §7.3", "two-factor §7.5", "two-factor §7.8", "two-factor §2")
async def test_an_app_counts_from_its_first_code(database_url: str) -> None:
    """Until then nobody is asked; then the session has a new token, and the old one is gone."""
    async with protected_world(database_url, issuer="Acme") as w:
        ada = await w.sign_up("ada")
        phone = await begin(ada)
        pending, before = (await w.rows("two_factor"))[0], await ada.session()
        old = ada.cookie()
        answer = await verify(ada, "totp", phone.code())
        session = await ada.session() or {}
        (row,) = await w.rows("two_factor")

        assert (pending["verified"], (before or {})["user"]["twoFactorEnabled"]) == (False, False)
        assert phone.uri.startswith("otpauth://totp/Acme:ada%40people.test?secret=")
        assert answer.status_code == 200
        assert session["user"]["twoFactorEnabled"] is True
        assert ada.cookie() != old
        assert len(await w.rows("session")) == 1
        assert (row["verified"], row["failed_verification_count"]) == (True, 0)
        assert not {"secret", "backupCodes"} & set(session["user"])


@pytest.mark.case("SC-TFA-16")
@pytest.mark.rule("two-factor §5")
async def test_secrets_are_encrypted_at_rest(sqlite_url: str) -> None:
    """Secret and codes can be read with the instance's key alone; the codes look as the reference's do."""
    async with protected_world(sqlite_url) as w:
        phone = await enrolled(w)
        (row,) = await w.rows("two_factor")
        cipher = Cipher(w.auth.runtime.keys, extra="two-factor")

        assert len(cipher.decrypt(row["secret"])) == 32
        assert cipher.decrypt(row["backup_codes"]) == '["' + '","'.join(phone.backup_codes) + '"]'
        assert [(len(code), code[5]) for code in phone.backup_codes] == [(11, "-")] * 10


@pytest.mark.case("SC-TFA-23", "SC-TFA-18", "SC-TFA-14")
@pytest.mark.rule("two-factor §7.1")
@pytest.mark.parametrize("path", ["enable", "disable", "get-totp-uri", "generate-backup-codes"])
@pytest.mark.parametrize("body", [{}, {"password": ""}, {"password": "not this one"}, {"password": None}])
async def test_changes_need_the_password(sqlite_url: str, path: str, body: dict[str, Any]) -> None:
    """Missing or wrong: one code; nothing changes. Strangers get 401."""
    async with protected_world(sqlite_url) as w:
        phone = await begin(await w.sign_up("ada")) if path == "enable" else await enrolled(w)
        before = await w.snapshot()

        answer = await phone.person.post(f"/two-factor/{path}", body)
        stranger = await w.person().post(f"/two-factor/{path}", {"password": PASSWORD})

        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_PASSWORD")
        assert stranger.status_code == 401
        assert await w.snapshot() == before


@pytest.mark.case("SC-TFA-17")
@pytest.mark.rule("two-factor §7.3")
async def test_a_pending_app_is_replaced_a_confirmed_one_is_not(two_databases_url: str) -> None:
    """The newest pending secret counts; whoever stole a session cannot put theirs in the place of a confirmed one."""
    async with protected_world(two_databases_url) as w:
        ada = await w.sign_up("ada")
        first, second = await begin(ada), await begin(ada)
        wrong = await verify(ada, "totp", first.code())
        right = await verify(ada, "totp", second.code())
        again = await ada.post("/two-factor/enable", {"password": PASSWORD})

        assert (wrong.status_code, right.status_code) == (401, 200)
        assert (again.status_code, again.json()["code"]) == (400, "TOTP_ALREADY_ENABLED")
        assert len(await w.rows("two_factor")) == 1


@pytest.mark.case("SC-TFA-17")
async def test_a_pending_app_neither_lets_in_nor_keeps_out(sqlite_url: str) -> None:
    """Signing in is as before."""
    async with protected_world(sqlite_url) as w:
        phone = await begin(await w.sign_up("ada"))

        assert (await w.another_device(phone.person)).token


@pytest.mark.rule("two-factor §1 skipVerificationOnEnable", "two-factor §3")
async def test_the_first_code_can_be_skipped(sqlite_url: str) -> None:
    """The app counts at once, in a new session; the body's issuer goes before the option's."""
    async with protected_world(sqlite_url, skip_verification_on_enable=True, issuer="Acme") as w:
        ada = await w.sign_up("ada")
        old = ada.cookie()
        answer = await ada.post("/two-factor/enable", {"password": PASSWORD, "issuer": "Other"})

        assert answer.json()["totpURI"].startswith("otpauth://totp/Other:")
        assert ada.cookie() != old
        assert (await ada.session() or {})["user"]["twoFactorEnabled"] is True


@pytest.mark.case("SC-TFA-20")
@pytest.mark.rule("two-factor §7.8", "two-factor §3")
async def test_turning_it_off_forgets_everything(database_url: str) -> None:
    """Secret, codes, trusted devices; the session has a new token."""
    async with protected_world(database_url) as w:
        phone = await enrolled(w)
        device = await challenged(w, phone)
        await verify(device, "totp", phone.code(1), trustDevice=True)
        old = device.cookie()
        answer = await device.post("/two-factor/disable", {"password": PASSWORD})

        assert answer.json() == {"status": True}
        assert device.cookie() != old
        assert device.cookie("better-auth.trust_device") is None
        assert await w.rows("two_factor") == []
        assert not [r for r in await w.rows("verification") if r["identifier"].startswith("trust-device-")]
        assert (await w.another_device(phone.person)).token


@pytest.mark.rule("two-factor §3")
async def test_the_uri_is_shown_again(sqlite_url: str) -> None:
    """The same secret, to who knows the password; without a row there is none."""
    async with protected_world(sqlite_url) as w:
        phone = await enrolled(w)
        shown = await phone.person.post("/two-factor/get-totp-uri", {"password": PASSWORD})
        nothing = await (await w.sign_up("bob")).post("/two-factor/get-totp-uri", {"password": PASSWORD})

        assert shown.json() == {"totpURI": phone.uri}
        assert (nothing.status_code, nothing.json()["code"]) == (400, "TOTP_NOT_ENABLED")


@pytest.mark.rule("two-factor §1 totpOptions.disable", "two-factor §3")
async def test_methods_that_are_not_offered(sqlite_url: str) -> None:
    """Without ``send_otp`` no sent codes, with ``disable`` no apps."""
    async with protected_world(sqlite_url, totp=TotpOptions(disable=True)) as w:
        ada = await w.sign_up("ada")
        answers = [
            await ada.post("/two-factor/enable", {"password": PASSWORD}),
            await ada.post("/two-factor/enable", {"password": PASSWORD, "method": "otp"}),
            await ada.post("/two-factor/get-totp-uri", {"password": PASSWORD}),
            await ada.post("/two-factor/verify-totp", {"code": "123456"}),
            await ada.post("/two-factor/send-otp"),
        ]

        assert [(a.status_code, a.json()["code"]) for a in answers] == [
            (400, "TOTP_NOT_CONFIGURED"),
            (400, "OTP_NOT_CONFIGURED"),
            (400, "TOTP_NOT_CONFIGURED"),
            (400, "TOTP_NOT_CONFIGURED"),
            (400, "OTP_NOT_CONFIGURED"),
        ]


@pytest.mark.rule("two-factor §7.2", "two-factor §7.7")
async def test_sent_codes_can_be_the_only_factor(database_url: str) -> None:
    """Turned on at once, by ``enable`` or by the first code with a session; there is no row, nor backup codes."""
    codes = Codes()
    async with protected_world(database_url, sends=codes) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        enabled = await ada.post("/two-factor/enable", {"password": PASSWORD, "method": "otp"})
        await bob.post("/two-factor/send-otp")
        await w.settled()
        confirmed = await verify(bob, "otp", codes.sent[-1].otp)

        assert enabled.json() == {"method": "otp"}
        assert confirmed.json()["token"] == (await bob.session() or {})["session"]["token"]
        assert confirmed.json()["user"]["twoFactorEnabled"] is True
        assert await w.rows("two_factor") == []
        for person in (ada, bob):
            answer = await w.person(person.name).sign_in_waits()
            assert answer.json() == {"twoFactorRedirect": True, "twoFactorMethods": ["otp"]}


@pytest.mark.case("SC-TFA-14")
@pytest.mark.rule("two-factor §7.15")
async def test_new_backup_codes_end_the_old_ones(database_url: str) -> None:
    """All of them; who has no second factor gets none."""
    async with protected_world(database_url) as w:
        phone = await enrolled(w)
        fresh = (await phone.person.post("/two-factor/generate-backup-codes", {"password": PASSWORD})).json()
        old = await verify(await challenged(w, phone), "backup-code", phone.backup_codes[0])
        new = await verify(await challenged(w, phone), "backup-code", fresh["backupCodes"][0])
        bob = await w.sign_up("bob")
        nothing = await bob.post("/two-factor/generate-backup-codes", {"password": PASSWORD})

        assert fresh["status"] is True
        assert (old.status_code, old.json()["code"]) == (401, "INVALID_BACKUP_CODE")
        assert new.status_code == 200
        assert (nothing.status_code, nothing.json()["code"]) == (400, "TWO_FACTOR_NOT_ENABLED")


@pytest.mark.case("SC-TFA-15")
@pytest.mark.rule("two-factor §1 backupCodeOptions")
@pytest.mark.parametrize(
    ("way", "stored"),
    [("plain", '["one","two"]'), (Encryption(encrypt=lambda t: t[::-1], decrypt=lambda t: t[::-1]), ']"owt","eno"[')],
    ids=["plain", "custom"],
)
async def test_backup_codes_are_kept_as_the_host_likes(sqlite_url: str, way: Any, stored: str) -> None:
    """The way is kept when a code is used; codes of the host's own are taken verbatim."""
    options = BackupCodeOptions(custom_backup_codes_generate=lambda: ["one", "two"], store_backup_codes=way)
    async with protected_world(sqlite_url, backup_codes=options) as w:
        phone = await enrolled(w)
        before = (await w.rows("two_factor"))[0]["backup_codes"]
        used = await verify(phone.person, "backup-code", "one")
        after = (await w.rows("two_factor"))[0]["backup_codes"]

        assert phone.backup_codes == ["one", "two"]
        assert before == stored
        assert used.status_code == 200
        assert after == stored.replace('"one",', "").replace(',"eno"', "")


@pytest.mark.case("SC-TFA-15")
@pytest.mark.rule("two-factor §3 server only")
async def test_only_the_server_reads_backup_codes(sqlite_url: str) -> None:
    """In-process they are shown, over HTTP there is no such path."""
    async with protected_world(sqlite_url) as w:
        phone = await enrolled(w)
        look: Call[Any] = Call(
            "POST", "/two-factor/view-backup-codes", BackupCodes, body={"userId": phone.person.user["id"]}
        )
        make: Call[Any] = Call("POST", "/totp/generate", TotpCode, body={"secret": "12345678901234567890"})
        shown = await w.auth.api._transport.send(look)
        code = await w.auth.api._transport.send(make)
        over_http = await phone.person.post("/two-factor/view-backup-codes", {"userId": phone.person.user["id"]})

        assert shown.backup_codes == phone.backup_codes
        assert len(code.code) == 6
        assert over_http.status_code == 404


@pytest.mark.rule("two-factor §7.1", "two-factor §1 allowPasswordless")
async def test_who_has_no_password_may_do_without(sqlite_url: str) -> None:
    """With ``allow_passwordless`` only those who have one must give it."""
    async with protected_world(sqlite_url, allow_passwordless=True) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        async with w.auth.database.engine.begin() as connection:
            table = w.auth.tables.account.table
            await connection.execute(table.delete().where(table.c.user_id == bob.user["id"]))

        assert (await ada.post("/two-factor/enable", {})).json()["code"] == "INVALID_PASSWORD"
        assert (await bob.post("/two-factor/enable", {})).status_code == 200

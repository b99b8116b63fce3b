"""Every mail of an instance: what it says, and that nobody waits for it."""

import asyncio
import io
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from fastapi_betterauth import ConfigurationError
from fastapi_betterauth.mail import ConsoleMailer, Mailer, Mails, Message, SMTPMailer
from fastapi_betterauth.plugins.email_otp import EmailOtp
from fastapi_betterauth.plugins.magic_link import MagicLink
from fastapi_betterauth.plugins.two_factor import OtpOptions, TwoFactor
from scripts.services import free_port
from tests.builders.answers import said
from tests.builders.world import World, world
from tests.mail.sink import mail_server
from tests.plugins.two_factor.people import enrolled

SENDER = "Acme <accounts@acme.test>"


@asynccontextmanager
async def mailing_world(url: str, mailer: Mailer, **password: Any) -> AsyncIterator[tuple[World, Mails]]:
    """A world all of whose mails go this way."""
    mails = Mails(mailer, app_name="Acme & Sons", environment="test")
    options: dict[str, Any] = {
        "password": {
            "send_reset_password": mails.reset_password,
            "on_password_reset": mails.password_was_reset,
            "on_existing_user_sign_up": mails.sign_up_with_taken_address,
            **password,
        },
        "verification": {"send_verification_email": mails.verification, "send_on_sign_up": True},
        "change_email": {"send_change_email_confirmation": mails.change_email},
        "delete_user": {"send_delete_account_verification": mails.delete_account},
        "plugins": [
            MagicLink(send_magic_link=mails.magic_link),
            EmailOtp(send_verification_otp=mails.email_otp),
            TwoFactor(otp=OtpOptions(send_otp=mails.second_factor)),
        ],
    }
    async with world(url, **options) as w:
        yield w, mails


class Kept:
    """A mailer that keeps what it is given."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def send(self, message: Message) -> None:
        self.messages.append(message)

    def link(self) -> str:
        """The link of the newest mail."""
        found = re.search(r"http\S+", self.messages[-1].text)
        assert found is not None
        return found[0]


@pytest.mark.case("SC-PW-27")
async def test_every_kind_of_mail_arrives(sqlite_url: str) -> None:
    """By a real server, in both forms that say the same; what people call themselves is text there, and no markup."""
    with mail_server() as sink:
        mailer = SMTPMailer(sink.url, sender=SENDER, encryption="none")
        async with mailing_world(sqlite_url, mailer) as (w, mails):
            ada = w.person("ada")
            ada.email = "ada@people.test"
            await ada.sign_up(name='<b onclick="x">Ada</b>\r\nBcc: eve@evil.test')
            await ada.post("/request-password-reset", {"email": ada.email})
            await ada.post("/sign-in/magic-link", {"email": ada.email})
            for kind in ("sign-in", "email-verification", "forget-password"):
                await ada.post("/email-otp/send-verification-otp", {"email": ada.email, "type": kind})
            await ada.post("/delete-user", {"password": ada.password})
            await w.settled()
            await mails.close()

    assert sorted(str(mail["Subject"]) for mail in sink.mails) == sorted(
        [
            "Confirm your e-mail address",
            "Choose a new password",
            "Sign in to Acme & Sons",
            *["Your code for Acme & Sons"] * 3,
            "Delete your account?",
        ]
    )
    for mail in sink.mails:
        assert (mail["From"], mail["To"], mail["Bcc"]) == (SENDER, "ada@people.test", None)
        text, page = (part.get_content().replace("\r\n", "\n") for part in mail.iter_parts())
        assert "<b onclick" not in page
        assert "Acme &amp; Sons" in page
        assert "Acme & Sons" in text
        links = re.findall(r"http\S+", text)
        codes = re.findall(r"^\d{6}$", text, re.MULTILINE)
        assert len(links) + len(codes) == 1
        assert (links or codes)[0].replace("&", "&amp;") in page


async def test_the_rest_is_told_too(sqlite_url: str) -> None:
    """A change of address, a new password, a taken address, a second factor."""
    kept = Kept()
    async with mailing_world(sqlite_url, kept, require_email_verification=False) as (w, mails):
        phone = await enrolled(w)
        ada = phone.person
        await mails.close()
        assert (await ada.http.get(kept.link())).status_code in (200, 302)
        await ada.post("/change-email", {"newEmail": "new@people.test"})
        await w.settled()
        await mails.close()
        assert kept.messages[-1].to == ada.email
        assert "new@people.test" in kept.messages[-1].text
        await ada.post("/request-password-reset", {"email": ada.email})
        await w.settled()
        await mails.close()
        token = kept.link().partition("/reset-password/")[2].partition("?")[0]
        await ada.post("/reset-password", {"token": token, "newPassword": "another password"})
        await w.settled()
        await mails.close()
        assert kept.messages[-1].subject == "Your password has changed"
        ada.password = "another password"
        await ada.sign_in_waits()
        assert said(await ada.post("/two-factor/send-otp")) == (200, None)
        await w.settled()
        await mails.close()
        code = re.search(r"^\d{6}$", kept.messages[-1].text, re.MULTILINE)
        assert code is not None
        assert said(await ada.post("/two-factor/verify-otp", {"code": code[0]})) == (200, None)
    async with mailing_world(sqlite_url, kept, require_email_verification=True) as (w, mails):
        await w.person("ada").sign_up()
        await w.settled()
        await mails.close()
        assert kept.messages[-1].subject == "You have an account already"


async def test_nobody_waits_for_a_mail_server(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """One that takes connections and says nothing: every answer is out while the mail is still under way."""

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", port := free_port())
    mailer = SMTPMailer(f"smtp://127.0.0.1:{port}", sender=SENDER, encryption="none", timeout=0.5, attempts=1)
    async with silent, mailing_world(sqlite_url, mailer) as (w, mails):
        ada = await w.sign_up("ada")
        bodies = {
            "/send-verification-email": {"email": ada.email},
            "/request-password-reset": {"email": ada.email},
            "/sign-in/magic-link": {"email": ada.email},
            "/email-otp/send-verification-otp": {"email": ada.email, "type": "sign-in"},
        }
        for path, body in bodies.items():
            assert said(await ada.post(path, body)) == (200, None)
            await w.settled()
            assert mails._under_way
        with caplog.at_level(logging.ERROR):
            await mails.close()
        assert not mails._under_way
    told = [record.getMessage() for record in caplog.records if record.name == "fastapi_betterauth.mail"]
    assert len(told) == 5
    assert all("to a***@people.test was not sent" in line for line in told)
    assert ada.email not in caplog.text


async def test_the_console_is_for_development(capsys: pytest.CaptureFixture[str]) -> None:
    """It is the default there; in production mails must go somewhere."""
    stream = io.StringIO()
    message = Message(to="ada@people.test", subject="Hi", text="Open http://app.test/x\n", html="<p>x</p>")
    await ConsoleMailer(stream).send(message)
    assert "To: ada@people.test\nSubject: Hi\n\nOpen http://app.test/x\n" in stream.getvalue()
    await ConsoleMailer().send(message)
    assert "Subject: Hi" in capsys.readouterr().err
    assert Mails(environment="development")
    with pytest.raises(ConfigurationError, match=r"Mails\(mailer\)"):
        Mails(environment="production")
    with pytest.raises(ConfigurationError, match=r"Mails\(app_name\)"):
        Mails(ConsoleMailer(), app_name="Acme\r\nBcc: eve@evil.test")

"""Sending by SMTP: what arrives, how often it is tried, and what must be said to make it work."""

import datetime as dt
import ipaddress
import ssl
from pathlib import Path
from typing import Any

import pytest
from aiosmtplib import SMTPException, SMTPResponseException
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fastapi_betterauth import ConfigurationError
from fastapi_betterauth.mail import Message, SMTPMailer
from fastapi_betterauth.mail import smtp as smtp_module
from scripts.services import free_port
from tests.mail.sink import mail_server

HELLO = Message(to="ada@people.test", subject="Grüße", text="Hello — ä\n", html="<p>Hello — ä</p>")
SENDER = "Acme <accounts@acme.test>"


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, private


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses between attempts are noted, not taken."""
    taken: list[float] = []

    async def note(seconds: float) -> None:
        taken.append(seconds)

    monkeypatch.setattr(smtp_module.asyncio, "sleep", note)
    return taken


async def test_a_mail_arrives_whole() -> None:
    """Both bodies, and the headers that keep it out of the spam folder."""
    with mail_server() as sink:
        await SMTPMailer(sink.url, sender=SENDER, encryption="none").send(HELLO)

    (mail,) = sink.mails
    assert (mail["From"], mail["To"], mail["Subject"]) == (SENDER, "ada@people.test", "Grüße")
    assert mail["Date"]
    assert mail["Message-ID"].endswith("@acme.test>")
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    bodies = {part.get_content_type(): part.get_content().strip() for part in mail.iter_parts()}
    assert bodies == {"text/plain": "Hello — ä", "text/html": "<p>Hello — ä</p>"}


async def test_it_is_encrypted_and_signed_in(tmp_path: Path) -> None:
    """STARTTLS with a certificate that is checked; the password may hold anything a URL can."""
    certificate = _certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    with mail_server(certificate=certificate) as sink:
        url = sink.url.replace("//", "//someone:p%40ss%20word@")
        await SMTPMailer(url, sender=SENDER, tls_context=trusting).send(HELLO)
        assert (len(sink.mails), sink.logins) == (1, [(b"someone", b"p@ss word")])
        with pytest.raises((SMTPException, OSError)):
            await SMTPMailer(url, sender=SENDER, attempts=1).send(HELLO)
        wrong = url.replace("p%40ss", "wrong")
        with pytest.raises(SMTPException):
            await SMTPMailer(wrong, sender=SENDER, tls_context=trusting, attempts=1).send(HELLO)
        assert len(sink.mails) == 1


async def test_later_is_tried_again(no_pause: list[float]) -> None:
    """Twice "later", then accepted; the pauses grow."""
    with mail_server("451 later", "421 later") as sink:
        await SMTPMailer(sink.url, sender=SENDER, encryption="none").send(HELLO)
    assert (sink.tries, len(sink.mails)) == (3, 1)
    assert no_pause == [0.5, 2.0]


async def test_no_is_not_asked_again(no_pause: list[float]) -> None:
    """A last word is a last word."""
    with mail_server("550 no such person") as sink, pytest.raises(SMTPResponseException, match="no such person"):
        await SMTPMailer(sink.url, sender=SENDER, encryption="none").send(HELLO)
    assert (sink.tries, no_pause) == (1, [])


async def test_a_server_that_is_not_there_is_given_up(no_pause: list[float]) -> None:
    """After all attempts."""
    with pytest.raises((SMTPException, OSError)):
        await SMTPMailer(f"smtp://127.0.0.1:{free_port()}", sender=SENDER, encryption="none").send(HELLO)
    assert len(no_pause) == 2


@pytest.mark.case("SC-LOG-03")
def test_the_password_is_not_shown() -> None:
    """Nor are the bodies of mails, which hold links and codes."""
    mailer = SMTPMailer("smtp://someone:a-password@mail.test", sender=SENDER)
    assert "a-password" not in repr(mailer)
    assert "Hello" not in repr(HELLO)


@pytest.mark.parametrize(
    ("url", "options", "named"),
    [
        ("mail.test", {}, "url"),
        ("http://mail.test", {}, "url"),
        ("smtp://", {}, "url"),
        ("smtp://mail.test", {"sender": "Acme"}, "sender"),
        ("smtp://mail.test", {"sender": "a@b.test\r\nBcc: eve@evil.test"}, "sender"),
        ("smtp://mail.test", {"attempts": 0}, "attempts"),
    ],
)
def test_wrong_options_fail_at_construction(url: str, options: dict[str, Any], named: str) -> None:
    """The option is named."""
    with pytest.raises(ConfigurationError, match=rf"SMTPMailer\({named}\)"):
        SMTPMailer(url, **{"sender": SENDER, **options})

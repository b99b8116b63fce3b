"""People with a second factor."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pyotp

from fastapi_betterauth.plugins.two_factor import OtpOptions, TwoFactor, TwoFactorCodeMail
from tests.builders.world import PASSWORD, Person, World, world


@dataclass
class Phone:
    """Everything a user has at hand: the app, the backup codes, the messages."""

    person: Person
    uri: str = ""
    backup_codes: list[str] = field(default_factory=list)

    def code(self, steps: int = 0) -> str:
        """What the app shows now, or so many steps away."""
        secret = parse_qs(urlsplit(self.uri).query)["secret"][0]
        now = self.person.world.clock()
        return pyotp.TOTP(secret).generate_otp(int(now.timestamp()) // 30 + steps)


@dataclass
class Codes:
    """The codes that were sent."""

    sent: list[TwoFactorCodeMail] = field(default_factory=list)

    async def __call__(self, mail: TwoFactorCodeMail) -> None:
        """Take a message."""
        self.sent.append(mail)


@asynccontextmanager
async def protected_world(
    url: str, *, sends: Codes | None = None, otp: Any = None, **options: Any
) -> AsyncIterator[World]:
    """A world with the plugin, which sends its codes to ``sends``. Further arguments are the plugin's options."""
    of_world = {name: options.pop(name) for name in ("plugins", "rate_limit", "verification") if name in options}
    if sends is not None:
        otp = OtpOptions(send_otp=sends, **(otp or {}))
    plugin = TwoFactor(**({"otp": otp} if otp is not None else {}), **options)
    more = of_world.pop("plugins", [])
    async with world(url, **of_world, plugins=[plugin, *more]) as w:
        yield w


async def enrolled(w: World, name: str = "ada") -> Phone:
    """Somebody who has turned the app on, and is signed in."""
    ada = await w.sign_up(name)
    phone = await begin(ada)
    answer = await ada.post("/two-factor/verify-totp", {"code": phone.code()})
    assert answer.status_code == 200, answer.text
    return phone


async def begin(person: Person) -> Phone:
    """Start to turn the app on."""
    answer = await person.post("/two-factor/enable", {"password": PASSWORD})
    assert answer.status_code == 200, answer.text
    return Phone(person, answer.json()["totpURI"], answer.json()["backupCodes"])


async def challenged(w: World, phone: Phone) -> Person:
    """Another device of theirs, where the password was right."""
    device = w.person(phone.person.name)
    answer = await device.sign_in_waits()
    assert answer.json()["twoFactorRedirect"] is True, answer.text
    return device


async def verify(device: Person, factor: str, code: str, **extra: Any) -> httpx2.Response:
    """Show a code: ``totp``, ``otp`` or ``backup-code``."""
    return await device.post(f"/two-factor/verify-{factor}", {"code": code, **extra})

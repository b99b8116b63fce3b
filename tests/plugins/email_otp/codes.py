"""Codes that were mailed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from fastapi_betterauth.plugins.email_otp import EmailOtp, EmailOtpMail, OtpType
from tests.builders.world import Person, World, world

ADA = "ada@people.test"
SEND, CHECK = "/email-otp/send-verification-otp", "/email-otp/check-verification-otp"
SIGN_IN, VERIFY = "/sign-in/email-otp", "/email-otp/verify-email"
FORGOT, RESET = "/email-otp/request-password-reset", "/email-otp/reset-password"
ASK_CHANGE, CHANGE = "/email-otp/request-email-change", "/email-otp/change-email"


@dataclass
class Letters:
    """Takes the mails."""

    sent: list[EmailOtpMail] = field(default_factory=list)

    async def __call__(self, mail: EmailOtpMail) -> None:
        """Take one."""
        self.sent.append(mail)

    def to(self, email: str) -> list[tuple[OtpType, str]]:
        """What went to an address: purposes and codes."""
        return [(mail.type, mail.otp) for mail in self.sent if mail.email == email]


@dataclass
class Post:
    """The world, and what was mailed in it."""

    w: World
    letters: Letters

    async def ask(self, kind: OtpType = "sign-in", email: str = ADA) -> str:
        """Have a code sent to somebody. Returns: it."""
        before = len(self.letters.sent)
        answer = await self.w.person().post(SEND, {"email": email, "type": kind})
        assert answer.json() == {"success": True}, answer.text
        await self.w.settled()
        assert len(self.letters.sent) == before + 1
        return self.letters.sent[-1].otp

    async def signed_in(self, name: str = "ada") -> Person:
        """Somebody who is signed in with a code, and so has a verified address."""
        person = self.w.person(name)
        answer = await sign_in(person, await self.ask("sign-in", person.email))
        assert answer.status_code == 200, answer.text
        return person

    async def identifiers(self) -> list[str]:
        """What codes are out."""
        return sorted(row["identifier"] for row in await self.w.rows("verification"))


@asynccontextmanager
async def coded_world(url: str, *, of_world: dict[str, Any] | None = None, **options: Any) -> AsyncIterator[Post]:
    """A world with the plugin. ``options`` are the plugin's."""
    letters, others = Letters(), dict(of_world or {})
    more = others.pop("plugins", [])
    plugins = [EmailOtp(**{"send_verification_otp": letters, **options}), *more]
    async with world(url, **others, plugins=plugins) as w:
        yield Post(w, letters)


async def sign_in(person: Person, otp: str, **more: Any) -> httpx2.Response:
    """Sign in with a code."""
    return await person.post(SIGN_IN, {"email": person.email, "otp": otp, **more})


def wrong(otp: str) -> str:
    """Another code than this one."""
    return f"{(int(otp) + 1) % 1_000_000:06}"

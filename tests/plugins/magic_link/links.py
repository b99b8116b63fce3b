"""Links that were mailed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from fastapi_betterauth.plugins.magic_link import MagicLink, MagicLinkMail
from tests.builders.world import BASE, Person, World, world

ASK, VERIFY = "/sign-in/magic-link", "/magic-link/verify"


@dataclass
class Letters:
    """Takes the mails."""

    sent: list[MagicLinkMail] = field(default_factory=list)

    async def __call__(self, mail: MagicLinkMail) -> None:
        """Take one."""
        self.sent.append(mail)


@dataclass
class Post:
    """The world, and what was mailed in it."""

    w: World
    letters: Letters

    async def ask(self, email: str = "ada@people.test", **more: Any) -> MagicLinkMail:
        """Have a link sent to somebody."""
        answer = await self.w.person().post(ASK, {"email": email, **more})
        assert answer.json() == {"status": True}, answer.text
        return self.letters.sent[-1]


@asynccontextmanager
async def linked_world(url: str, *, of_world: dict[str, Any] | None = None, **options: Any) -> AsyncIterator[Post]:
    """A world with the plugin. ``options`` are the plugin's."""
    letters, others = Letters(), dict(of_world or {})
    more = others.pop("plugins", [])
    plugins = [MagicLink(**{"send_magic_link": letters, **options}), *more]
    async with world(url, **others, plugins=plugins) as w:
        yield Post(w, letters)


async def follow(mail: MagicLinkMail, person: Person) -> httpx2.Response:
    """Click on the link."""
    return await person.http.get(mail.url)


async def use(person: Person, token: str) -> httpx2.Response:
    """Send the token without any page to go to."""
    return await person.get(VERIFY, params={"token": token})


def where(answer: httpx2.Response) -> str:
    """Where an answer leads, without the origin."""
    assert answer.status_code == 302, answer.text
    location: str = answer.headers["location"]
    return location.removeprefix(BASE)


def query_of(url: str) -> dict[str, str]:
    """The query of a URL."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query, keep_blank_values=True).items()}

"""A certified OpenID Connect provider in a process of its own, whose people a test makes up."""

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx2

from fastapi_betterauth.plugins.generic_oauth import OAuthServer
from scripts.services import free_port
from tests.builders.world import BASE, Person
from tests.databases import unavailable

FOLDER = Path(__file__).parent.parent / "identity_provider"
NAME = "idp"
"""What the provider is called here."""

_MOST_STEPS = 10

WELL_KNOWN = "/.well-known/openid-configuration"


class IdentityProvider:
    """The provider, as the host and the person's browser see it."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def server(self, **options: Any) -> OAuthServer:
        """The provider as an option of ours; its client is ``post`` unless said otherwise."""
        client = options.pop("client_id", "post")
        settings = {
            "provider_id": NAME,
            "discovery_url": f"{self.issuer}{WELL_KNOWN}",
            "client_id": client,
            "client_secret": None if client == "public" else f"{client}-secret",
            "scopes": ["openid", "email", "profile"],
        }
        return OAuthServer(**(settings | options))

    async def control(self, **changes: Any) -> None:
        """Change what is so from now on: ``people``, ``lifetime`` of access tokens, ``rotate`` the keys."""
        async with httpx2.AsyncClient() as http:
            answer = await http.post(f"{self.issuer}/control", json=changes)
            assert answer.status_code == 200, answer.text

    async def people(self, **people: Mapping[str, Any]) -> None:
        """Say who there is: claims by subject."""
        await self.control(people=people)

    async def agree(self, url: str, subject: str) -> str:
        """Somebody signs in there and agrees; the URL the browser is sent back to."""
        return await self._walk(f"{url}&login_hint={subject}")

    async def deny(self, url: str) -> str:
        """Somebody says no; the URL the browser is sent back to."""
        return await self._walk(url, deny=True)

    async def _walk(self, url: str, *, deny: bool = False) -> str:
        """Follow redirects as a browser does, until they leave the provider."""
        async with httpx2.AsyncClient() as http:
            for _ in range(_MOST_STEPS):
                answer = await http.get(f"{url}?deny" if deny and "/interaction/" in url else url)
                assert answer.is_redirect, answer.text
                url = urljoin(url, answer.headers["location"])
                if not url.startswith(self.issuer):
                    return url
        raise AssertionError(f"the provider goes round in circles: {url}")


async def start(person: Person, path: str = "/sign-in/social", **body: Any) -> str:
    """Begin a flow; the URL of the provider's page."""
    defaults = {"provider": NAME, "callbackURL": "/home", "errorCallbackURL": "/oops", "disableRedirect": True}
    answer = await person.post(path, defaults | body)
    assert answer.status_code == 200, answer.text
    url: str = answer.json()["url"]
    return url


async def come_back(person: Person, url: str) -> str:
    """Follow the redirect to our callback; where it sends the browser next."""
    parts = urlsplit(url)
    answer = await person.http.get(f"{parts.path}?{parts.query}")
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


async def sign_in_through(idp: IdentityProvider, person: Person, subject: str, **body: Any) -> str:
    """The whole way, from the button to the page after it."""
    return await come_back(person, await idp.agree(await start(person, **body), subject))


def query_of(url: str) -> dict[str, str]:
    """The parameters of a URL."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@contextmanager
def identity_provider(*callbacks: str) -> Iterator[IdentityProvider]:
    """Start one. Args: callbacks: where it sends people back to; by default to the worlds of tests."""
    if not (FOLDER / "node_modules").is_dir():
        unavailable("the Node packages of tests/identity_provider are missing: run `make install`")
    port = free_port()
    redirects = [part for url in callbacks or (f"{BASE}/api/auth/callback/{NAME}",) for part in ("--redirect", url)]
    command = ["node", "server.mjs", "--port", str(port), *redirects]
    with subprocess.Popen(command, cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        try:
            if process.stdout.readline().strip() != "ready":
                raise RuntimeError("the identity provider did not start")
            yield IdentityProvider(f"http://127.0.0.1:{port}")
        finally:
            process.kill()

"""The example app in demo mode, people who use it, and a browser."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.live_server import live_server

PASSWORD = "correct horse battery"
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

PATIENCE = 30_000.0
"""Milliseconds: other tests keep the cores busy."""

expect.set_options(timeout=PATIENCE)

Account = Callable[[str], AbstractContextManager[httpx2.Client]]


def demo(folder: Path) -> AbstractContextManager[str]:
    """Serve the app on a database and with a secret in this folder; yields the base URL."""
    environment = {
        "DEMO": "1",
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'example.db'}",
        "DEMO_SECRET_FILE": str(folder / "secret"),
    }
    return live_server("example_app.main:app", environment)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The running app."""
    with demo(tmp_path_factory.mktemp("example")) as url:
        yield url


@pytest.fixture
def account(base: str) -> Account:
    """Makes an account, and gives a client that is signed in to it."""

    @contextmanager
    def made(name: str) -> Iterator[httpx2.Client]:
        body = {"name": name.title(), "email": f"{name}@example.test", "password": PASSWORD}
        with httpx2.Client(base_url=base, headers={"origin": base}) as client:
            client.post("/api/auth/sign-up/email", json=body).raise_for_status()
            yield client

    return made


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for the tests of a module; its event loop must be gone before other tests start theirs."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=[*SWITCHES])
        yield running
        running.close()


@pytest.fixture
def page(browser: Browser, base: str) -> Iterator[Page]:
    """A page without history, on the app's home; anything it logs as an error fails the test."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, base_url=base)
    errors: list[str] = []
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto("/")
    yield opened
    context.close()
    assert errors == []

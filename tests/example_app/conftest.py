"""The example app under test, live in demo mode, and a browser."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from fastapi_betterauth.testing import AppUnderTest, AuthKit, BlockingAuthKit
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

Kit = AuthKit[Any, Any]
BlockingKit = BlockingAuthKit[Any, Any]

PRODUCTION = {
    "BASE_URL": "https://example.test",
    "BETTER_AUTH_SECRET": "5d0f2a8b6c3e9174d0b7a6f5e4c3d2b1a09f8e7d6c5b4a39281706f5e4d3c2b1",
    "DATABASE_URL": "sqlite+aiosqlite:////nowhere/example.db",
    "SMTP_URL": "smtp://127.0.0.1:1",
}
"""What the app needs outside of demo mode; nothing is there."""


@pytest.fixture(scope="session")
def app_under_test() -> AppUnderTest[Any, Any]:
    """The app as it runs in production."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in PRODUCTION.items():
            environment.setenv(name, value)
        main = import_module("example_app.main")
    return AppUnderTest(main.app, main.auth)


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

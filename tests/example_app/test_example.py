"""The example app, used as a person uses it: over HTTP, and in a browser."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.live_server import live_server

pytestmark = pytest.mark.xdist_group("browser")

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app in demo mode, on a database of its own."""
    folder: Path = tmp_path_factory.mktemp("example")
    environment = {
        "DEMO": "1",
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'example.db'}",
        "DEMO_SECRET_FILE": str(folder / "secret"),
    }
    with live_server("example_app.main:app", environment) as url:
        yield url


@pytest.fixture
def ada(base: str) -> Iterator[httpx2.Client]:
    """Somebody who has an account."""
    with _account(base, "ada") as client:
        yield client


@pytest.fixture
def browser_page(base: str, chromium: str) -> Iterator[Page]:
    """A page of a real browser at the app's home."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page()
        page.goto(base)
        yield page
        browser.close()


@contextmanager
def _account(base: str, name: str) -> Iterator[httpx2.Client]:
    body = {"name": name.title(), "email": f"{name}@example.test", "password": PASSWORD}
    with httpx2.Client(base_url=base, headers={"origin": base}) as client:
        answer = client.post("/api/auth/sign-up/email", json=body)
        if answer.status_code == 422:
            answer = client.post("/api/auth/sign-in/email", json=body)
        assert answer.status_code == 200, answer.text
        yield client


def _newest_link(client: httpx2.Client) -> str:
    return unescape(re.findall(r'<a href="([^"]+)">Open the link', client.get("/dev/mail").text)[0])


def test_guarded_routes_refuse_strangers(base: str) -> None:
    """Without a session every route of the API is a 401 with a code."""
    with httpx2.Client(base_url=base) as stranger:
        for path in ("/api/me", "/api/me/secrets", "/api/notes"):
            answer = stranger.get(path)
            assert (answer.status_code, answer.json()["detail"]["code"]) == (401, "UNAUTHORIZED")


def test_guarded_routes_serve_who_is_signed_in(ada: httpx2.Client) -> None:
    """With a session they answer; what needs a verified address waits for the mailed link."""
    before = ada.get("/api/me/newsletter").status_code
    ada.post("/api/auth/send-verification-email", json={"email": "ada@example.test"})
    ada.get(_newest_link(ada))

    assert ada.get("/api/me").json()["email"] == "ada@example.test"
    assert ada.get("/api/me/secrets").status_code == 200
    assert (before, ada.get("/api/me/newsletter").status_code) == (403, 200)


def test_notes_belong_to_their_owner(base: str, ada: httpx2.Client) -> None:
    """Nobody sees or deletes the notes of somebody else."""
    note = ada.post("/api/notes", json={"text": "buy milk"}).json()

    with _account(base, "bob") as bob:
        assert bob.get("/api/notes").json() == []
        assert bob.delete(f"/api/notes/{note['id']}").status_code == 404

    assert [n["text"] for n in ada.get("/api/notes").json()] == ["buy milk"]
    assert ada.delete(f"/api/notes/{note['id']}").status_code == 204


def test_docs_list_every_endpoint_with_its_lock(base: str) -> None:
    """The OpenAPI document has the auth endpoints and the app's own, guarded ones locked."""
    document = httpx2.get(f"{base}/openapi.json").json()

    assert document["paths"]["/api/auth/sign-up/email"]["post"]["summary"].startswith("Sign up")
    assert document["paths"]["/api/me"]["get"]["security"] == [{"session": []}]
    assert document["components"]["securitySchemes"]["session"]["in"] == "cookie"


def test_a_person_signs_up_and_out_in_the_browser(browser_page: Page) -> None:
    """The form makes an account, the page says who is signed in, and lets them out again."""
    form = browser_page.locator("#sign-up")
    form.get_by_label("Name").fill("Cleo")
    form.get_by_label("E-mail").fill("cleo@example.test")
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_role("button").click()

    expect(browser_page.locator("#email")).to_have_text("cleo@example.test")
    browser_page.get_by_role("button", name="Sign out").click()
    expect(browser_page.get_by_role("status")).to_have_text("Signed out.")


def test_a_person_resets_a_password_in_the_browser(base: str, browser_page: Page) -> None:
    """The mailed link leads to a page that takes a new password, and hides the token at once."""
    with _account(base, "dora") as dora:
        dora.post(
            "/api/auth/request-password-reset", json={"email": "dora@example.test", "redirectTo": "/new-password"}
        )
        browser_page.goto(_newest_link(dora))

    browser_page.get_by_role("textbox", name="Password").fill("a new password")
    browser_page.get_by_role("button", name="Save").click()
    expect(browser_page.get_by_role("status")).to_have_text("Saved. You can sign in with it now.")
    assert "token" not in browser_page.url

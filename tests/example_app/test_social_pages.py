"""Signing in through somebody else, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.services import free_port
from tests.builders.identity_provider import identity_provider
from tests.live_server import live_server

from .conftest import PASSWORD
from .steps import examine, refused, section, sign_in, sign_up, told

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

AS_ADA, AS_GRACE, AS_ALAN = "Ada Lovelace ada@example.com", "Grace Hopper grace@example.com", "Alan Turing"


def _go_there(page: Page) -> None:
    page.goto("/sign-in")
    page.get_by_role("button", name="Sign in with Example ID").click()
    expect(page.get_by_role("heading", name="Example ID")).to_be_visible()


def _sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    told(page, "You are signed out.")


def test_the_demo_needs_no_registration(page: Page) -> None:
    """The first time makes an account, the second time signs in to it; saying no is no error of ours."""
    _go_there(page)
    page.get_by_role("button", name=AS_GRACE).click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    expect(section(page, "Profile").get_by_label("Name", exact=True)).to_have_value("Grace Hopper")
    expect(page.get_by_text("grace@example.com, verified")).to_be_visible()
    section(page, "Password").get_by_role("button", name="Mail me a link to choose one").click()
    told(page, "If this address has an account, a mail with a link is on its way.")
    _sign_out(page)
    _go_there(page)
    page.get_by_role("button", name=AS_GRACE).click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    _sign_out(page)
    _go_there(page)
    page.get_by_role("button", name="I would rather not say").click()
    refused(page, "You did not want to sign in there, or may not.")


def test_an_account_is_linked_and_unlinked(page: Page) -> None:
    """The address is taken by a password: linking asks to sign in first. The last way in cannot be removed."""
    sign_up(page, "Ada", "ada@example.com")
    _sign_out(page)
    _go_there(page)
    page.get_by_role("button", name=AS_ADA).click()
    refused(page, "This address has an account already. Sign in to it, then link the other one there.")
    sign_in(page, "ada@example.com", PASSWORD)
    page.get_by_role("button", name="Link Example ID").click()
    page.get_by_role("button", name=AS_ALAN).click()
    refused(page, "That account cannot be linked: its address is not verified there.")
    page.get_by_role("button", name="Link Example ID").click()
    page.get_by_role("button", name=AS_ADA).click()
    told(page, "The account is linked.")
    expect(page.get_by_text("You can sign in with it.")).to_be_visible()
    page.get_by_role("button", name="Unlink Example ID").click()
    told(page, "The account is not linked any more.")


def test_pages_are_accessible(page: Page) -> None:
    """axe-core finds nothing serious on the buttons, and on the demo provider's page."""
    page.goto("/sign-in")
    examine(page)
    _go_there(page)
    examine(page)


@pytest.fixture
def far_away(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    """A page of the example app that is set up, by its environment, with a certified provider."""
    port = free_port()
    with identity_provider(f"http://127.0.0.1:{port}/api/auth/callback/oidc") as idp:
        marie = {"email": "marie@example.test", "email_verified": True, "name": "Marie"}
        httpx2.post(f"{idp.issuer}/control", json={"people": {"marie": marie}}).raise_for_status()
        environment = {
            "DEMO": "1",
            "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'app.db'}",
            "DEMO_SECRET_FILE": str(tmp_path / "secret"),
            "OIDC_ISSUER": idp.issuer,
            "OIDC_CLIENT_ID": "basic",
            "OIDC_CLIENT_SECRET": "basic-secret",
            "OIDC_NAME": "the Institute",
        }
        with live_server("example_app.main:app", environment, port=port) as base:
            context = browser.new_context(base_url=base)
            yield context.new_page()
            context.close()


def test_a_certified_provider_signs_in(far_away: Page) -> None:
    """The browser goes there and back, with code, PKCE and nonce; saying no leads back to the form."""
    page = far_away
    page.goto("/sign-in")
    page.get_by_role("button", name="Sign in with the Institute").click()
    page.get_by_role("link", name="marie").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    expect(page.get_by_text("marie@example.test, verified")).to_be_visible()
    page.context.clear_cookies()
    page.goto("/sign-in")
    page.get_by_role("button", name="Sign in with the Institute").click()
    page.get_by_role("link", name="Nobody").click()
    refused(page, "You did not want to sign in there, or may not.")

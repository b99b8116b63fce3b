"""The example app in a real browser."""

import json
from itertools import count

import pytest
from playwright.sync_api import Locator, Page, expect

from .conftest import PASSWORD

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

_numbers = count(1)


def sign_up(page: Page) -> str:
    """Fill in the form for somebody new. Returns: the address."""
    email = f"person{next(_numbers)}@example.test"
    form = page.get_by_role("form", name="Sign up")
    form.get_by_label("Name").fill("Cleo")
    form.get_by_label("E-mail").fill(email)
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_role("button").click()
    expect(page.get_by_role("status")).to_contain_text("Welcome")
    return email


def open_mailed_link(page: Page, email: str, subject: str) -> None:
    """Follow the link of somebody's mail at /dev/mail; it may still be on its way."""
    page.get_by_role("link", name="Mail", exact=True).click()
    mail = page.get_by_role("listitem").filter(has_text=f"To {email} ").filter(has_text=subject)
    for _ in range(200):
        if mail.count():
            break
        page.reload()
    mail.get_by_role("link").click()


def test_person_signs_up_out_and_in(page: Page) -> None:
    """The forms make an account, say who is signed in, and let them out and in again."""
    email = sign_up(page)
    expect(page.get_by_role("region", name="Signed in")).to_contain_text(email)

    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_have_text("Signed out.")
    form = page.get_by_role("form", name="Sign in")
    form.get_by_label("E-mail").fill(email)
    form.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")

    expect(page.get_by_role("region", name="Signed in")).to_contain_text(email)


def test_mailed_link_verifies_the_address(page: Page) -> None:
    """The newest mail's link leads back to the home page, which says thank you."""
    email = sign_up(page)
    expect(page.get_by_role("region", name="Signed in")).to_contain_text("not verified yet")

    open_mailed_link(page, email, "Verify")

    expect(page.get_by_role("status")).to_have_text("Thank you, your address is verified.")
    expect(page.get_by_role("region", name="Signed in")).to_contain_text("a verified address")


def test_other_name_of_the_machine_works_as_well(page: Page, base: str) -> None:
    """Opened as localhost, the mailed link leads back there, where the session is."""
    home = base.replace("127.0.0.1", "localhost")
    page.goto(home)
    email = sign_up(page)

    open_mailed_link(page, email, "Verify")

    expect(page.get_by_role("region", name="Signed in")).to_contain_text("a verified address")
    assert page.url == f"{home}/"


def test_mailed_link_resets_the_password(page: Page, base: str) -> None:
    """It leads to a page that takes a new password, and hides the token at once."""
    email = sign_up(page)
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("form", name="Sign in").get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Forgot password").click()
    expect(page.get_by_role("status")).to_contain_text("check your email")

    open_mailed_link(page, email, "Choose a new password")
    page.get_by_role("textbox", name="Password").fill("a new password")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("status")).to_have_text("Saved. You can sign in with it now.")
    assert page.url == f"{base}/new-password"


def test_mistakes_are_told(page: Page) -> None:
    """A refusal is read out where the person is, in words."""
    form = page.get_by_role("form", name="Sign in")
    form.get_by_label("E-mail").fill("nobody@example.test")
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_role("button", name="Sign in").click()

    expect(page.get_by_role("status")).to_have_text("Invalid email or password")
    expect(page.get_by_role("status")).to_be_in_viewport()


@pytest.mark.parametrize("path", ["/", "/dev/mail", "/new-password"])
def test_pages_fit_a_phone(page: Page, base: str, path: str) -> None:
    """Nothing has to be scrolled sideways at 360 px, and every field has a name."""
    sign_up(page)

    page.goto(base + path)

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.evaluate("[...document.querySelectorAll('input')].filter((i) => !i.labels.length).length") == 0


def _tried(page: Page, method: str, path: str, body: dict[str, str] | None = None) -> Locator:
    """Press Execute on one operation of Swagger UI. Returns: where the status is shown."""
    block = page.locator(f".opblock-{method}").filter(has=page.locator(f'[data-path="{path}"]'))
    if not block.get_by_role("button", name="Execute").is_visible():
        block.locator(".opblock-summary-control").click()
        block.get_by_role("button", name="Try it out").click()
    else:
        block.get_by_role("button", name="Clear").click()
    if body is not None:
        block.locator("textarea.body-param__text").fill(json.dumps(body))
    block.get_by_role("button", name="Execute").click()
    return block.locator(".live-responses-table .response .response-col_status")


def test_person_does_it_all_in_the_docs(page: Page, base: str) -> None:
    """At /docs, without network: refused, sign up, authorised, sign out, refused again."""
    person = {"name": "Dora", "email": "dora@example.test", "password": PASSWORD}
    page.goto(f"{base}/docs")

    expect(_tried(page, "get", "/api/me")).to_contain_text("401")
    expect(_tried(page, "post", "/api/auth/sign-up/email", person)).to_contain_text("200")
    expect(_tried(page, "get", "/api/me")).to_contain_text("200")
    expect(_tried(page, "post", "/api/notes", {"text": "from the docs"})).to_contain_text("201")
    expect(_tried(page, "post", "/api/auth/sign-out", {})).to_contain_text("200")
    expect(_tried(page, "get", "/api/me")).to_contain_text("401")


def test_authorize_takes_a_cookie_from_elsewhere(page: Page, base: str) -> None:
    """The value of a session cookie, pasted into the dialog, signs in at /docs."""
    email = sign_up(page)
    value = next(c["value"] for c in page.context.cookies() if c["name"] == "better-auth.session_token")
    page.context.clear_cookies()
    page.goto(f"{base}/docs")

    page.get_by_role("button", name="Authorize").first.click()
    dialog = page.locator(".dialog-ux")
    dialog.locator("input").fill(value)
    dialog.locator(".auth-btn-wrapper .authorize").click()
    dialog.locator(".auth-btn-wrapper .btn-done").click()

    expect(_tried(page, "get", "/api/me")).to_contain_text("200")
    expect(page.locator(".opblock.is-open .live-responses-table")).to_contain_text(email)

"""The example app in a real browser."""

import json

import httpx2
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from .conftest import PASSWORD
from .steps import examine, open_mailed_link, refused, section, sign_in, sign_up, told

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


def test_person_signs_up_out_and_in(page: Page) -> None:
    """The forms make an account, say who is signed in, and let them out and in again."""
    email = sign_up(page)

    page.get_by_role("button", name="Sign out").click()
    told(page, "You are signed out.")
    sign_in(page, email, PASSWORD)

    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("main")).to_contain_text(email)


def test_pages_work_without_scripts(browser: Browser, base: str) -> None:
    """Everything is done by forms and links."""
    context = browser.new_context(java_script_enabled=False, base_url=base)
    page = context.new_page()
    email = sign_up(page)
    page.get_by_role("button", name="Sign out").click()
    sign_in(page, email, PASSWORD)

    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    context.close()


def test_mailed_link_verifies_the_address(page: Page) -> None:
    """The link of a second mail verifies as well; the home page says thank you."""
    email = sign_up(page)
    page.get_by_role("button", name="Send the link again").click()
    told(page, "A mail is on its way.")

    open_mailed_link(page, email, "Confirm")

    told(page, "Thank you, your address is verified.")
    page.goto("/account")
    expect(section(page, "E-mail address")).to_contain_text(f"{email}, verified")


def test_other_name_of_the_machine_works_as_well(browser: Browser, base: str) -> None:
    """Opened as localhost, the mailed link leads back there, where the session is."""
    home = base.replace("127.0.0.1", "localhost")
    context = browser.new_context(base_url=home)
    page = context.new_page()
    email = sign_up(page)

    open_mailed_link(page, email, "Confirm")

    told(page, "Thank you, your address is verified.")
    assert page.url.startswith(home)
    expect(page.get_by_role("main")).to_contain_text(email)
    context.close()


def test_mailed_link_resets_the_password(page: Page, base: str) -> None:
    """It leads to a page that takes a new password; the token is gone from the address at once."""
    email = sign_up(page)
    page.get_by_role("button", name="Sign out").click()
    page.goto("/sign-in")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Send the link").click()
    told(page, "If this address has an account, a mail with a link is on its way.")

    open_mailed_link(page, email, "Choose a new password")
    expect(page).to_have_url(f"{base}/new-password")
    page.get_by_label("New password", exact=True).fill("a new password")
    page.get_by_role("button", name="Save").click()
    told(page, "Your password is changed. Sign in with it now.")
    sign_in(page, email, "a new password")

    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    page.goto("/new-password")
    refused(page, "This link is not valid any more. Ask for another one.")


def test_profile_is_changed(page: Page) -> None:
    """Name and language are kept."""
    sign_up(page)
    profile = section(page, "Profile")
    profile.get_by_label("Name", exact=True).fill("Dr. Cleo")
    profile.get_by_label("Language").select_option("Deutsch")
    profile.get_by_role("button").click()

    told(page, "Saved.")
    expect(section(page, "Profile").get_by_label("Name", exact=True)).to_have_value("Dr. Cleo")
    expect(section(page, "Profile").get_by_label("Language")).to_have_value("de")


def test_address_is_changed_by_the_mailed_links(page: Page) -> None:
    """An unverified account's new address is verified, and is the address from then on."""
    email = sign_up(page)
    new = f"new-{email}"
    section(page, "E-mail address").get_by_label("New address").fill(new)
    section(page, "E-mail address").get_by_role("button").click()
    told(page, "Follow the link in your mail to change the address.")

    open_mailed_link(page, new, "Confirm")

    page.goto("/account")
    expect(section(page, "E-mail address")).to_contain_text(f"{new}, verified")


def test_password_is_changed_and_other_devices_are_signed_out(page: Page, browser: Browser, base: str) -> None:
    """A wrong current password is refused; with the right one the other devices lose their sessions."""
    email = sign_up(page)
    other = browser.new_context(base_url=base)
    phone = other.new_page()
    sign_in(phone, email, PASSWORD)
    expect(phone.get_by_role("heading", name="Your account")).to_be_visible()
    password = section(page, "Password")
    password.get_by_label("Current password").fill("not this one")
    password.get_by_label("New password").fill("a new password")
    password.get_by_role("button").click()
    refused(page, "Invalid password")

    password.get_by_label("Current password").fill(PASSWORD)
    password.get_by_label("New password").fill("a new password")
    password.get_by_role("button").click()
    told(page, "Your password is changed.")
    phone.goto("/account")

    told(phone, "Sign in first.")
    other.close()


def test_devices_are_listed_and_signed_out(page: Page, browser: Browser, base: str) -> None:
    """The list names each device; another one can be signed out, this one is marked."""
    email = sign_up(page)
    other = browser.new_context(base_url=base, user_agent="Mozilla/5.0 (iPhone) Safari/604.1")
    phone = other.new_page()
    sign_in(phone, email, PASSWORD)
    expect(phone.get_by_role("heading", name="Your account")).to_be_visible()
    page.goto("/account")
    devices = page.get_by_role("region", name="Devices")
    expect(devices.get_by_role("listitem")).to_have_count(2)
    expect(devices.get_by_role("listitem").filter(has_text="(this one)")).to_contain_text("127.0.0.1")

    devices.get_by_role("button", name="Sign out Safari on iPhone").click()
    told(page, "That device is signed out.")
    phone.goto("/account")

    told(phone, "Sign in first.")
    expect(devices.get_by_role("listitem")).to_have_count(1)
    other.close()


def test_account_is_deleted_by_the_mailed_link(page: Page) -> None:
    """After password and link, nobody is signed in and nobody can sign in."""
    email = sign_up(page)
    section(page, "Delete the account").get_by_label("Password").fill(PASSWORD)
    section(page, "Delete the account").get_by_role("button").click()
    told(page, "Follow the link in your mail to delete the account. It holds for a day.")

    open_mailed_link(page, email, "Delete your account?")
    told(page, "Your account is deleted.")
    sign_in(page, email, PASSWORD)

    refused(page, "Invalid email or password")


def test_mistakes_are_told(page: Page) -> None:
    """A refusal is read out where the person is, in words; what they typed is still there."""
    sign_in(page, "nobody@example.test", PASSWORD)

    refused(page, "Invalid email or password")
    expect(page.get_by_label("E-mail or username")).to_have_value("nobody@example.test")


def test_spent_links_are_told(page: Page) -> None:
    """A verification link that is no link says so on the home page."""
    page.goto("/api/auth/verify-email?token=nonsense&callbackURL=/")

    refused(page, "This link is not valid any more. Ask for another one.")


def test_foreign_sites_submit_no_forms(base: str) -> None:
    """The app's own forms are closed to other sites, as the endpoints are."""
    answer = httpx2.post(f"{base}/sign-in", data={"email": "a@b.test"}, headers={"origin": "https://evil.test"})

    assert (answer.status_code, answer.json()["detail"]["code"]) == (403, "INVALID_ORIGIN")


def test_pages_are_accessible(browser: Browser, base: str) -> None:
    """axe-core finds nothing serious on any page, and nothing has to be scrolled sideways."""
    context = browser.new_context(base_url=base)
    page = context.new_page()
    for path in ("/", "/sign-in", "/sign-up", "/forgot-password"):
        page.goto(path)
        examine(page)
    sign_in(page, "nobody@example.test", PASSWORD)
    refused(page, "Invalid email or password")
    examine(page)
    email = sign_up(page)
    examine(page)
    for path in ("/", "/dev/mail"):
        page.goto(path)
        examine(page)
    page.goto("/forgot-password")
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Send the link").click()
    told(page, "If this address has an account, a mail with a link is on its way.")
    open_mailed_link(page, email, "Choose a new password")
    expect(page).to_have_url(f"{base}/new-password")
    examine(page)
    context.close()


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


def test_person_does_it_all_in_the_docs(page: Page) -> None:
    """At /docs, without network: refused, sign up, authorised, sign out, refused again."""
    person = {"name": "Dora", "email": "dora@example.test", "password": PASSWORD}
    page.goto("/docs")

    expect(_tried(page, "get", "/api/me")).to_contain_text("401")
    expect(_tried(page, "post", "/api/auth/sign-up/email", person)).to_contain_text("200")
    expect(_tried(page, "get", "/api/me")).to_contain_text("200")
    expect(_tried(page, "post", "/api/notes", {"text": "from the docs"})).to_contain_text("201")
    expect(_tried(page, "post", "/api/auth/sign-out", {})).to_contain_text("200")
    expect(_tried(page, "get", "/api/me")).to_contain_text("401")


def test_authorize_takes_a_cookie_from_elsewhere(page: Page) -> None:
    """The value of a session cookie, pasted into the dialog, signs in at /docs."""
    email = sign_up(page)
    value = next(c["value"] for c in page.context.cookies() if c["name"] == "better-auth.session_token")
    page.context.clear_cookies()
    page.goto("/docs")

    page.get_by_role("button", name="Authorize").first.click()
    dialog = page.locator(".dialog-ux")
    dialog.locator("input").fill(value)
    dialog.locator(".auth-btn-wrapper .authorize").click()
    dialog.locator(".auth-btn-wrapper .btn-done").click()

    expect(_tried(page, "get", "/api/me")).to_contain_text("200")
    expect(page.locator(".opblock.is-open .live-responses-table")).to_contain_text(email)

"""The pages of the plugins, in a real browser."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx2
import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import PASSWORD
from .steps import examine, mailed_code, open_mailed_link, refused, section, sign_in, sign_up, told

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]

ADMIN = "admin@example.com"


def _code(uri: str) -> str:
    """What an authenticator app shows now."""
    return pyotp.TOTP(parse_qs(urlsplit(uri).query)["secret"][0]).now()


def _turn_on(page: Page) -> tuple[str, list[str]]:
    """Turn the second factor on. Returns: the app's URI, and the backup codes."""
    page.goto("/account/second-factor")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".qr svg")).to_be_visible()
    uri = page.locator(".url").text_content() or ""
    codes = page.locator(".codes code").all_inner_texts()
    section(page, "Type the code").get_by_label("Code").fill(_code(uri))
    page.get_by_role("button", name="Turn on").click()
    told(page, "The second factor is on. From now on we ask for a code after your password.")
    return uri, codes


def _elsewhere(browser: Browser, base: str) -> str:
    """Somebody signs up in a browser of their own. Returns: the address."""
    context = browser.new_context(base_url=base)
    email = sign_up(context.new_page(), "Bob")
    context.close()
    return email


def _sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    told(page, "You are signed out.")


def test_a_username_signs_in(page: Page) -> None:
    """Chosen at sign-up; another one in the profile; a taken one is refused there."""
    sign_up(page, username="cleo.one")
    expect(section(page, "Profile").get_by_label("Username")).to_have_value("cleo.one")
    _sign_out(page)
    sign_in(page, "Cleo.One", PASSWORD)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    _sign_out(page)
    sign_up(page, "Dora")
    section(page, "Profile").get_by_label("Username").fill("CLEO.ONE")
    section(page, "Profile").get_by_role("button").click()
    refused(page, "Username is already taken. Please try another.")


def test_a_mailed_link_signs_in(page: Page) -> None:
    """Asked for on the sign-in page; once used it leads back there."""
    email = "linda@example.test"
    page.goto("/sign-in")
    page.get_by_label("E-mail", exact=True).fill(email)
    page.get_by_role("button", name="Mail me a link").click()
    told(page, "If you may sign in with this address, a mail with a link is on its way.")
    open_mailed_link(page, email, "Sign in to Example")
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    expect(section(page, "E-mail address")).to_contain_text(f"{email}, verified")
    _sign_out(page)
    open_mailed_link(page, email, "Sign in to Example")
    refused(page, "This link is not valid any more. Ask for another one.")


def test_a_mailed_code_signs_in(page: Page) -> None:
    """A wrong one is refused where it was typed; the right one signs in."""
    email = "cody@example.test"
    page.goto("/sign-in")
    page.get_by_label("E-mail", exact=True).fill(email)
    page.get_by_role("button", name="Mail me a code").click()
    page.get_by_label("Code").fill("nothing")
    page.get_by_role("button", name="Sign in").click()
    refused(page, "Invalid OTP")
    other = page.context.new_page()
    code = mailed_code(other, email, "Your code for Example")
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def test_a_second_factor_is_asked_for(page: Page) -> None:
    """By the app, by mail, by a backup code that works once; a trusted device is not asked."""
    email = sign_up(page)
    uri, codes = _turn_on(page)
    assert len(codes) == 10
    _sign_out(page)
    sign_in(page, email, PASSWORD)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    app = section(page, "Authenticator app")
    app.get_by_label("Code").fill("000000")
    app.get_by_role("button", name="Go on").click()
    refused(page, "Invalid code")
    app.get_by_label("Code").fill(_code(uri))
    app.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()

    _sign_out(page)
    sign_in(page, email, PASSWORD)
    page.get_by_role("button", name="Mail me a code").click()
    code = mailed_code(page.context.new_page(), email, "Your code for Example")
    mailed = section(page, "Code by mail")
    mailed.get_by_label("Code").fill(code)
    mailed.get_by_label("Trust this device").check()
    mailed.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    _sign_out(page)
    sign_in(page, email, PASSWORD)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()

    page.goto("/account/second-factor")
    page.get_by_role("button", name="Sign out everywhere").click()
    told(page, "You are signed out everywhere, and no device is trusted any more.")
    for told_again in (False, True):
        sign_in(page, email, PASSWORD)
        backup = section(page, "Backup code")
        backup.get_by_label("Code").fill(codes[0])
        backup.get_by_role("button", name="Go on").click()
        if told_again:
            refused(page, "Invalid backup code")
        else:
            expect(page.get_by_role("heading", name="Your account")).to_be_visible()
            _sign_out(page)


def test_backup_codes_are_renewed_and_the_factor_is_turned_off(page: Page) -> None:
    """Both want the password."""
    email = sign_up(page)
    _, codes = _turn_on(page)
    renew = section(page, "Backup codes")
    renew.get_by_label("Password").fill("not this one")
    renew.get_by_role("button").click()
    refused(page, "Invalid password")
    renew.get_by_label("Password").fill(PASSWORD)
    renew.get_by_role("button").click()
    expect(page.locator(".codes code")).to_have_count(10)
    assert set(page.locator(".codes code").all_inner_texts()).isdisjoint(codes)
    off = section(page, "Turn it off")
    off.get_by_label("Password").fill(PASSWORD)
    off.get_by_role("button").click()
    told(page, "The second factor is off.")
    _sign_out(page)
    sign_in(page, email, PASSWORD)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def test_accounts_are_switched(page: Page, browser: Browser, base: str) -> None:
    """A second account is added beside the first; each can be signed out by itself."""
    first = sign_up(page, "Ada")
    second = _elsewhere(browser, base)
    page.goto("/accounts")
    page.get_by_role("link", name="Add another account").click()
    page.get_by_label("E-mail or username").fill(second)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(section(page, "E-mail address")).to_contain_text(second)
    page.get_by_role("link", name="Switch").click()
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(2)
    page.get_by_role("button", name="Switch to Ada").click()
    told(page, "You have changed the account.")
    expect(section(page, "E-mail address")).to_contain_text(first)
    page.goto("/accounts")
    page.get_by_role("button", name="Sign out Ada").click()
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(1)
    page.goto("/account")
    expect(section(page, "E-mail address")).to_contain_text(second)


def test_terms_are_accepted(page: Page) -> None:
    """The app's own plugin: asked for once."""
    sign_up(page)
    page.get_by_role("button", name="Accept the terms").click()
    told(page, "Thank you for accepting the terms.")
    expect(page.get_by_role("button", name="Accept the terms")).to_have_count(0)


def _as_admin(page: Page, base: str) -> None:
    """Sign the demo's admin in, who may have to be made first."""
    root = {"name": "Root", "email": ADMIN, "password": PASSWORD}
    assert httpx2.post(f"{base}/api/auth/sign-up/email", json=root, headers={"origin": base}).status_code in (200, 422)
    sign_in(page, ADMIN, PASSWORD)
    expect(page.get_by_role("link", name="Users")).to_be_visible()


def _look_up(page: Page, email: str, name: str) -> None:
    page.goto("/admin")
    page.get_by_label("Address contains").fill(email)
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=name, exact=True).click()


def test_an_admin_manages_users(page: Page, browser: Browser, base: str) -> None:
    """Search, sort, create, ban and unban, end sessions, delete; others do not get in."""
    email = _elsewhere(browser, base)
    sign_up(page)
    page.goto("/admin")
    expect(page).not_to_have_url(re.compile("/admin"))
    _sign_out(page)
    _as_admin(page, base)
    page.goto("/admin")
    page.get_by_role("link", name="E-mail").click()
    expect(page.get_by_role("columnheader", name="E-mail")).to_have_attribute("aria-sort", "descending")
    page.get_by_role("link", name="Create one").click()
    page.get_by_label("Name").fill("Made")
    page.get_by_label("E-mail").fill("made@example.test")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create").click()
    told(page, "The user is created.")

    _look_up(page, email, "Bob")
    section(page, "Ban").get_by_label("Reason").fill("spam")
    section(page, "Ban").get_by_label("For").select_option("a week")
    section(page, "Ban").get_by_role("button").click()
    told(page, "Saved.")
    expect(page.get_by_role("main")).to_contain_text("banned: spam")
    section(page, "Ban").get_by_role("button", name="Lift the ban").click()
    told(page, "Saved.")
    section(page, "Role").get_by_label("Role").select_option("admin")
    section(page, "Role").get_by_role("button").click()
    told(page, "Saved.")
    expect(section(page, "Role").get_by_label("Role")).to_have_value("admin")
    section(page, "Delete").get_by_role("button").click()
    told(page, "The user is deleted.")


def test_an_admin_becomes_somebody_else_and_comes_back(page: Page, browser: Browser, base: str) -> None:
    """A banner on every page says so, and leads back."""
    email = _elsewhere(browser, base)
    _as_admin(page, base)
    _look_up(page, email, "Bob")
    page.get_by_role("button", name="Become Bob").click()
    told(page, "You are somebody else now.")
    for path in ("/", "/account", "/dev/mail"):
        page.goto(path)
        expect(page.get_by_role("form", name="Impersonation")).to_contain_text("You are acting as Bob.")
    page.get_by_role("button", name="Be yourself again").click()
    told(page, "You are yourself again.")
    expect(page.get_by_role("form", name="Impersonation")).to_have_count(0)


def test_pages_are_accessible(browser: Browser, base: str) -> None:
    """axe-core finds nothing serious on any of these pages, and nothing has to be scrolled sideways."""
    context = browser.new_context(base_url=base)
    page = context.new_page()
    other = _elsewhere(browser, base)
    email = sign_up(page, "Eve")
    page.goto("/account/second-factor")
    examine(page)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".qr svg")).to_be_visible()
    examine(page)
    _turn_on(page)
    examine(page)
    page.goto("/accounts")
    examine(page)
    _sign_out(page)
    sign_in(page, email, PASSWORD)
    expect(page.get_by_role("heading", name="One more step")).to_be_visible()
    examine(page)
    page.goto("/sign-in")
    page.get_by_label("E-mail", exact=True).fill("someone@example.test")
    page.get_by_role("button", name="Mail me a code").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    examine(page)
    _as_admin(page, base)
    for path in ("/admin", "/admin/new"):
        page.goto(path)
        examine(page)
    _look_up(page, other, "Bob")
    examine(page)
    page.get_by_role("button", name="Become Bob").click()
    told(page, "You are somebody else now.")
    examine(page)
    context.close()

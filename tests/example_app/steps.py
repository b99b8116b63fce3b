"""What people do in the example app, step by step."""

from itertools import count, product
from pathlib import Path
from typing import Literal

from playwright.sync_api import Locator, Page, expect

from .conftest import PASSWORD

AXE = Path(__file__).parents[1] / "js" / "node_modules" / "axe-core" / "axe.min.js"

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

_numbers = count(1)


def sign_up(page: Page, name: str = "Cleo", email: str = "", username: str = "") -> str:
    """Fill in the form for somebody new. Returns: the address."""
    email = email or f"person{next(_numbers)}@example.test"
    page.goto("/sign-up")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Username").fill(username)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("status")).to_contain_text("Welcome")
    return email


def sign_in(page: Page, email: str, password: str) -> None:
    """Fill in the form, with the keyboard at the end."""
    page.goto("/sign-in")
    page.get_by_label("E-mail or username").fill(email)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")


def newest_mail(page: Page, email: str, subject: str) -> Locator:
    """Somebody's newest mail at /dev/mail; it may still be on its way."""
    page.goto("/dev/mail")
    mail = page.get_by_role("listitem").filter(has_text=f"To {email} ").filter(has_text=subject)
    for _ in range(200):
        if mail.count():
            break
        page.reload()
    return mail.first


def open_mailed_link(page: Page, email: str, subject: str) -> None:
    """Follow the link of somebody's newest mail."""
    newest_mail(page, email, subject).get_by_role("link").click()


def mailed_code(page: Page, email: str, subject: str) -> str:
    """The code of somebody's newest mail."""
    return newest_mail(page, email, subject).locator(".code").inner_text()


def section(page: Page, name: str) -> Locator:
    """One of the account's forms."""
    return page.get_by_role("form", name=name)


def told(page: Page, text: str) -> None:
    """The page says so, where a screen reader hears it."""
    expect(page.get_by_role("status")).to_have_text(text)


def refused(page: Page, text: str) -> None:
    """The page says what is wrong, as an alert, and in its title."""
    expect(page.get_by_role("alert")).to_have_text(text)
    expect(page.get_by_role("alert")).to_be_in_viewport()
    assert page.title().startswith("Error: ")


def examine(page: Page) -> None:
    """axe-core finds nothing serious, in light and dark, on phone and desktop; nothing is to be scrolled sideways."""
    for width, scheme in product((360, 1280), SCHEMES):
        page.set_viewport_size({"width": width, "height": 740})
        page.emulate_media(color_scheme=scheme)
        _examine(page)


def _examine(page: Page) -> None:
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run()")["violations"]

    serious = [f"{v['id']}: {v['help']}" for v in found if v["impact"] in ("serious", "critical")]
    assert serious == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url

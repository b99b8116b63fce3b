"""Second factors that the reference wrote work here, and the other way round."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pyotp
import pytest

from tests.takeover.servers import Server, ours, reference

pytestmark = pytest.mark.xdist_group("takeover")

TRUST = "better-auth.trust_device"
Start = Callable[[str, str], AbstractContextManager[Server]]


@dataclass
class Ada:
    """What a user with a second factor has: the app's secret, backup codes, and the mark of a trusted device."""

    uri: str = ""
    backup_codes: list[str] = field(default_factory=list)
    trust: str = ""

    def code(self) -> str:
        """What the app shows now. Each server sees one sign-in with it."""
        return pyotp.TOTP(parse_qs(urlsplit(self.uri).query)["secret"][0]).now()


BODY = {"email": "ada@takeover.test", "password": "password of ada"}


def _post(browser: httpx2.Client, path: str, body: Any) -> httpx2.Response:
    answer = browser.post(f"/api/auth{path}", json=body, headers={"origin": str(browser.base_url).rstrip("/")})
    assert answer.status_code == 200, (path, answer.text)
    return answer


def _browser(server: Server) -> httpx2.Client:
    return httpx2.Client(base_url=server.base, timeout=30)


def _enrol(server: Server) -> Ada:
    """Sign up, turn the app on, and have a device trusted."""
    with _browser(server) as browser:
        _post(browser, "/sign-up/email", {"name": "Ada", **BODY})
        begun = _post(browser, "/two-factor/enable", {"password": BODY["password"]}).json()
        ada = Ada(begun["totpURI"], begun["backupCodes"])
        _post(browser, "/two-factor/verify-totp", {"code": ada.code()})
        browser.cookies.clear()
        assert _post(browser, "/sign-in/email", BODY).json()["twoFactorRedirect"] is True
        _post(browser, "/two-factor/verify-totp", {"code": ada.code(), "trustDevice": True})
        ada.trust = next(cookie.value or "" for cookie in browser.cookies.jar if cookie.name == TRUST)
    return ada


def _uses_everything(server: Server, ada: Ada) -> None:
    with _browser(server) as trusted:
        trusted.cookies.set(TRUST, ada.trust, domain="127.0.0.1")
        assert _post(trusted, "/sign-in/email", BODY).json()["user"]["name"] == "Ada"
    for factor, code in (("totp", ada.code()), ("backup-code", ada.backup_codes[0])):
        with _browser(server) as browser:
            assert _post(browser, "/sign-in/email", BODY).json()["twoFactorRedirect"] is True
            assert _post(browser, f"/two-factor/verify-{factor}", {"code": code}).json()["user"]["name"] == "Ada"


@pytest.mark.slow
@pytest.mark.rule("two-factor §4", "two-factor §5")
@pytest.mark.parametrize(("first", "second"), [(reference, ours), (ours, reference)], ids=["to ours", "to theirs"])
def test_a_second_factor_moves(postgres_url: str, first: Start, second: Start) -> None:
    """The app's secret, the backup codes and the trusted device, on the same PostgreSQL database."""
    with reference(postgres_url, "first"):
        pass  # makes the tables
    with first(postgres_url, "first") as one:
        ada = _enrol(one)
    with second(postgres_url, "first") as other:
        _uses_everything(other, ada)

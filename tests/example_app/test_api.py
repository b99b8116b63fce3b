"""The example app over HTTP."""

import re
from html import unescape
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from .conftest import PASSWORD, Account, demo

pytestmark = pytest.mark.slow


def mailed_link(client: httpx2.Client, email: str, subject: str) -> str:
    """The link of somebody's mail at /dev/mail; it may still be on its way."""
    mail = re.compile(rf'<h2>{subject}</h2>\s*<p>To {re.escape(email)} .*?<a href="([^"]+)">', re.DOTALL)
    for _ in range(200):
        if found := mail.search(client.get("/dev/mail").text):
            return unescape(found[1])
    raise AssertionError(f"no mail to {email}")


@pytest.mark.parametrize("path", ["/api/me", "/api/me/secrets", "/api/me/newsletter", "/api/notes"])
def test_strangers_are_refused(base: str, path: str) -> None:
    """Without a session every guarded route is a 401 with a code."""
    answer = httpx2.get(base + path)

    assert (answer.status_code, answer.json()["detail"]["code"]) == (401, "UNAUTHORIZED")


def test_session_opens_the_guarded_routes(account: Account) -> None:
    """Who has just signed up is known, and counts as fresh."""
    with account("ada") as ada:
        assert ada.get("/api/me").json()["email"] == "ada@example.test"
        assert ada.get("/api/me/secrets").status_code == 200


def test_verified_address_opens_the_rest(account: Account) -> None:
    """What needs a verified address waits for the link that was mailed at sign-up."""
    with account("vera") as vera:
        before = vera.get("/api/me/newsletter")
        vera.get(mailed_link(vera, "vera@example.test", "Verify your e-mail address"))
        after = vera.get("/api/me/newsletter")

    assert (before.status_code, before.json()["detail"]["code"]) == (403, "EMAIL_NOT_VERIFIED")
    assert after.status_code == 200


def test_reset_link_changes_the_password(account: Account) -> None:
    """The mailed token sets a password once."""
    email = "rosa@example.test"
    with account("rosa") as rosa:
        rosa.post("/api/auth/request-password-reset", json={"email": email, "redirectTo": "/new-password"})
        landing = rosa.get(mailed_link(rosa, email, "Choose a new password")).headers["location"]
        body = {"token": landing.partition("token=")[2], "newPassword": "another horse"}
        first = rosa.post("/api/auth/reset-password", json=body)
        second = rosa.post("/api/auth/reset-password", json=body)
        old = rosa.post("/api/auth/sign-in/email", json={"email": email, "password": PASSWORD})
        new = rosa.post("/api/auth/sign-in/email", json={"email": email, "password": "another horse"})

    assert (first.status_code, second.status_code) == (200, 400)
    assert (old.status_code, new.status_code) == (401, 200)


def test_notes_belong_to_their_owner(account: Account) -> None:
    """Nobody sees or deletes the notes of somebody else."""
    with account("nora") as nora, account("bob") as bob:
        note = nora.post("/api/notes", json={"text": "buy milk"}).json()

        assert bob.get("/api/notes").json() == []
        assert bob.delete(f"/api/notes/{note['id']}").status_code == 404
        assert [n["text"] for n in nora.get("/api/notes").json()] == ["buy milk"]
        assert nora.delete(f"/api/notes/{note['id']}").status_code == 204


def test_websocket_knows_who_speaks(base: str, account: Account) -> None:
    """The guard of a WebSocket lets the session's owner in and nobody else."""
    url = base.replace("http", "ws") + "/api/echo"
    with account("wanda") as wanda:
        cookie = "; ".join(f"{name}={value}" for name, value in wanda.cookies.items())

    with connect(url, additional_headers={"Cookie": cookie}) as socket:
        socket.send("hello")
        assert socket.recv() == "Wanda: hello"
    with pytest.raises(InvalidStatus, match="403"), connect(url):
        pass


def test_mails_are_shown_as_text(base: str) -> None:
    """What a person typed never becomes mark-up at /dev/mail."""
    body = {"name": "<b>", "email": f'"<b>"@{uuid4().hex[:8]}.test', "password": PASSWORD}
    httpx2.post(f"{base}/api/auth/sign-up/email", json=body)

    assert "<b>" not in httpx2.get(f"{base}/dev/mail").text


def test_sessions_survive_a_restart(tmp_path: Path) -> None:
    """Demo mode keeps its secret beside the database, for the owner's eyes only."""
    body = {"name": "Ada", "email": "ada@example.test", "password": PASSWORD}
    with demo(tmp_path) as first, httpx2.Client() as client:
        client.post(f"{first}/api/auth/sign-up/email", json=body).raise_for_status()
        cookies = dict(client.cookies.items())

    with demo(tmp_path) as second:
        assert httpx2.get(f"{second}/api/me", cookies=cookies).status_code == 200
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_docs_list_every_endpoint_with_its_lock(base: str) -> None:
    """The OpenAPI document has the auth endpoints and the app's own, guarded ones locked."""
    document = httpx2.get(f"{base}/openapi.json").json()

    assert document["paths"]["/api/auth/sign-up/email"]["post"]["summary"].startswith("Sign up")
    assert document["paths"]["/api/me"]["get"]["security"] == [{"session": []}]
    assert document["components"]["securitySchemes"]["session"]["in"] == "cookie"


def test_terms_are_accepted_once(account: Account) -> None:
    """The app's own plugin: an endpoint, a table, and a column that clients see and cannot set."""
    with account("tess") as tess:
        assert tess.get("/api/auth/terms").json() == {"version": "2026-11", "accepted": False}
        for _ in range(2):
            assert tess.post("/api/auth/terms/accept").json() == {"version": "2026-11", "accepted": True}
        assert tess.get("/api/auth/terms").json()["accepted"] is True
        assert tess.get("/api/auth/get-session").json()["user"]["acceptedTerms"] == "2026-11"
        assert tess.post("/api/auth/update-user", json={"acceptedTerms": "none"}).status_code == 400


def test_terms_are_documented(base: str) -> None:
    """The plugin's endpoints have a tag of their own."""
    paths = httpx2.get(f"{base}/openapi.json").json()["paths"]
    assert paths["/api/auth/terms/accept"]["post"]["tags"] == ["auth: terms"]


@pytest.mark.parametrize(
    "path",
    [
        *(f"/account/{form}" for form in ("terms", "profile", "email", "password", "delete")),
        "/account/devices/sign-out-others",
        *(f"/account/second-factor/{form}" for form in ("begin", "confirm", "backup-codes", "off", "forget-devices")),
        "/accounts/x/switch",
        "/accounts/x/sign-out",
        "/admin/new",
        "/admin/users/x/ban",
        "/verify",
    ],
)
def test_strangers_who_send_a_form_are_asked_to_sign_in(base: str, path: str) -> None:
    """A session may end while somebody fills a form in: they are led on, and see no error."""
    answer = httpx2.post(base + path, headers={"origin": base})

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?notice=sign-in-first")

"""The example app's routes: by the test kit, and live where that is what a test is about."""

from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from starlette.websockets import WebSocketDisconnect

from fastapi_betterauth import ResetPasswordMail, VerificationMail

from .conftest import PASSWORD, BlockingKit, Kit, demo


@pytest.mark.parametrize("path", ["/api/me", "/api/me/secrets", "/api/me/newsletter", "/api/notes"])
async def test_strangers_are_refused(auth_kit: Kit, path: str) -> None:
    """Without a session every guarded route is a 401 with a code."""
    answer = await auth_kit.stranger().get(path)

    assert (answer.status_code, answer.json()["detail"]["code"]) == (401, "UNAUTHORIZED")


async def test_session_opens_the_guarded_routes(auth_kit: Kit) -> None:
    """Who has just signed in is known, and counts as fresh; a day later no more."""
    ada = await auth_kit.as_user(locale="de")

    assert (await ada.get("/api/me")).json()["locale"] == "de"
    assert (await ada.get("/api/me/secrets")).status_code == 200
    auth_kit.clock.move(days=2)
    assert (await ada.get("/api/me/secrets")).json()["detail"]["code"] == "SESSION_NOT_FRESH"


@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("user", 403)])
async def test_staff_sees_the_staffs_page(auth_kit: Kit, role: str, status: int) -> None:
    """Who may list users may see it."""
    client = await auth_kit.as_user(role=role)

    assert (await client.get("/api/me/staff")).status_code == status


async def test_verified_address_opens_the_rest(auth_kit: Kit) -> None:
    """What needs a verified address waits for the link that is mailed at sign-up."""
    vera = auth_kit.stranger()
    await vera.post("/api/auth/sign-up/email", json={"name": "Vera", "email": "vera@e.test", "password": PASSWORD})
    before = await vera.get("/api/me/newsletter")

    await vera.get(auth_kit.mails.last("vera@e.test", VerificationMail).url)

    assert (before.status_code, before.json()["detail"]["code"]) == (403, "EMAIL_NOT_VERIFIED")
    assert (await vera.get("/api/me/newsletter")).status_code == 200


async def test_reset_link_changes_the_password(auth_kit: Kit) -> None:
    """The mailed token sets a password once."""
    rosa = await auth_kit.as_user(password=PASSWORD)
    email = rosa.user.email
    await rosa.post("/api/auth/request-password-reset", json={"email": email, "redirectTo": "/new-password"})
    landing = (await rosa.get(auth_kit.mails.last(email, ResetPasswordMail).url)).headers["location"]
    body = {"token": landing.partition("token=")[2], "newPassword": "another horse"}

    resets = [await rosa.post("/api/auth/reset-password", json=body) for _ in range(2)]

    forms = [{"email": email, "password": password} for password in (PASSWORD, "another horse")]
    signed_in = [await rosa.post("/api/auth/sign-in/email", json=form) for form in forms]
    assert [answer.status_code for answer in resets] == [200, 400]
    assert [answer.status_code for answer in signed_in] == [401, 200]


async def test_notes_belong_to_their_owner(auth_kit: Kit) -> None:
    """Nobody sees or deletes the notes of somebody else."""
    nora, bob = await auth_kit.as_user(), await auth_kit.as_user()
    note = (await nora.post("/api/notes", json={"text": "buy milk"})).json()

    assert (await bob.get("/api/notes")).json() == []
    assert (await bob.delete(f"/api/notes/{note['id']}")).status_code == 404
    assert [n["text"] for n in (await nora.get("/api/notes")).json()] == ["buy milk"]
    assert (await nora.delete(f"/api/notes/{note['id']}")).status_code == 204


def test_websocket_knows_who_speaks(blocking_auth_kit: BlockingKit) -> None:
    """The guard of a WebSocket lets the session's owner in and nobody else."""
    wanda, stranger = blocking_auth_kit.as_user(name="Wanda"), blocking_auth_kit.stranger()

    with wanda.websocket_connect("/api/echo") as socket:
        socket.send_text("hello")
        assert socket.receive_text() == "Wanda: hello"
    with pytest.raises(WebSocketDisconnect) as refusal, stranger.websocket_connect("/api/echo"):
        pass
    assert refusal.value.code == 1008


async def test_terms_are_accepted_once(auth_kit: Kit) -> None:
    """The app's own plugin: an endpoint, a table, and a column that clients see and cannot set."""
    tess = await auth_kit.as_user()

    assert (await tess.get("/api/auth/terms")).json() == {"version": "2026-11", "accepted": False}
    for _ in range(2):
        assert (await tess.post("/api/auth/terms/accept")).json() == {"version": "2026-11", "accepted": True}
    assert (await tess.get("/api/auth/terms")).json()["accepted"] is True
    assert (await tess.get("/api/auth/get-session")).json()["user"]["acceptedTerms"] == "2026-11"
    assert (await tess.post("/api/auth/update-user", json={"acceptedTerms": "none"})).status_code == 400


FORMS = {
    "/sign-in": ({"login": "ada@e.test", "password": "wrong"}, 10),
    "/sign-in/code/use": ({"email": "ada@e.test", "code": "000000"}, 10),
    "/second-factor/totp": ({"code": "000000"}, 10),
    "/sign-up": ({"name": "Ada", "email": "nothing", "password": "short"}, 10),
    "/forgot-password": ({"email": "ada@e.test"}, 5),
    "/sign-in/link": ({"email": "ada@e.test"}, 5),
    "/sign-in/code": ({"email": "ada@e.test"}, 5),
    "/second-factor/mail": ({}, 5),
}
"""Forms that people who are not signed in send, and how often they may."""


@pytest.mark.parametrize("path", FORMS)
async def test_forms_are_limited(auth_kit: Kit, path: str) -> None:
    """The pages call in-process, which no limiter sees: each form has a limit of its own, for each address."""
    form, most = FORMS[path]
    stranger = auth_kit.stranger()

    answers = [await stranger.post(path, data=form) for _ in range(most + 1)]

    assert 429 not in [answer.status_code for answer in answers[:most]]
    assert answers[most].status_code == 429
    assert "Too many attempts" in answers[most].text
    assert int(answers[most].headers["retry-after"]) > 0


async def test_ways_of_signing_in_share_one_count(auth_kit: Kit) -> None:
    """Who guesses at passwords does not go on with codes."""
    stranger = auth_kit.stranger()
    for _ in range(10):
        await stranger.post("/sign-in", data={"login": "ada@e.test", "password": "wrong"})

    answer = await stranger.post("/sign-in/code/use", data={"email": "ada@e.test", "code": "000000"})

    assert answer.status_code == 429


@pytest.mark.slow
def test_mails_are_shown_as_text(base: str) -> None:
    """What a person typed never becomes mark-up at /dev/mail."""
    body = {"name": "<b>", "email": f'"<b>"@{uuid4().hex[:8]}.test', "password": PASSWORD}
    httpx2.post(f"{base}/api/auth/sign-up/email", json=body)

    assert "<b>" not in httpx2.get(f"{base}/dev/mail").text


@pytest.mark.slow
def test_sessions_survive_a_restart(tmp_path: Path) -> None:
    """Demo mode keeps its secret beside the database, for the owner's eyes only."""
    body = {"name": "Ada", "email": "ada@example.test", "password": PASSWORD}
    with demo(tmp_path) as first, httpx2.Client() as client:
        client.post(f"{first}/api/auth/sign-up/email", json=body).raise_for_status()
        cookies = dict(client.cookies.items())

    with demo(tmp_path) as second:
        assert httpx2.get(f"{second}/api/me", cookies=cookies).status_code == 200
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_docs_list_every_endpoint_with_its_lock(base: str) -> None:
    """The OpenAPI document has the auth endpoints and the app's own, guarded ones locked."""
    document = httpx2.get(f"{base}/openapi.json").json()

    assert document["paths"]["/api/auth/sign-up/email"]["post"]["summary"].startswith("Sign up")
    assert document["paths"]["/api/me"]["get"]["security"] == [{"session": []}]
    assert document["components"]["securitySchemes"]["session"]["in"] == "cookie"


@pytest.mark.slow
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
async def test_strangers_who_send_a_form_are_asked_to_sign_in(auth_kit: Kit, path: str) -> None:
    """A session may end while somebody fills a form in: they are led on, and see no error."""
    answer = await auth_kit.stranger().post(path)

    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?notice=sign-in-first")

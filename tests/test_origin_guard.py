"""The guard against foreign sites, on the host's own forms and WebSockets."""

import pytest
from fastapi import Depends, FastAPI, WebSocket

from fastapi_betterauth import AdvancedOptions, require_trusted_origin
from tests.builders.websocket import connect
from tests.builders.world import BASE, world

FOREIGN = "https://evil.test"
CROSS_SITE_FORM = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


def _app() -> FastAPI:
    app = FastAPI(dependencies=[Depends(require_trusted_origin)])

    @app.api_route("/form", methods=["GET", "POST", "DELETE"])
    async def form() -> str:
        return "taken"

    @app.websocket("/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    return app


@pytest.mark.case("SC-CSRF-01", "SC-CSRF-05")
@pytest.mark.parametrize(
    ("method", "headers", "signed_in", "outcome"),
    [
        ("POST", {"origin": BASE}, True, "taken"),
        ("POST", {"origin": BASE}, False, "taken"),
        ("POST", {"origin": "https://partner.test"}, True, "taken"),
        ("POST", {"origin": FOREIGN}, True, "INVALID_ORIGIN"),
        ("DELETE", {"origin": FOREIGN}, True, "INVALID_ORIGIN"),
        ("POST", {"origin": FOREIGN}, False, "INVALID_ORIGIN"),
        ("POST", {"origin": FOREIGN, **CROSS_SITE_FORM}, False, "CROSS_SITE_NAVIGATION_LOGIN_BLOCKED"),
        ("POST", {"origin": "null"}, True, "MISSING_OR_NULL_ORIGIN"),
        ("POST", {"referer": f"{BASE}/form"}, True, "taken"),
        ("POST", {"referer": f"{FOREIGN}/form"}, True, "INVALID_ORIGIN"),
        ("POST", {}, True, "MISSING_OR_NULL_ORIGIN"),
        ("POST", {}, False, "taken"),
        ("GET", {"origin": FOREIGN}, True, "taken"),
    ],
)
async def test_what_foreign_sites_send_is_refused(
    sqlite_url: str, *, method: str, headers: dict[str, str], signed_in: bool, outcome: str
) -> None:
    """A change comes from a trusted origin, or from a client that is no browser and carries nobody's cookie."""
    async with world(sqlite_url, app=_app(), trusted_origins=["https://partner.test"]) as w:
        ada = await w.sign_up("ada") if signed_in else w.person()
        ada.http.headers.pop("origin")

        answer = await ada.http.request(method, "/form", headers=headers)

        told = answer.json() if answer.status_code == 200 else answer.json()["detail"]["code"]
        assert told == outcome
        assert answer.status_code == (200 if outcome == "taken" else 403)


@pytest.mark.case("SC-CSRF-01")
@pytest.mark.parametrize(
    ("origin", "accepted", "reason"), [(BASE, True, ""), ("", True, ""), (FOREIGN, False, "INVALID_ORIGIN")]
)
async def test_foreign_sites_open_no_websocket(sqlite_url: str, *, origin: str, accepted: bool, reason: str) -> None:
    """A browser names the site that opens a WebSocket; a foreign one's is closed before it was accepted."""
    async with world(sqlite_url, app=_app()) as w:
        ada = await w.sign_up("ada")

        shake = await connect(w.app, "/live", f"better-auth.session_token={ada.cookie()}", origin)

        assert (shake.accepted, shake.close_reason) == (accepted, reason)


async def test_origins_that_the_host_names_for_a_request_count(sqlite_url: str) -> None:
    """A function of the request as ``trusted_origins`` is asked here as well, for WebSockets too."""

    async def trusted(request: object) -> list[str]:
        return [FOREIGN] if request is not None else []

    async with world(sqlite_url, app=_app(), trusted_origins=trusted) as w:
        ada = await w.sign_up("ada")

        assert (await ada.http.post("/form", headers={"origin": FOREIGN})).status_code == 200
        assert (await connect(w.app, "/live", origin=FOREIGN)).accepted


async def test_the_switch_for_the_check_holds_here_too(sqlite_url: str) -> None:
    """``disable_csrf_check`` lets everything pass."""
    async with world(sqlite_url, app=_app(), advanced=AdvancedOptions(disable_csrf_check=True)) as w:
        ada = await w.sign_up("ada")

        assert (await ada.http.post("/form", headers={"origin": FOREIGN})).status_code == 200

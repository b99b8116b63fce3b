"""Sessions without cookies: the bearer plugin."""

from typing import Annotated, Any
from urllib.parse import quote, unquote

import httpx2
import pytest
from fastapi import Depends, FastAPI

from fastapi_betterauth import BetterAuth, UserFields, current_user
from fastapi_betterauth.crypto.secret import Secret
from fastapi_betterauth.crypto.signing import sign
from fastapi_betterauth.plugins.bearer import Bearer
from fastapi_betterauth.plugins.two_factor import TwoFactor
from tests.builders.world import Person, World, world
from tests.plugins.two_factor.people import enrolled

TOKEN_HEADER = "set-auth-token"
PLUGINS: dict[str, Any] = {"plugins": [Bearer()]}


async def _whose(w: World, authorization: str, **headers: str) -> str | None:
    """Who the server says sends this header, from a browser without cookies."""
    answer = await w.person().get("/get-session", headers={"authorization": authorization, **headers})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return found and found["user"]["name"]


def _signed(person: Person) -> str:
    return unquote(person.cookie() or "")


@pytest.mark.rule("bearer §3.1", "bearer §3.2", "bearer §3.3", "bearer §3.6")
async def test_tokens_bare_and_signed_name_a_session(database_url: str) -> None:
    """The bare token of an answer, and the signed one of the cookie, as it is or percent-encoded."""
    async with world(database_url, **PLUGINS) as w:
        ada = await w.sign_up("ada")
        signed = _signed(ada)

        for given in (ada.token, signed, quote(signed, safe=""), f"  {ada.token} "):
            assert await _whose(w, f"Bearer {given}") == "Ada", given
        assert await _whose(w, f"bEARER {ada.token}") == "Ada"


@pytest.mark.case("SC-PLUG-08")
@pytest.mark.rule("bearer §3.1", "bearer §3.2", "bearer §3.4", "bearer §3.9")
async def test_what_is_no_token_of_ours_is_as_good_as_absent(two_databases_url: str) -> None:
    """Foreign signatures, other schemes, tokens of ended sessions; a cookie beside them still counts."""
    async with world(two_databases_url, **PLUGINS) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        foreign = sign(bob.token, Secret("another secret of another instance, long enough"))
        url_safe = _signed(bob).replace("+", "-").replace("/", "_").rstrip("=")
        bad = ["", "unknown", foreign, f"{bob.token}.{'A' * 43}=", url_safe, f"%ff.{'A' * 43}="]

        for given in bad:
            assert await _whose(w, f"Bearer {given}") is None, given
        for header in (bob.token, f"Basic {bob.token}", f"Bearer{bob.token}"):
            assert await _whose(w, header) is None, header
        for given in bad:
            if given != "unknown":
                answer = await ada.get("/get-session", headers={"authorization": f"Bearer {given}"})
                assert answer.json()["user"]["name"] == "Ada", given
        await bob.post("/sign-out")
        assert await _whose(w, f"Bearer {bob.token}") is None


@pytest.mark.case("SC-PLUG-08")
@pytest.mark.rule("bearer §1", "bearer §3.3")
async def test_signed_tokens_can_be_demanded(sqlite_url: str) -> None:
    """Then a bare token opens nothing."""
    async with world(sqlite_url, plugins=[Bearer(require_signature=True)]) as w:
        ada = await w.sign_up("ada")
        assert await _whose(w, f"Bearer {ada.token}") is None
        assert await _whose(w, f"Bearer {_signed(ada)}") == "Ada"


@pytest.mark.case("SC-PLUG-08")
@pytest.mark.rule("bearer §3.5")
async def test_the_header_goes_before_the_cookie(sqlite_url: str) -> None:
    """One session decides, never a mixture: what is changed is the header's user."""
    async with world(sqlite_url, **PLUGINS) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        header = {"authorization": f"Bearer {bob.token}"}

        assert (await ada.get("/get-session", headers=header)).json()["user"]["name"] == "Bob"
        assert (await ada.post("/update-user", {"name": "Renamed"}, headers=header)).status_code == 200
        assert {row["name"] for row in await w.rows("user")} == {"Ada", "Renamed"}


@pytest.mark.rule("bearer §3.7")
async def test_without_a_cookie_no_origin_is_needed(sqlite_url: str) -> None:
    """Nothing that a browser adds by itself is at work; with a cookie the origin counts as ever."""
    async with world(sqlite_url, **PLUGINS) as w:
        ada = await w.sign_up("ada")
        header = {"authorization": f"Bearer {ada.token}"}
        evil = {"origin": "https://evil.test"}
        for name, origin in (("One", {}), ("Two", evil)):
            transport = httpx2.ASGITransport(app=w.app)
            async with httpx2.AsyncClient(transport=transport, base_url=w.base, headers={**header, **origin}) as bare:
                assert (await bare.post("/api/auth/update-user", json={"name": name})).status_code == 200
        refused = await ada.post("/update-user", {"name": "Three"}, headers={**header, **evil})

        assert refused.status_code == 403
        assert [row["name"] for row in await w.rows("user")] == ["Two"]


@pytest.mark.rule("bearer §4.1", "bearer §4.2", "bearer §4.3", "bearer §4.4")
async def test_every_new_session_comes_in_a_header_too(sqlite_url: str) -> None:
    """Sign-up, sign-in, renewal and rotation have it; sign-out and plain reads do not."""
    async with world(sqlite_url, **PLUGINS) as w:
        ada = w.person("ada")
        answers = [await ada.sign_up(), await ada.sign_in()]
        rotation = {"currentPassword": ada.password, "newPassword": "another password", "revokeOtherSessions": True}
        answers.append(await ada.post("/change-password", rotation))
        for answer in answers:
            assert answer.headers[TOKEN_HEADER].partition(".")[0] == answer.json()["token"]
            assert answer.headers["access-control-expose-headers"] == TOKEN_HEADER
            assert await _whose(w, f"Bearer {answer.headers[TOKEN_HEADER]}") in ("Ada", None)
        assert TOKEN_HEADER not in (await ada.get("/get-session")).headers

        w.clock.move(days=2)
        assert TOKEN_HEADER in (await ada.get("/get-session")).headers
        assert TOKEN_HEADER not in (await ada.post("/sign-out")).headers


@pytest.mark.case("SC-PLUG-09")
@pytest.mark.rule("bearer §4.2")
async def test_a_sign_in_that_waits_hands_out_no_token(sqlite_url: str) -> None:
    """Before the second factor there is no session, in whichever form; CORS is not ours to open."""
    async with world(sqlite_url, plugins=[TwoFactor(), Bearer()]) as w:
        await enrolled(w)
        answer = await w.person("ada").sign_in_waits()

        assert answer.json()["twoFactorRedirect"] is True
        assert TOKEN_HEADER not in answer.headers
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.rule("bearer §3.6")
async def test_guards_of_the_host_take_it(database_url: str) -> None:
    """A route of the host needs no word about it."""
    app = FastAPI()

    @app.get("/me")
    async def me(user: Annotated[UserFields, Depends(current_user)]) -> str:
        return user.name

    async with world(database_url, app=app, **PLUGINS) as w:
        ada = await w.sign_up("ada")
        stranger = w.person().http
        assert (await stranger.get("/me")).status_code == 401
        assert (await stranger.get("/me", headers={"authorization": f"Bearer {ada.token}"})).json() == "Ada"
        assert (await stranger.get("/me", headers={"authorization": "Bearer nonsense"})).status_code == 401


async def test_server_code_may_name_it_in_headers(sqlite_url: str) -> None:
    """``auth.api`` reads the same header."""
    async with world(sqlite_url, **PLUGINS) as w:
        ada = await w.sign_up("ada")
        auth: BetterAuth[Any, Any] = w.auth
        found = await auth.api.bind(headers={"authorization": f"Bearer {ada.token}"}).get_session()
        assert found is not None
        assert found.user.name == "Ada"

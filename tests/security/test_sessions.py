"""Attacks on sessions."""

import pytest

from fastapi_betterauth import SessionFields, SessionOptions
from fastapi_betterauth.crypto.random import session_token
from tests.builders.world import Person, World, world

COOKIE = "better-auth.session_token"


class ThemedSession(SessionFields):
    """A session with a field that clients may set."""

    theme: str | None = None


async def _replay(w: World, cookie: str) -> object:
    answer = await w.person().http.get(
        "/api/auth/get-session", headers=[(b"cookie", f"{COOKIE}={cookie}".encode("latin-1"))]
    )
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.case("SC-SESS-01")
def test_tokens_do_not_repeat() -> None:
    """Many tokens, no collision, letters and digits only."""
    tokens = {session_token() for _ in range(20_000)}

    assert len(tokens) == 20_000
    assert all(len(token) == 32 and token.isalnum() for token in tokens)


@pytest.mark.case("SC-SESS-03", "SC-SESS-04", "SC-SESS-19")
async def test_a_cookie_that_we_did_not_sign_is_no_session(sqlite_url: str) -> None:
    """No, other, cut, extended or doubly encoded signature; ids instead of tokens; bytes: nobody, never an error."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        signed = w.auth.runtime.signer.sign(ada.token)
        user_id = w.auth.runtime.signer.sign(ada.user["id"])
        odd = [
            ada.token,
            f"{ada.token}.",
            signed[:-1],
            signed + "A",
            f"{signed}.x",
            "%2525",
            "\xff.\xfe",
            user_id,
            "a.b.c",
        ]

        assert [await _replay(w, cookie) for cookie in odd] == [None] * len(odd)
        assert await _replay(w, signed) is not None


@pytest.mark.case("SC-SESS-05")
async def test_a_session_ends_with_its_time(database_url: str) -> None:
    """One second past its expiry a session is nobody's; its row and cookies go."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        w.clock.move(days=7, seconds=1)
        answer = await ada.get("/get-session")

        assert answer.json() is None
        assert all("Max-Age=0" in line for line in answer.headers.get_list("set-cookie"))
        assert await w.rows("session") == []


@pytest.mark.case("SC-SESS-07")
async def test_use_does_not_extend_a_session_beyond_its_absolute_life(database_url: str) -> None:
    """With an absolute lifetime a session ends that long after sign-in, however often it was used."""
    options: SessionOptions = SessionOptions(absolute_lifetime=10 * 86400)

    async with world(database_url, session=options) as w:
        ada = await w.sign_up("ada")
        seen = []
        for _ in range(6):
            w.clock.move(days=2)
            seen.append(await ada.session() is not None)

        assert seen == [True, True, True, True, False, False]


@pytest.mark.case("SC-SESS-09")
@pytest.mark.rule("email-password §3.5")
async def test_a_browser_session_stays_one(database_url: str) -> None:
    """Without "remember me" no cookie gets a Max-Age, whatever is done with the session."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada", rememberMe=False)
        w.clock.move(hours=20)
        await ada.session()
        answer = await ada.post("/update-user", {"name": "Ada L"})

        assert "Max-Age" not in answer.headers["set-cookie"]
        w.clock.move(hours=5)
        assert await ada.session() is None


@pytest.mark.case("SC-SESS-10", "SC-ACCT-10")
async def test_nobody_revokes_or_lists_somebody_elses_sessions(database_url: str) -> None:
    """Another user's token is treated like an unknown one; lists hold one's own only."""
    async with world(database_url) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        foreign = await bob.post("/revoke-session", {"token": ada.token})
        unknown = await bob.post("/revoke-session", {"token": "nothing"})
        listed = (await bob.get("/list-sessions")).json()

        assert (foreign.status_code, foreign.text) == (unknown.status_code, unknown.text)
        assert await ada.session() is not None
        assert [session["token"] for session in listed] == [bob.token]


async def _sign_out(person: Person) -> None:
    await person.post("/sign-out")


async def _revoke_all(person: Person) -> None:
    await person.post("/revoke-sessions")


async def _delete(person: Person) -> None:
    await person.post("/delete-user", {"password": person.password})


@pytest.mark.case("SC-SESS-11", "SC-SESS-13")
@pytest.mark.parametrize("end", [_sign_out, _revoke_all, _delete])
async def test_an_ended_session_opens_nothing(database_url: str, end: object) -> None:
    """After sign-out, revocation or deletion the old cookie is worth nothing on any route."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        cookie = ada.cookie() or ""
        await end(ada)  # type: ignore[operator]  # one of the functions above
        thief = w.person()
        thief.http.cookies.set(COOKIE, cookie)

        assert await _replay(w, cookie) is None
        for path in ("/list-sessions", "/list-accounts"):
            assert (await thief.get(path)).status_code == 401
        assert (await thief.post("/update-user", {"name": "Mallory"})).status_code == 401


@pytest.mark.case("SC-SESS-15", "SC-SESS-16")
async def test_renewal_does_not_make_a_session_fresh(database_url: str) -> None:
    """A day after sign-in sensitive lists are closed, even though the session was renewed a moment ago."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        w.clock.move(days=1, seconds=1)
        await ada.session()
        answer = await ada.get("/list-sessions")
        delete = await ada.post("/delete-user", {})

        assert (answer.status_code, answer.json()["code"]) == (403, "SESSION_NOT_FRESH")
        assert (delete.status_code, delete.json()["code"]) == (400, "SESSION_EXPIRED")


@pytest.mark.case("SC-SESS-17")
async def test_only_open_fields_of_a_session_change(database_url: str) -> None:
    """Core columns in an update are ignored; with nothing else it is a 400."""
    body = {"userId": "x", "expiresAt": "2099-01-01T00:00:00Z", "token": "mine", "ipAddress": "1.1.1.1"}

    async with world(database_url, session=SessionOptions(fields=ThemedSession)) as w:
        ada = await w.sign_up("ada")
        before = await w.snapshot()
        refused = await ada.post("/update-session", body)
        unchanged = await w.snapshot() == before
        allowed = await ada.post("/update-session", {**body, "theme": "dark"})

        assert (refused.status_code, unchanged) == (400, True)
        row = (await w.rows("session"))[0]
        assert (allowed.status_code, row["theme"], row["token"]) == (200, "dark", ada.token)


@pytest.mark.case("SC-SESS-18")
async def test_odd_user_agents_are_kept_safely(database_url: str) -> None:
    """A huge header, control characters and emoji are cut and cleaned, on every database."""
    async with world(database_url) as w:
        ada = w.person("ada")
        ada.http.headers["user-agent"] = "x" * 5000
        assert (await ada.sign_up()).status_code == 200
        emoji = [(b"user-agent", b"a\tb \xf0\x9f\x99\x82")]
        body = {"email": ada.email, "password": ada.password}
        assert (await ada.http.post("/api/auth/sign-in/email", json=body, headers=emoji)).status_code == 200

        agents = sorted(row["user_agent"] for row in await w.rows("session"))
        assert len(agents[1]) == 1024
        assert "\t" not in agents[0]


@pytest.mark.case("SC-SESS-23", "SC-DOS-03")
async def test_lists_of_sessions_are_bounded(database_url: str) -> None:
    """A user with very many sessions gets a list of at most a hundred."""
    async with world(database_url) as w:
        ada = await w.sign_up("ada")
        for _ in range(104):
            await ada.sign_in()

        assert len((await ada.get("/list-sessions")).json()) == 100

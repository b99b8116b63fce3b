"""The cookie cache: who is believed without a look, and who is not (sessions sheet §4, §5)."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from sqlalchemy import delete, event
from starlette.datastructures import Headers

from fastapi_betterauth import (
    ConfigurationError,
    CookieCache,
    CurrentSession,
    Private,
    SessionOptions,
    UserFields,
    current_session,
    fresh_session,
    get_cookie_cache,
    get_session_cookie,
    optional_session,
    require_role,
    require_verified_email,
)
from fastapi_betterauth.plugins.admin import Admin
from fastapi_betterauth.sessions.cache_formats import CacheStrategy
from tests.builders.answers import (
    ALL_EXPIRED,
    DATA,
    EXPIRED,
    FORGET,
    REMEMBERED,
    SESSION,
    UNTIL_CLOSED,
    cookies_set,
    said,
)
from tests.builders.world import SECRET, Person, World, world

CACHED = "Max-Age=300; Path=/; HttpOnly; SameSite=Lax"
STRATEGIES: list[CacheStrategy] = ["compact", "jwt", "jwe"]
Signed = Annotated[CurrentSession, Depends(current_session)]


def caching(**settings: Any) -> SessionOptions[Any]:
    """Sessions with the cache on."""
    return SessionOptions(cookie_cache=CookieCache(enabled=True, **settings))


@contextmanager
def statements(w: World) -> Iterator[list[str]]:
    """What is sent to the database meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    engine = w.auth.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def copy_of(person: Person) -> Person:
    """Somebody with the same cookies: what a thief, or a backup of a browser, has."""
    other = person.world.person(person.name)
    other.http.cookies.update(person.http.cookies)
    return other


def with_data(person: Person, value: str) -> Person:
    """The same person with another cookie cache."""
    other = person.world.person(person.name)
    other.http.headers["cookie"] = f"{SESSION}={person.cookie()}; {DATA}={value}"
    return other


async def end_elsewhere(w: World) -> None:
    """End all sessions behind everybody's back."""
    async with w.auth.database.engine.begin() as connection:
        await connection.execute(delete(w.auth.tables.session.table))


@pytest.mark.rule("sessions §4.4", "sessions §3 session_data")
@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_a_copy_answers_without_a_look(database_url: str, strategy: CacheStrategy) -> None:
    """After sign-up the store is not asked who it is, and the answer is the same to the letter."""
    async with world(database_url, session=caching(strategy=strategy)) as w:
        ada = w.person("ada")
        assert cookies_set(await ada.sign_up())[DATA] == CACHED
        stored = (await ada.get("/get-session", params={"disableCookieCache": "1"})).json()

        await end_elsewhere(w)
        answer = await ada.get("/get-session")

        assert answer.json() == stored
        assert cookies_set(answer) == {}


@pytest.mark.rule("sessions §4.5", "sessions §4.10")
async def test_a_copy_ends_and_is_written_again(two_databases_url: str) -> None:
    """After five minutes the store is asked once, and the next copy is handed out without a new session cookie."""
    async with world(two_databases_url, session=caching()) as w:
        ada = await w.sign_up("ada")
        w.clock.move(seconds=301)
        stale = copy_of(ada)

        answer = await stale.get("/get-session")
        await end_elsewhere(w)

        assert cookies_set(answer) == {DATA: CACHED}
        assert answer.headers.get_list("set-cookie")[0].startswith(f"{DATA}=;")
        assert await stale.session() is not None


@pytest.mark.case("SC-CACHE-04", "SC-CACHE-05")
@pytest.mark.rule("sessions §4.2", "sessions §4.3")
@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_a_foreign_copy_is_dropped(sqlite_url: str, strategy: CacheStrategy) -> None:
    """Somebody else's copy beside one's own token, or a damaged one: the store tells, the copy is replaced."""
    async with world(sqlite_url, session=caching(strategy=strategy)) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        copies = [bob.cookie(DATA) or "", (ada.cookie(DATA) or "")[:-4] + "AAAA", "nonsense"]
        for value in copies:
            answer = await with_data(ada, value).get("/get-session")

            assert answer.json()["user"]["email"] == ada.email
            lines = [line for line in answer.headers.get_list("set-cookie") if line.startswith(DATA)]
            assert [line.startswith(f"{DATA}=;") for line in lines] == [True, False]


@pytest.mark.rule("sessions §4.1")
async def test_a_copy_without_a_token_is_nobody(sqlite_url: str) -> None:
    """The copy alone, or beside a token that nobody signed, proves nothing."""
    async with world(sqlite_url, session=caching()) as w:
        ada = await w.sign_up("ada")
        for token in ("", f"{SESSION}={ada.token}; "):
            visitor = w.person()
            visitor.http.headers["cookie"] = f"{token}{DATA}={ada.cookie(DATA)}"

            assert await visitor.session() is None


@pytest.mark.rule("sessions §4.1")
async def test_copies_are_taken_back_when_the_cache_is_switched_off(sqlite_url: str) -> None:
    """Without the option a copy is not read, and the browser is told to forget it, pieces too."""
    async with world(sqlite_url) as w:
        ada = await w.sign_up("ada")
        ada.http.headers["cookie"] = f"{SESSION}={ada.cookie()}; {DATA}.0=x; {DATA}.1=y"

        answer = await ada.get("/get-session")

        assert answer.json() is not None
        assert cookies_set(answer) == {f"{DATA}.0": EXPIRED, f"{DATA}.1": EXPIRED}


@pytest.mark.case("SC-CACHE-06")
@pytest.mark.rule("sessions §4.3")
@pytest.mark.parametrize("option", [{"expires_in": 60}, {"absolute_lifetime": 60}], ids=["expires_in", "absolute"])
async def test_a_copy_does_not_outlive_its_session(sqlite_url: str, option: dict[str, int]) -> None:
    """Although the copy would be good for longer, the session in it has ended."""
    options: SessionOptions[Any] = SessionOptions(cookie_cache=CookieCache(enabled=True), **option)
    async with world(sqlite_url, session=options) as w:
        ada = await w.sign_up("ada")
        w.clock.move(seconds=61)

        answer = await ada.get("/get-session")

        assert answer.json() is None
        assert cookies_set(answer) == ALL_EXPIRED


@pytest.mark.case("SC-CACHE-08")
@pytest.mark.rule("sessions §1 cookieCache.version", "sessions §4.3")
async def test_another_version_makes_copies_worthless(sqlite_url: str) -> None:
    """A function tells the version per session; what was written under another one is not believed."""
    versions = {"ada@people.test": "1", "bob@people.test": "1"}

    async def version(current: CurrentSession[Any, Any]) -> str:
        return versions[current.user.email]

    async with world(sqlite_url, session=caching(version=version)) as w:
        ada, bob = await w.sign_up("ada"), await w.sign_up("bob")
        versions["ada@people.test"] = "2"
        await end_elsewhere(w)

        assert await ada.session() is None
        assert await bob.session() is not None


@pytest.mark.case("SC-CACHE-01")
@pytest.mark.rule("sessions §5", "sessions §6.5")
async def test_a_revoked_session_changes_nothing(two_databases_url: str) -> None:
    """Whoever was signed out elsewhere still reads what the copy says, for its few minutes; all else is refused."""
    async with world(two_databases_url, session=caching(), plugins=[Admin()]) as w:
        ada = await w.sign_up("ada")
        await end_elsewhere(w)
        before = await w.snapshot()
        calls: dict[str, Any] = {
            "/update-user": {"name": "Eve"},
            "/update-session": {"theme": "x"},
            "/change-password": {"currentPassword": ada.password, "newPassword": "another password"},
            "/revoke-sessions": {},
            "/revoke-other-sessions": {},
            "/revoke-session": {"token": ada.token},
            "/delete-user": {"password": ada.password},
            "/change-email": {"newEmail": "eve@people.test"},
            "/verify-password": {"password": ada.password},
            "/unlink-account": {"providerId": "credential", "accountId": "x"},
            "/admin/has-permission": {"permissions": {"user": ["list"]}},
            "/admin/create-user": {"name": "x", "email": "x@people.test", "password": "longer than eight"},
        }

        assert (await copy_of(ada).get("/get-session")).json() is not None
        for path, body in calls.items():
            answer = await copy_of(ada).post(path, body)
            assert answer.status_code == 401, (path, answer.text)
            assert cookies_set(answer) == ALL_EXPIRED, path
        for path in ("/list-sessions", "/admin/list-users"):
            assert (await copy_of(ada).get(path)).status_code == 401, path
        assert await w.snapshot() == before


def _guarded(app: FastAPI) -> None:
    guards = {
        "current": current_session,
        "optional": optional_session,
        "fresh": fresh_session,
        "verified": require_verified_email,
        "role": require_role("admin"),
    }
    for name, guard in guards.items():

        @app.get(f"/{name}", dependencies=[Depends(guard)])
        def answer() -> str:
            return "ok"

    @app.get("/both", dependencies=[Depends(current_session), Depends(fresh_session)])
    def both(current: Signed) -> str:
        return current.user.email


@pytest.mark.case("SC-CACHE-01", "SC-CACHE-02")
@pytest.mark.rule("sessions §4")
async def test_guards_look_only_when_more_is_asked_than_a_session(sqlite_url: str) -> None:
    """``current_session`` believes the copy; what demands more reads the store, once."""
    app = FastAPI()
    _guarded(app)
    async with world(sqlite_url, app=app, session=caching(), plugins=[Admin()]) as w:
        ada = await w.sign_up("ada")
        looks = {}
        for path in ("current", "optional", "fresh", "verified", "role", "both"):
            with statements(w) as seen:
                await copy_of(ada).http.get(f"/{path}")
            looks[path] = len(seen)

        assert looks == {"current": 0, "optional": 0, "fresh": 1, "verified": 1, "role": 1, "both": 1}
        await end_elsewhere(w)
        assert (await copy_of(ada).http.get("/current")).status_code == 200
        for path in ("fresh", "verified", "role", "both"):
            assert (await copy_of(ada).http.get(f"/{path}")).status_code == 401, path


@pytest.mark.case("SC-CACHE-02")
async def test_a_demoted_admin_is_refused_at_once(sqlite_url: str) -> None:
    """Roles are read from the store, for endpoints and guards alike, whatever the copy says."""
    app = FastAPI()
    _guarded(app)
    async with world(sqlite_url, app=app, session=caching(), plugins=[Admin()]) as w:
        ada = await w.sign_up("ada")
        users = w.auth.tables.user.table
        for role, status in (("admin", 200), ("user", 403)):
            async with w.auth.database.engine.begin() as connection:
                await connection.execute(users.update().values(role=role))

            assert (await copy_of(ada).http.get("/role")).status_code == status
            assert (await copy_of(ada).get("/admin/list-users")).status_code == status


@pytest.mark.rule("sessions §3.7")
async def test_a_guard_hands_the_next_copy_out(sqlite_url: str) -> None:
    """When the copy has ended a guard looks once, and its answer carries a new copy for the next requests."""
    app = FastAPI()
    _guarded(app)
    async with world(sqlite_url, app=app, session=caching()) as w:
        ada = await w.sign_up("ada")
        w.clock.move(seconds=301)

        first = await ada.http.get("/current")
        with statements(w) as seen:
            await ada.http.get("/current")

        assert cookies_set(first) == {DATA: CACHED}
        assert seen == []


@pytest.mark.rule("sessions §4.9", "sessions §3.7")
async def test_a_renewal_is_copied(sqlite_url: str) -> None:
    """A session that is renewed brings both cookies, by the endpoint and by a guard; the copy has the new end."""
    app = FastAPI()
    _guarded(app)
    async with world(sqlite_url, app=app, session=caching()) as w:
        ada = await w.sign_up("ada")
        for path in ("/api/auth/get-session", "/current"):
            w.clock.move(days=2)

            answer = await ada.http.get(path)

            assert cookies_set(answer) == {SESSION: REMEMBERED, DATA: CACHED}
            told = (await ada.get("/get-session")).json()["session"]["expiresAt"]
            (row,) = await w.rows("session")
            assert told[:19] == row["expires_at"].isoformat()[:19]


@pytest.mark.rule("sessions §4.6", "sessions §5 compact", "sessions §9.3")
@pytest.mark.parametrize(("strategy", "seconds"), [("compact", 60), ("jwt", 300), ("jwe", 300)])
async def test_not_remembered_is_not_copied_for_long(sqlite_url: str, strategy: CacheStrategy, seconds: int) -> None:
    """The copy ends with the browser, is believed for a minute or five, and is not written again by a look."""
    async with world(sqlite_url, session=caching(strategy=strategy, max_age=3600)) as w:
        await w.sign_up("ada")
        ada = w.person("ada")
        answer = await ada.sign_in(rememberMe=False)

        assert cookies_set(answer) == {SESSION: UNTIL_CLOSED, FORGET: UNTIL_CLOSED, DATA: UNTIL_CLOSED}
        w.clock.move(seconds=seconds - 2)
        with statements(w) as seen:
            assert await ada.session() is not None
        assert seen == []
        w.clock.move(seconds=4)
        later = await ada.get("/get-session")
        assert later.json() is not None
        assert cookies_set(later) == {DATA: EXPIRED}


@pytest.mark.rule("sessions §4", "sessions §4.6")
async def test_queries_pass_the_copy_by(sqlite_url: str) -> None:
    """``disableCookieCache`` asks the store, with any value; ``disableRefresh`` beside it writes no copy."""
    async with world(sqlite_url, session=caching()) as w:
        ada = await w.sign_up("ada")
        for value in ("true", "false", "0"):
            with statements(w) as seen:
                answer = await ada.get("/get-session", params={"disableCookieCache": value})
            assert len(seen) == 1
            assert cookies_set(answer) == {DATA: CACHED}

        bare = await ada.get("/get-session", params={"disableCookieCache": "1", "disableRefresh": "1"})
        assert cookies_set(bare) == {}


@pytest.mark.rule("sessions §4.8")
async def test_deferred_renewal_passes_the_copy_by(sqlite_url: str) -> None:
    """A GET that may not write hands a copy out; the POST that renews does not believe it."""
    options: SessionOptions[Any] = SessionOptions(defer_session_refresh=True, cookie_cache=CookieCache(enabled=True))
    async with world(sqlite_url, session=options) as w:
        ada = await w.sign_up("ada")
        w.clock.move(days=2)

        first = await ada.get("/get-session")
        assert first.json()["needsRefresh"] is True
        assert cookies_set(first) == {DATA: CACHED}
        assert "needsRefresh" not in (await ada.get("/get-session")).json()
        renewed = await ada.post("/get-session")

        assert cookies_set(renewed) == {SESSION: REMEMBERED, DATA: CACHED}


@pytest.mark.rule("sessions §9.3")
async def test_the_copy_follows_what_its_owner_changes(sqlite_url: str) -> None:
    """A new name is in the copy at once; another browser's copy shows the old one until it ends."""
    async with world(sqlite_url, session=caching()) as w:
        ada = await w.sign_up("ada")
        other = copy_of(ada)

        assert (await ada.post("/update-user", {"name": "Countess"})).status_code == 200

        for person, name in ((ada, "Countess"), (other, "Ada")):
            assert (await person.get("/get-session")).json()["user"]["name"] == name
        w.clock.move(seconds=301)
        assert (await other.get("/get-session")).json()["user"]["name"] == "Countess"


@pytest.mark.rule("sessions §3.6")
async def test_signing_out_takes_the_copy_along(sqlite_url: str) -> None:
    """Sign-out forgets the copy and every piece of it."""
    async with world(sqlite_url, session=caching()) as w:
        ada = await w.sign_up("ada")
        ada.http.headers["cookie"] = f"{SESSION}={ada.cookie()}; {DATA}.0=a; {DATA}.1=b"

        answer = await ada.post("/sign-out")

        assert cookies_set(answer) == {**ALL_EXPIRED, f"{DATA}.0": EXPIRED, f"{DATA}.1": EXPIRED}


@pytest.mark.rule("sessions §6.2")
@pytest.mark.parametrize("path", ["/revoke-sessions", "/revoke-session"])
async def test_ending_one_s_own_session_leaves_no_copy(sqlite_url: str, path: str) -> None:
    """The session's own cookie stays, as on the reference; no copy is handed out, and the old one goes."""
    async with world(sqlite_url, session=caching()) as w:
        ada = await w.sign_up("ada")

        answer = await ada.post(path, {"token": ada.token})

        assert cookies_set(answer) == {DATA: EXPIRED}
        assert await ada.session() is None


@pytest.mark.case("SC-CACHE-09")
async def test_a_large_copy_comes_in_pieces(sqlite_url: str) -> None:
    """A user that does not fit into one cookie is copied into several; with a piece missing the store tells."""
    async with world(sqlite_url, session=caching()) as w:
        ada = w.person("ada")
        answer = await ada.sign_up(image="https://pictures.test/" + "x" * 9000)
        pieces = {name: ada.cookie(name) or "" for name in cookies_set(answer) if name.startswith(DATA)}
        assert len(pieces) > 1
        with statements(w) as seen:
            assert await ada.session() is not None
        assert seen == []

        for missing in pieces:
            rest = [f"{name}={value}" for name, value in pieces.items() if name != missing]
            lossy = w.person("ada")
            lossy.http.headers["cookie"] = "; ".join([f"{SESSION}={ada.cookie()}", *rest])
            with statements(w) as seen:
                assert await lossy.session() is not None
            assert len(seen) == 1


@pytest.mark.case("SC-COOKIE-07")
async def test_a_copy_too_large_for_cookies_is_left_out(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """Sign-up works all the same; a warning says what was left out, and the store is asked from then on."""
    async with world(sqlite_url, session=caching()) as w:
        ada = w.person("ada")
        with caplog.at_level(logging.WARNING, "fastapi_betterauth"):
            answer = await ada.sign_up(image="x" * 400_000)

        assert answer.status_code == 200
        assert list(cookies_set(answer)) == [SESSION]
        assert "too large" in caplog.text
        assert await ada.session() is not None


class Confidential(UserFields):
    """With something that leaves the server in no cookie."""

    note: Annotated[str | None, Private] = "default"


@pytest.mark.case("SC-CACHE-10")
async def test_private_fields_have_their_default_in_a_copy(sqlite_url: str) -> None:
    """A guard that believes a copy does not know what is private; one that reads the store does."""
    app = FastAPI()

    @app.get("/cached")
    def cached(current: Signed) -> str:
        return str(getattr(current.user, "note", "missing"))

    @app.get("/stored")
    def stored(current: Annotated[CurrentSession, Depends(fresh_session)]) -> str:
        return str(getattr(current.user, "note", "missing"))

    async with world(sqlite_url, app=app, session=caching(), user={"fields": Confidential}) as w:
        ada = await w.sign_up("ada")
        async with w.auth.database.engine.begin() as connection:
            await connection.execute(w.auth.tables.user.table.update().values(note="secret"))

        assert (await ada.http.get("/cached")).json() == "default"
        assert (await ada.http.get("/stored")).json() == "secret"


@pytest.mark.case("SC-COOKIE-09")
async def test_no_copy_leaves_with_an_error(sqlite_url: str) -> None:
    """A request that is refused after it was told who is there hands nothing out."""
    async with world(sqlite_url, session=caching()) as w:
        ada = await w.sign_up("ada")

        answer = await ada.post("/change-password", {"currentPassword": "wrong one", "newPassword": "another one"})

        assert said(answer) == (400, "INVALID_PASSWORD")
        assert cookies_set(answer) == {}


@pytest.mark.parametrize(
    ("settings", "option"),
    [
        ({"max_age": 0}, "session.cookie_cache.max_age"),
        ({"max_age": timedelta(days=401)}, "session.cookie_cache.max_age"),
        ({"strategy": "plain"}, "session.cookie_cache.strategy"),
    ],
)
def test_what_makes_no_sense_is_refused(settings: dict[str, Any], option: str) -> None:
    """At construction, by name."""
    with pytest.raises(ConfigurationError) as refused:
        CookieCache(**settings)

    assert option in str(refused.value)


@pytest.mark.rule("sessions §5")
@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_other_services_read_the_copy(sqlite_url: str, strategy: CacheStrategy) -> None:
    """With the secret alone they know session and user, until the copy ends or its version changes."""
    async with world(sqlite_url, session=caching(strategy=strategy, version="7")) as w:
        ada = await w.sign_up("ada")
        headers = Headers({"cookie": f"{DATA}={ada.cookie(DATA)}"})

        found = get_cookie_cache(headers, SECRET, strategy=strategy, version="7", clock=w.clock)
        assert found is not None
        assert (found.user.email, found.session.token) == (ada.email, ada.token)
        assert get_cookie_cache(headers, "x" * 40, strategy=strategy, clock=w.clock) is None
        assert get_cookie_cache(headers, SECRET, strategy=strategy, version="8", clock=w.clock) is None
        assert get_cookie_cache(Headers({}), SECRET, strategy=strategy, clock=w.clock) is None
        w.clock.move(seconds=316)
        assert get_cookie_cache(headers, SECRET, strategy=strategy, clock=w.clock) is None


@pytest.mark.case("SC-COOKIE-02")
async def test_other_services_prefer_the_secure_name(sqlite_url: str) -> None:
    """A cookie under the plain name, which any neighbour domain can set, is not read beside a secure one."""
    async with world(sqlite_url, session=caching(), base="https://app.test") as w:
        ada = await w.sign_up("ada")
        good = ada.cookie(f"__Secure-{DATA}")
        for cookie, known in (
            (f"__Secure-{DATA}={good}", True),
            (f"__Secure-{DATA}=broken; {DATA}={good}", False),
            (f"__Secure-{DATA}.0=broken; {DATA}={good}", False),
        ):
            found = get_cookie_cache(Headers({"cookie": cookie}), SECRET, clock=w.clock)
            assert (found is not None) is known, cookie


@pytest.mark.rule("sessions §5")
@pytest.mark.parametrize(
    ("cookie", "value"),
    [
        ("__Secure-better-auth.session_token=a%3D; better-auth.session_token=b", "a="),
        ("better-auth.session_token=b", "b"),
        ("better-auth-session_token=c", "c"),
        ("other=1", None),
    ],
)
def test_a_session_cookie_is_found_under_its_names(cookie: str, value: str | None) -> None:
    """Secure before plain, dot before hyphen; that it is there proves nothing."""
    assert get_session_cookie(Headers({"cookie": cookie})) == value


def test_an_empty_secret_reads_nothing() -> None:
    """It is refused by name instead."""
    with pytest.raises(ConfigurationError):
        get_cookie_cache(Headers({"cookie": f"{DATA}=x"}), "")


async def test_the_copy_follows_impersonation(sqlite_url: str) -> None:
    """There and back, the copy is of whoever the browser is at that moment."""
    async with world(sqlite_url, session=caching(), plugins=[Admin()]) as w:
        ada, admin = await w.sign_up("ada"), await w.sign_up("admin")
        users = w.auth.tables.user.table
        async with w.auth.database.engine.begin() as connection:
            await connection.execute(users.update().where(users.c.id == admin.user["id"]).values(role="admin"))
        for path, body, who in (
            ("/admin/impersonate-user", {"userId": ada.user["id"]}, ada),
            ("/admin/stop-impersonating", {}, admin),
        ):
            assert (await admin.post(path, body)).status_code == 200, path
            with statements(w) as seen:
                told = await admin.session() or {}

            assert told["user"]["email"] == who.email
            assert seen == []

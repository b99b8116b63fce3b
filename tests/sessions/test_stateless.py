"""Without a database and a secondary storage: sessions live in cookies alone (sessions sheet §8)."""

import logging
from datetime import timedelta
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI
from sqlalchemy import delete

from fastapi_betterauth import (
    ConfigurationError,
    CookieCache,
    CurrentSession,
    MemoryStorage,
    RefreshCache,
    SessionFields,
    SessionOptions,
    current_session,
    fresh_session,
)
from tests.builders.answers import DATA, FORGET, REMEMBERED, SESSION, UNTIL_CLOSED, cookies_set, said
from tests.builders.world import Person, World, world

WEEK = 7 * 24 * 3600


class Themed(SessionFields):
    """With a field of the host's."""

    theme: str | None = "dark"


async def forget(w: World) -> None:
    """Make this process know as little as any other one."""
    async with w.auth.database.engine.begin() as connection:
        for entity in reversed(w.auth.tables.all()):
            await connection.execute(delete(entity.table))


def caching(**settings: Any) -> SessionOptions[Any]:
    """Sessions with a cookie cache."""
    return SessionOptions(cookie_cache=CookieCache(**settings))


async def on_another_process(w: World, person: Person) -> Person:
    """The same browser, on an instance with the same secret that knows nobody."""
    visitor = w.person(person.name)
    visitor.http.cookies.update(person.http.cookies)
    return visitor


@pytest.mark.rule(
    "sessions §8.1", "sessions §8.2", "sessions §1 cookieCache.enabled", "sessions §1 cookieCache.strategy"
)
async def test_any_process_knows_who_is_signed_in() -> None:
    """The session is an encrypted cookie as long-lived as itself; another process with the secret reads it."""
    async with (
        world(None, session=SessionOptions(fields=Themed)) as w,
        world(None, session=SessionOptions(fields=Themed)) as other,
    ):
        ada = w.person("ada")
        answer = await ada.sign_up()
        assert cookies_set(answer) == {SESSION: REMEMBERED, DATA: f"Max-Age={WEEK}; Path=/; HttpOnly; SameSite=Lax"}
        assert (ada.cookie(DATA) or "").count(".") == 4
        told = await ada.session()

        visitor = await on_another_process(other, ada)

        assert await visitor.session() == told


@pytest.mark.rule("sessions §8.2", "sessions §4")
async def test_sensitive_work_believes_the_cookie() -> None:
    """There is nothing else to read; guards that demand more do so as well."""
    app = FastAPI()

    @app.get("/me")
    def me(current: Annotated[CurrentSession, Depends(current_session)]) -> str:
        return current.user.email

    @app.get("/fresh")
    def fresh(current: Annotated[CurrentSession, Depends(fresh_session)]) -> str:
        return current.user.email

    async with world(None, app=app) as w:
        ada = await w.sign_up("ada")
        await forget(w)

        for path in ("/me", "/fresh"):
            assert (await ada.http.get(path)).json() == ada.email
        assert (await ada.get("/list-sessions")).json() == []
        w.clock.move(days=2)
        assert (await ada.http.get("/fresh")).status_code == 403


@pytest.mark.rule("sessions §8.4")
async def test_changes_go_into_the_cookie() -> None:
    """Name and additional fields are changed although this process knows no row; nobody else's cookie follows."""
    async with world(None, session=SessionOptions(fields=Themed)) as w:
        ada = await w.sign_up("ada")
        await forget(w)

        assert said(await ada.post("/update-user", {"name": "Countess"})) == (200, None)
        changed = await ada.post("/update-session", {"theme": "light"})

        assert changed.json()["session"]["theme"] == "light"
        told = await ada.session() or {}
        assert (told["user"]["name"], told["session"]["theme"]) == ("Countess", "light")


@pytest.mark.rule("sessions §4.4", "sessions §1 cookieCache.refreshCache")
@pytest.mark.parametrize("path", ["/api/auth/get-session", "/me"])
async def test_a_copy_is_written_again_before_it_ends(path: str) -> None:
    """With a fifth of its life left, by endpoint and guard; the session's own end stays where it was."""
    app = FastAPI()

    @app.get("/me")
    def me(current: Annotated[CurrentSession, Depends(current_session)]) -> str:
        return current.user.email

    async with world(None, app=app, session=caching(max_age=1000)) as w:
        ada = await w.sign_up("ada")
        ends = (await ada.session() or {})["session"]["expiresAt"]
        w.clock.move(seconds=790)
        assert cookies_set(await ada.http.get(path)) == {}
        w.clock.move(seconds=20)

        answer = await ada.http.get(path)

        assert cookies_set(answer) == {SESSION: REMEMBERED, DATA: "Max-Age=1000; Path=/; HttpOnly; SameSite=Lax"}
        await forget(w)
        w.clock.move(seconds=900)
        assert (await ada.session() or {})["session"]["expiresAt"] == ends
        w.clock.move(days=7)
        assert await ada.session() is None


@pytest.mark.rule("sessions §4.4", "sessions §9.3")
async def test_a_browser_session_stays_one() -> None:
    """Who is not remembered gets the session cookie again without Max-Age; the copy has one, as on the reference."""
    async with world(None, session=caching(max_age=1000)) as w:
        await w.sign_up("ada")
        ada = w.person("ada")
        assert cookies_set(await ada.sign_in(rememberMe=False)) == dict.fromkeys((SESSION, FORGET, DATA), UNTIL_CLOSED)
        w.clock.move(seconds=200)

        answer = await ada.get("/get-session")

        assert cookies_set(answer)[SESSION] == UNTIL_CLOSED


@pytest.mark.rule("sessions §1 cookieCache.refreshCache")
@pytest.mark.parametrize(
    ("refresh", "after", "written"),
    [
        (False, 990, False),
        (True, 810, True),
        (RefreshCache(update_age=500), 510, True),
        (RefreshCache(update_age=500), 490, False),
    ],
)
async def test_when_a_copy_is_written_again_can_be_set(refresh: Any, after: int, written: bool) -> None:  # noqa: FBT001 - a column of the table
    """Never, with a fifth left, or with so much left."""
    async with world(None, session=caching(max_age=1000, refresh_cache=refresh)) as w:
        ada = await w.sign_up("ada")
        w.clock.move(seconds=after)

        assert (DATA in cookies_set(await ada.get("/get-session"))) is written


@pytest.mark.case("SC-CACHE-11")
@pytest.mark.rule("sessions §8.5")
async def test_a_new_version_signs_everybody_out() -> None:
    """Revocation reaches this browser only; another version, or secret, ends every copy everywhere."""
    async with world(None) as w, world(None, session=caching(version="2")) as later:
        ada = await w.sign_up("ada")
        thief = await on_another_process(w, ada)
        await ada.post("/sign-out")
        assert await ada.session() is None
        assert await thief.session() is not None

        assert await (await on_another_process(later, thief)).session() is None


@pytest.mark.case("SC-CACHE-06")
async def test_a_session_in_a_cookie_ends() -> None:
    """Hard, when its life is over, however often it was used."""
    async with world(None, session=SessionOptions(expires_in=timedelta(hours=1))) as w:
        ada = await w.sign_up("ada")
        for _ in range(5):
            w.clock.move(minutes=11)
            assert await ada.session() is not None
        w.clock.move(minutes=11)

        assert await ada.session() is None


async def test_a_store_makes_it_stateful(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """With a database or a secondary storage no copy is written unless asked for, and none before its end."""
    for url, storage in ((sqlite_url, None), (None, MemoryStorage())):
        async with world(url, secondary_storage=storage) as w:
            assert list(cookies_set(await w.person("ada").sign_up())) == [SESSION]
    with caplog.at_level(logging.WARNING, "fastapi_betterauth"):
        async with world(sqlite_url, session=caching(enabled=True, refresh_cache=True)) as w:
            eve = await w.sign_up("eve")
            w.clock.move(seconds=290)
            assert cookies_set(await eve.get("/get-session")) == {}
    assert "refresh_cache" in caplog.text


def test_the_age_must_make_sense() -> None:
    """Refused by name."""
    with pytest.raises(ConfigurationError, match=r"refresh_cache\.update_age"):
        CookieCache(refresh_cache=RefreshCache(update_age=-1))

"""An app under test with its database, mail, clock, and people who use it over HTTP.

async with world(database_url, password=dict(require_email_verification=True)) as w:
    ada = await w.sign_up("ada")
    answer = await ada.get("/get-session")
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
from fastapi import FastAPI
from sqlalchemy import MetaData, select

from fastapi_betterauth import (
    BetterAuth,
    ChangeEmail,
    DeleteUser,
    EmailAndPassword,
    EmailVerification,
    PasswordHashing,
    UserOptions,
    VerificationOptions,
)
from tests.builders.clock import MovableClock
from tests.builders.hashing import CheapHasher
from tests.builders.outbox import Outbox

BASE = "http://app.test"
SECRET = "5d0f2a8b6c3e9174d0b7a6f5e4c3d2b1a09f8e7d6c5b4a39281706f5e4d3c2b1"
PASSWORD = "correct horse battery"


class Person:
    """A browser: keeps cookies, names its origin; paths are below the base path."""

    def __init__(self, world: "World", name: str) -> None:
        self.world = world
        self.name = name
        self.email = f"{name}@people.test"
        self.password = PASSWORD
        self.user: dict[str, Any] = {}
        self.token = ""
        transport = httpx2.ASGITransport(app=world.app, raise_app_exceptions=False)
        self.http = httpx2.AsyncClient(transport=transport, base_url=world.base, headers={"origin": world.base})

    async def get(self, path: str, **kwargs: Any) -> httpx2.Response:
        """GET an endpoint of the auth router."""
        return await self.http.get(f"/api/auth{path}", **kwargs)

    async def post(self, path: str, json: Any = None, **kwargs: Any) -> httpx2.Response:
        """POST JSON to an endpoint of the auth router."""
        return await self.http.post(f"/api/auth{path}", json={} if json is None and not kwargs else json, **kwargs)

    async def sign_up(self, **extra: Any) -> httpx2.Response:
        """Sign up with name, address and password."""
        body = {"name": self.name.title(), "email": self.email, "password": self.password, **extra}
        answer = await self.post("/sign-up/email", body)
        if answer.status_code == 200:
            self.user, self.token = answer.json()["user"], answer.json()["token"] or ""
        return answer

    async def sign_in(self, **extra: Any) -> httpx2.Response:
        """Sign in with address and password."""
        answer = await self.post("/sign-in/email", {"email": self.email, "password": self.password, **extra})
        if answer.status_code == 200:
            self.user, self.token = answer.json()["user"], answer.json()["token"]
        return answer

    async def sign_in_waits(self, **extra: Any) -> httpx2.Response:
        """Show address and password where that alone begins no session."""
        return await self.post("/sign-in/email", {"email": self.email, "password": self.password, **extra})

    async def session(self) -> dict[str, Any] | None:
        """Who the server says is signed in."""
        answer = await self.get("/get-session")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] | None = answer.json()
        return found

    def cookie(self, name: str = "better-auth.session_token") -> str | None:
        """The raw value of a cookie this browser holds."""
        return next((c.value for c in self.http.cookies.jar if c.name == name), None)


@dataclass
class World:
    """An app under test."""

    auth: BetterAuth[Any, Any]
    app: FastAPI
    outbox: Outbox
    clock: MovableClock
    hasher: CheapHasher
    base: str = BASE
    _people: list[Person] = field(default_factory=list)

    def person(self, name: str = "visitor") -> Person:
        """A browser without cookies."""
        person = Person(self, name)
        self._people.append(person)
        return person

    async def sign_up(self, name: str, **extra: Any) -> Person:
        """Somebody who has just signed up."""
        person = self.person(name)
        answer = await person.sign_up(**extra)
        assert answer.status_code == 200, answer.text
        return person

    async def prove_address(self, person: Person) -> None:
        """Have somebody follow a verification link."""
        await person.post("/send-verification-email", {"email": person.email})
        token = (await self.settled()).last(person.email, "verify").token
        answer = await person.get("/verify-email", params={"token": token})
        assert answer.status_code == 200, answer.text

    async def another_device(self, person: Person, **extra: Any) -> Person:
        """The same person on another device, signed in there."""
        device = self.person(person.name)
        device.password = person.password
        answer = await device.sign_in(**extra)
        assert answer.status_code == 200, answer.text
        return device

    async def settled(self) -> Outbox:
        """The outbox once all background work is done."""
        await self.auth.runtime.background.drain()
        return self.outbox

    async def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table (user, session, account, verification), by field name."""
        entity = next(e for e in self.auth.tables.all() if e.key == table)
        async with self.auth.database.reader.connect() as connection:
            found = await connection.execute(select(*(entity.table.c[s.name].label(s.name) for s in entity.fields)))
            return [dict(row._mapping) for row in found]

    async def snapshot(self) -> dict[str, list[dict[str, Any]]]:
        """All rows of all tables, for "unchanged"."""
        tables = {e.key: await self.rows(e.key) for e in self.auth.tables.all()}
        return {key: sorted(rows, key=lambda row: str(row["id"])) for key, rows in tables.items()}

    async def close(self) -> None:
        """End everything."""
        for person in self._people:
            await person.http.aclose()


@asynccontextmanager
async def world(  # noqa: PLR0913 - one keyword per option object
    database_url: str | None,
    *,
    password: Mapping[str, Any] | None = None,
    verification: Mapping[str, Any] | None = None,
    change_email: Mapping[str, Any] | None = None,
    delete_user: Mapping[str, Any] | None = None,
    user: Mapping[str, Any] | None = None,
    verification_rows: VerificationOptions | None = None,
    app: FastAPI | None = None,
    base: str = BASE,
    **options: Any,
) -> AsyncIterator[World]:
    """Start an app on a database, or none; mail goes to an outbox, hashing is cheap, time can be moved.

    Args:
        password, verification, change_email, delete_user, user: fields of EmailAndPassword, EmailVerification,
            ChangeEmail, DeleteUser, UserOptions that differ from: everything enabled, every mail sent.
        verification_rows: how verification rows are kept (BetterAuth's ``verification``).
        app: an app with routes of its own; the router is included last.
        options: further arguments of BetterAuth.
    """
    outbox, clock, hasher = Outbox(), MovableClock(), CheapHasher()
    email_and_password = EmailAndPassword(
        **{
            "enabled": True,
            "send_reset_password": outbox.reset,
            "on_password_reset": outbox.password_reset,
            "on_existing_user_sign_up": outbox.existing_sign_up,
            "password": PasswordHashing(hasher=hasher),
            **(password or {}),
        }
    )
    settings: dict[str, Any] = {
        "base_url": base,
        "secret": SECRET,
        "environment": "test",
        "email_and_password": email_and_password,
        "email_verification": EmailVerification(**{"send_verification_email": outbox.verify, **(verification or {})}),
        "user": UserOptions(
            change_email=ChangeEmail(
                **{
                    "enabled": True,
                    "send_change_email_confirmation": outbox.confirm_change,
                    **(change_email or {}),
                }
            ),
            delete_user=DeleteUser(**{"enabled": True, **(delete_user or {})}),
            **(user or {}),
        ),
        "verification": verification_rows,
        "metadata": MetaData(),
        "auto_migrate": True,
        "clock": clock,
        **options,
    }
    auth: BetterAuth[Any, Any] = BetterAuth(database=database_url, **settings)
    app = app or FastAPI()
    app.include_router(auth.router)
    built = World(auth, app, outbox, clock, hasher, base)
    async with app.router.lifespan_context(app):
        try:
            yield built
        finally:
            await built.close()

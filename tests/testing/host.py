"""An app as hosts write them: one module, everything at its top, made for production."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, TypedDict

from fastapi import Depends, FastAPI, Request, WebSocket
from sqlalchemy import Column, ForeignKey, MetaData, String, Table, insert, select

from fastapi_betterauth import (
    BetterAuth,
    CurrentSession,
    EmailAndPassword,
    EmailVerification,
    MemoryStorage,
    PasswordHashing,
    RateLimit,
    RateLimitRule,
    ResetPasswordMail,
    ScryptHasher,
    SessionOptions,
    UserFields,
)
from fastapi_betterauth.mail import Mails, Message
from fastapi_betterauth.plugins import Admin, EmailOtp, MagicLink, TwoFactor
from fastapi_betterauth.plugins.two_factor import OtpOptions


class HostUser(UserFields):
    """A column of the host's own."""

    plan: str = "free"


delivered: list[Message | ResetPasswordMail] = []


class Postman:
    """A mailer that remembers."""

    async def send(self, message: Message, /) -> None:
        delivered.append(message)


async def reset(mail: ResetPasswordMail) -> None:
    delivered.append(mail)


hasher = ScryptHasher()
mails = Mails(Postman(), app_name="Host")

auth = BetterAuth(
    base_url="https://host.example",
    secret="5d0f2a8b6c3e9174d0b7a6f5e4c3d2b1a09f8e7d6c5b4a39281706f5e4d3c2b1",
    # Nobody listens there.
    database="postgresql+asyncpg://nobody@127.0.0.1:1/production",
    secondary_storage=MemoryStorage(),
    email_and_password=EmailAndPassword(
        enabled=True,
        send_reset_password=reset,
        on_password_reset=mails.password_was_reset,
        password=PasswordHashing(hasher=hasher),
    ),
    email_verification=EmailVerification(send_verification_email=mails.verification, send_on_sign_up=True),
    user=HostUser,
    session=SessionOptions(expires_in=7 * 24 * 3600),
    rate_limit=RateLimit(enabled=True, custom_rules={"/sign-in/*": RateLimitRule(window=60, max=2)}),
    plugins=[
        Admin(),
        MagicLink(send_magic_link=mails.magic_link),
        EmailOtp(send_verification_otp=mails.email_otp),
        TwoFactor(otp=OtpOptions(send_otp=mails.second_factor)),
    ],
    metadata=MetaData(),
)

note = Table(
    "note",
    auth.metadata,
    Column("text", String(200), primary_key=True),
    Column("user_id", auth.tables.user.table.c.id.type, ForeignKey(auth.tables.user.table.c.id)),
)


class State(TypedDict):
    """What the lifespan gives to requests."""

    greeting: str


@asynccontextmanager
async def lifespan(_app: FastAPI) -> AsyncIterator[State]:
    yield {"greeting": "hello"}


Current = Annotated[CurrentSession[HostUser], Depends(auth.current_session)]

app = FastAPI(lifespan=lifespan)
app.include_router(auth.router)


@app.get("/me")
async def me(current: Current, request: Request) -> dict[str, str]:
    return {"email": current.user.email, "plan": current.user.plan, "greeting": request.state.greeting}


@app.get("/limited", dependencies=[Depends(auth.rate_limit("1/minute"))])
async def limited() -> None:
    """A route with a limit."""


@app.get("/secrets", dependencies=[Depends(auth.fresh_session)])
async def secrets() -> None:
    """A route for those who signed in recently."""


@app.get("/staff", dependencies=[Depends(auth.require_role("admin"))])
async def staff() -> None:
    """A route for admins."""


@app.post("/notes")
async def write(text: str, current: Current) -> None:
    async with auth.database.engine.begin() as connection:
        await connection.execute(insert(note).values(text=text, user_id=current.user.id))


@app.get("/notes")
async def notes(current: Current) -> list[Any]:
    async with auth.database.engine.begin() as connection:
        return list((await connection.execute(select(note.c.text).where(note.c.user_id == current.user.id))).scalars())


@app.websocket("/echo")
async def echo(socket: WebSocket, current: Current) -> None:
    await socket.accept()
    await socket.send_text(f"{current.user.name}: {await socket.receive_text()}")

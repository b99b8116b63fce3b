"""The test kit as the type checkers must understand it. Checked, never run."""

from typing import assert_type

from fastapi import FastAPI

from fastapi_betterauth import BetterAuth, CurrentSession, ResetPasswordMail, SessionFields, UserFields
from fastapi_betterauth.testing import AppUnderTest, BlockingUserClient, Sent, UserClient


class AppUser(UserFields):
    """A user with a column of the host's."""

    plan: str = "free"


auth = BetterAuth(user=AppUser)
subject = AppUnderTest(FastAPI(), auth)


async def asynchronous() -> None:
    """Users, clients and mails are of the host's kind."""
    async with subject.kit() as kit:
        ada = await kit.as_user(plan="pro")
        assert_type(ada, UserClient[AppUser])
        assert_type(ada.user.plan, str)
        assert_type((await ada.get("/plan")).status_code, int)
        assert_type(await kit.user(), AppUser)
        assert_type(await kit.signed_in(ada), CurrentSession[AppUser, SessionFields] | None)
        assert_type(kit.mails.last("", ResetPasswordMail), Sent[ResetPasswordMail])


def blocking() -> None:
    """So they are for tests that are plain functions."""
    with subject.blocking_kit() as kit:
        ada = kit.as_user(plan="pro")
        assert_type(ada, BlockingUserClient[AppUser])
        assert_type(kit.sign_in(ada, ada.user), CurrentSession[AppUser, SessionFields])

"""Deletion of users (e-mail sheet §8, database sheet §7)."""

from __future__ import annotations

from fastapi_betterauth.clock import Clock, to_timedelta
from fastapi_betterauth.crypto.random import delete_account_token
from fastapi_betterauth.errors import INVALID_TOKEN, APIError
from fastapi_betterauth.sessions.service import Sessions
from fastapi_betterauth.storage.accounts import Accounts
from fastapi_betterauth.storage.fields import UserFields
from fastapi_betterauth.storage.users import Users
from fastapi_betterauth.storage.verifications import Verifications

from .options import DeleteUser

_PREFIX = "delete-account-"


class Deletions:
    """Deletes users and all that is theirs, within one unit of work."""

    def __init__(
        self,
        *,
        options: DeleteUser,
        users: Users,
        accounts: Accounts,
        sessions: Sessions,
        verifications: Verifications,
        clock: Clock,
    ) -> None:
        self._options = options
        self._users = users
        self._accounts = accounts
        self._sessions = sessions
        self._verifications = verifications
        self._clock = clock

    async def open(self, user: UserFields) -> str:
        """Make a token with which this user, and nobody else, can confirm the deletion."""
        token = delete_account_token()
        expires_at = self._clock() + to_timedelta(self._options.delete_token_expires_in)
        await self._verifications.create(_PREFIX + token, user.id, expires_at)
        return token

    async def confirm(self, user: UserFields, token: str) -> None:
        """Take a deletion token. One of another user is worthless afterwards (e-mail sheet §8.4).

        Raises: APIError: 404 INVALID_TOKEN.
        """
        found = await self._verifications.find(_PREFIX + token)
        if found is not None and found.value != user.id:
            await self._verifications.burn(_PREFIX + token)
            raise APIError(404, INVALID_TOKEN)
        if await self._verifications.consume(_PREFIX + token) is None:
            raise APIError(404, INVALID_TOKEN)

    async def delete(self, user: UserFields) -> None:
        """Delete sessions, accounts and the user; foreign keys are a second net."""
        if self._options.before_delete is not None:
            await self._options.before_delete(user)
        await self._sessions.end_all(user.id)
        await self._accounts.delete_of_user(user.id)
        await self._users.delete(user.id)

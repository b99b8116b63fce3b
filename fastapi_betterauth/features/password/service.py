"""Passwords: reset, change, set, verify (e-mail sheet §5, §6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi_betterauth.clock import Clock, to_timedelta
from fastapi_betterauth.crypto.passwords import Passwords as Hashing
from fastapi_betterauth.crypto.random import reset_token
from fastapi_betterauth.errors import (
    CREDENTIAL_ACCOUNT_NOT_FOUND,
    INVALID_PASSWORD,
    INVALID_TOKEN,
    USER_NOT_FOUND,
    APIError,
    TransientConflict,
    UniqueViolation,
)
from fastapi_betterauth.pipeline.background import logged
from fastapi_betterauth.sessions.service import Sessions
from fastapi_betterauth.storage.accounts import CREDENTIAL, Accounts
from fastapi_betterauth.storage.fields import AccountFields, UserFields
from fastapi_betterauth.storage.users import Users
from fastapi_betterauth.storage.verifications import RESET_PREFIX, Verifications

from .errors import PASSWORD_ALREADY_SET
from .options import EmailAndPassword
from .policy import check_length

Afterwards = Callable[[str, Callable[[], Awaitable[None]]], None]
"""Has something done once the transaction is durable."""


class Passwords:
    """The passwords of all users, within one unit of work."""

    def __init__(  # noqa: PLR0913 - what it works with
        self,
        *,
        options: EmailAndPassword,
        users: Users,
        accounts: Accounts,
        sessions: Sessions,
        verifications: Verifications,
        hashing: Hashing,
        clock: Clock,
        afterwards: Afterwards,
        announce: Callable[[str], Awaitable[None]],
    ) -> None:
        self._options = options
        self._users = users
        self._accounts = accounts
        self._sessions = sessions
        self._verifications = verifications
        self._hashing = hashing
        self._clock = clock
        self._afterwards = afterwards
        self._announce = announce

    async def open_reset(self, email: str) -> tuple[UserFields | None, str]:
        """Make a reset token for an address; for an unknown one the same work is done.

        Returns: the user, if there is one, and the token.
        """
        token = reset_token()
        user = await self._users.find_by_email(email)
        if user is None:
            await self._verifications.find(RESET_PREFIX + token)
            return None, token
        expires_at = self._clock() + to_timedelta(self._options.reset_password_token_expires_in)
        await self._verifications.create(RESET_PREFIX + token, user.id, expires_at, voidable=True)
        return user, token

    async def is_open(self, token: str) -> bool:
        """Returns: whether a reset token could be used now; it is not consumed."""
        found = await self._verifications.find(RESET_PREFIX + token)
        return found is not None and found.expires_at > self._clock()

    async def reset(self, token: str, new_password: str) -> None:
        """Give the holder of a token a new password.

        All other open reset links of the user die with it.

        Raises: APIError: 400 PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG, INVALID_TOKEN, USER_NOT_FOUND.
        """
        check_length(new_password, self._options)
        if not await self.is_open(token):
            await self._verifications.consume(RESET_PREFIX + token)
            raise APIError(400, INVALID_TOKEN)
        new_hash = await self._hashing.hash(new_password)
        taken = await self._verifications.consume(RESET_PREFIX + token)
        if taken is None:
            raise APIError(400, INVALID_TOKEN)
        user = await self._users.find(taken.value)
        if user is None:
            raise APIError(400, USER_NOT_FOUND)
        await self._replace(user, new_hash)

    async def replace(self, user: UserFields, new_password: str) -> None:
        """Give somebody a new password who has shown, by other means than a link, that the account is theirs.

        Raises: APIError: 400 PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG.
        """
        check_length(new_password, self._options)
        await self._replace(user, await self._hashing.hash(new_password))

    async def _replace(self, user: UserFields, new_hash: str) -> None:
        """Store a new password instead of a forgotten one; open reset links die, sessions where that is wanted."""
        await self._store(user, await self._accounts.find_credential(user.id), new_hash)
        await self._verifications.void(RESET_PREFIX, user.id)
        if self._options.revoke_sessions_on_password_reset:
            await self._sessions.end_all(user.id)
        if (told := self._options.on_password_reset) is not None:
            self._users.rows.unit.after_commit(lambda: logged(lambda: told(user), "on_password_reset"))
        self._tell(user)

    async def change(self, user: UserFields, current_password: str, new_password: str) -> None:
        """Replace a password that the caller knows.

        Raises: APIError: 400 PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG, CREDENTIAL_ACCOUNT_NOT_FOUND, INVALID_PASSWORD.
        """
        check_length(new_password, self._options)
        account = await self._accounts.find_credential(user.id)
        if account is None or not account.password:
            raise APIError(400, CREDENTIAL_ACCOUNT_NOT_FOUND)
        # Both are computed in every case, so that a wrong password takes no less time than a right one.
        new_hash = await self._hashing.hash(new_password)
        if not (await self._hashing.verify(current_password, account.password)).matches:
            raise APIError(400, INVALID_PASSWORD)
        await self._store(user, account, new_hash)
        self._tell(user)

    async def set_first(self, user: UserFields, new_password: str) -> None:
        """Give a user without a password one; never overwrite (SC-RESET-15).

        Raises: APIError: 400 PASSWORD_TOO_SHORT, PASSWORD_TOO_LONG, PASSWORD_ALREADY_SET.
        """
        check_length(new_password, self._options)
        account = await self._accounts.find_credential(user.id)
        if account is not None and account.password:
            raise APIError(400, PASSWORD_ALREADY_SET)
        await self._store(user, account, await self._hashing.hash(new_password))
        self._tell(user)

    async def matches(self, user: UserFields, password: str) -> bool:
        """Returns: whether this is the user's password; the same work is done when there is none."""
        account = await self._accounts.find_credential(user.id)
        return (await self._hashing.verify(password, account.password if account else None)).matches

    async def _store(self, user: UserFields, account: AccountFields | None, new_hash: str) -> None:
        await self._announce(user.id)
        if account is not None:
            await self._accounts.set_password(account, new_hash)
            return
        try:
            await self._accounts.create(
                {"account_id": user.id, "provider_id": CREDENTIAL, "user_id": user.id, "password": new_hash}
            )
        except UniqueViolation:
            raise TransientConflict("the user got a first password a moment ago") from None

    def _tell(self, user: UserFields) -> None:
        if (told := self._options.on_password_changed) is not None:
            self._afterwards("on_password_changed", lambda: told(user))

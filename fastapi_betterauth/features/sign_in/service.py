"""Sign-in with a password (e-mail sheet §3)."""

from __future__ import annotations

from fastapi_betterauth.crypto.passwords import Passwords as Hashing
from fastapi_betterauth.errors import INVALID_EMAIL, APIError
from fastapi_betterauth.features.email_address import is_email_address
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.storage.accounts import Accounts
from fastapi_betterauth.storage.fields import UserFields
from fastapi_betterauth.storage.users import Users

from .errors import INVALID_EMAIL_OR_PASSWORD


class PasswordSignIn:
    """Tells who somebody is by a name and a password."""

    def __init__(self, users: Users, accounts: Accounts, hashing: Hashing) -> None:
        self._users = users
        self._accounts = accounts
        self._hashing = hashing

    @classmethod
    def of(cls, context: RequestContext) -> PasswordSignIn:
        """Returns: the sign-in of this request."""
        return cls(context.users, context.accounts, context.auth.passwords)

    async def authenticate(self, email: str, password: str) -> UserFields:
        """Find the user of an address whom this password belongs to.

        Every refusal costs one hash and reads alike: unknown address, no password, wrong password (SC-PW-01).

        Raises: APIError: 400 INVALID_EMAIL; 401 INVALID_EMAIL_OR_PASSWORD.
        """
        if not is_email_address(email):
            raise APIError(400, INVALID_EMAIL)
        user = await self.prove(await self._users.find_by_email(email), password)
        if user is None:
            raise APIError(401, INVALID_EMAIL_OR_PASSWORD)
        return user

    async def prove(self, user: UserFields | None, password: str) -> UserFields | None:
        """Check a password; a hash of an older kind is replaced. Nobody at all costs as much work as somebody.

        Returns: the user, or None when the password is not theirs.
        """
        account = await self._accounts.find_credential(user.id if user is not None else "")
        check = await self._hashing.verify(password, account.password if account is not None else None)
        if user is None or account is None or not check.matches:
            return None
        if check.replacement is not None:
            await self._accounts.replace_hash(account, check.replacement)
        return user

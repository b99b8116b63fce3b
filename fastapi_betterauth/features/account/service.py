"""The accounts of one user."""

from __future__ import annotations

from fastapi_betterauth.errors import ACCOUNT_NOT_FOUND, APIError
from fastapi_betterauth.storage.accounts import Accounts
from fastapi_betterauth.storage.fields import UserFields

from .errors import FAILED_TO_UNLINK_LAST_ACCOUNT
from .options import AccountOptions


class OwnAccounts:
    """What a user may see and do with their own accounts; ids of others are unknown ids (SC-ACCT-06)."""

    def __init__(self, accounts: Accounts, options: AccountOptions) -> None:
        self._accounts = accounts
        self._options = options

    async def unlink(self, user: UserFields, account_id: str) -> None:
        """Delete an account, but not the last way to sign in.

        Two requests that unlink the last two accounts at once leave one: the user's accounts are locked first.

        Raises: APIError: 400 FAILED_TO_UNLINK_LAST_ACCOUNT, ACCOUNT_NOT_FOUND.
        """
        mine = await self._accounts.lock_of_user(user.id)
        if len(mine) <= 1 and not self._options.account_linking.allow_unlinking_all:
            raise APIError(400, FAILED_TO_UNLINK_LAST_ACCOUNT)
        account = next((account for account in mine if account.id == account_id), None)
        if account is None:
            raise APIError(400, ACCOUNT_NOT_FOUND)
        await self._accounts.delete(account)

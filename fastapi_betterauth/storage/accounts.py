"""Questions about accounts: the ways in which a user proves who they are."""

from __future__ import annotations

from sqlalchemy import and_

from .fields import AccountFields
from .hooks import Changes
from .repository import Repository

CREDENTIAL = "credential"
"""Provider id of the account that holds a password; its account id is the user's id."""


class Accounts:
    """Accounts of all users; every question names the user it is about."""

    def __init__(self, rows: Repository[AccountFields]) -> None:
        self.rows = rows

    async def of_user(self, user_id: str) -> list[AccountFields]:
        """Returns: all accounts of a user, oldest first."""
        return await self.rows.find_many(self.rows.columns.user_id == user_id, order=self.rows.columns.created_at)

    async def lock_of_user(self, user_id: str) -> list[AccountFields]:
        """Returns: all accounts of a user, which nobody else changes before this transaction ends."""
        c = self.rows.columns
        # An update of the rows is a lock that every database has, SQLite included.
        await self.rows.update_many(c.user_id == user_id, {"user_id": user_id})
        return await self.rows.find_many(c.user_id == user_id, order=c.created_at, locking=True)

    async def find_credential(self, user_id: str) -> AccountFields | None:
        """Returns: the user's password account."""
        c = self.rows.columns
        return await self.rows.find(and_(c.user_id == user_id, c.provider_id == CREDENTIAL, c.account_id == user_id))

    async def create(self, values: Changes) -> AccountFields | None:
        """Returns: the new account, or None when a hook refused."""
        return await self.rows.create(values)

    async def set_password(self, account: AccountFields, password_hash: str) -> AccountFields | None:
        """Replace the hash of a password account."""
        return await self.rows.update(self.rows.columns.id == account.id, {"password": password_hash})

    async def replace_hash(self, account: AccountFields, password_hash: str) -> None:
        """Store a better hash of the same password, unless the password has changed meanwhile."""
        c = self.rows.columns
        await self.rows.update_many(
            and_(c.id == account.id, c.password == account.password), {"password": password_hash}
        )

    async def delete(self, account: AccountFields) -> bool:
        """Returns: whether the account is gone; False when a hook refused."""
        return await self.rows.delete(self.rows.columns.id == account.id) > 0

    async def delete_of_user(self, user_id: str) -> None:
        """Delete all accounts of a user."""
        await self.rows.delete(self.rows.columns.user_id == user_id)

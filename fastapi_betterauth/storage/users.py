"""Questions about users."""

from __future__ import annotations

from .fields import UserFields
from .hooks import Changes
from .repository import Repository


class Users:
    """The people who have an account."""

    def __init__(self, rows: Repository[UserFields]) -> None:
        self.rows = rows

    async def find(self, user_id: str) -> UserFields | None:
        """Returns: the user of this id."""
        return await self.rows.find(self.rows.columns.id == user_id)

    async def find_by_email(self, email: str) -> UserFields | None:
        """Returns: the user of this address; addresses are stored in lower case."""
        return await self.rows.find(self.rows.columns.email == email.lower())

    async def create(self, values: Changes) -> UserFields | None:
        """Returns: the new user, or None when a hook refused. Raises: UniqueViolation: the address is taken."""
        return await self.rows.create(values)

    async def update(self, user_id: str, changes: Changes) -> UserFields | None:
        """Returns: the changed user, or None when there is none or a hook refused."""
        return await self.rows.update(self.rows.columns.id == user_id, changes)

    async def delete(self, user_id: str) -> bool:
        """Returns: whether the user is gone; False when a hook refused."""
        return await self.rows.delete(self.rows.columns.id == user_id) > 0

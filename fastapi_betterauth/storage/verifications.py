"""What was handed out and may come back once: reset links, deletion links, later codes and states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sqlalchemy import and_

from fastapi_betterauth.clock import Clock
from fastapi_betterauth.crypto.digests import sha256_base64url
from fastapi_betterauth.errors import ConfigurationError, UniqueViolation

from .fields import VerificationFields
from .repository import Repository
from .transaction import UnitOfWork

RESET_PREFIX = "reset-password:"
"""Begins the identifiers of open password resets, whose value is the user's id."""

_BATCH, _MOST_BATCHES = 100, 50

StoreIdentifier = Literal["plain", "hashed"] | Callable[[str], str]


@dataclass(frozen=True, kw_only=True, slots=True)
class VerificationOptions:
    """How verification rows are kept (database sheet §6)."""

    store_identifier: StoreIdentifier = "plain"
    """``hashed`` keeps only SHA-256 of what was handed out, so that a leaked table opens nothing."""
    store_identifier_by_prefix: Mapping[str, StoreIdentifier] = field(default_factory=dict)
    """Exceptions by what the identifier starts with, such as ``reset-password:``; the first match counts."""
    store_in_database: bool = False
    """With a secondary storage: keep them in the database as well, which then decides who takes one first."""
    disable_cleanup: bool = False
    """Leave expired rows alone; by default each look-up deletes them."""

    def __post_init__(self) -> None:
        for way in (self.store_identifier, *self.store_identifier_by_prefix.values()):
            if not callable(way) and way not in ("plain", "hashed"):
                raise ConfigurationError(
                    "verification.store_identifier",
                    f"{way!r} is not known.",
                    "Use 'plain', 'hashed' or a function.",
                )

    def stored(self, identifier: str) -> str:
        """Returns: the identifier as it lies in the table."""
        prefixes = self.store_identifier_by_prefix
        way = next((w for p, w in prefixes.items() if identifier.startswith(p)), self.store_identifier)
        if callable(way):
            return way(identifier)
        return sha256_base64url(identifier) if way == "hashed" else identifier


class Verifications:
    """Create, look at, and take verification rows."""

    def __init__(self, rows: Repository[VerificationFields], options: VerificationOptions, clock: Clock) -> None:
        self.rows = rows
        self._options = options
        self._clock = clock

    def within(self, unit: UnitOfWork) -> Verifications:
        """Returns: the same rows seen through another unit of work."""
        return Verifications(self.rows.within(unit), self._options, self._clock)

    async def create(
        self,
        identifier: str,
        value: str,
        expires_at: datetime,
        *,
        voidable: bool = False,  # noqa: ARG002 - a table finds every row by its value
    ) -> VerificationFields | None:
        """Keep a value under an identifier.

        Args: voidable: ``void`` must find it by its value, wherever it is kept.
        Returns: the row, or None when a hook refused.
        """
        stored = self._options.stored(identifier)
        return await self.rows.create({"identifier": stored, "value": value, "expires_at": expires_at})

    async def find(self, identifier: str) -> VerificationFields | None:
        """Returns: the newest row of an identifier, which may have expired."""
        row = await self._newest(identifier)
        if not self._options.disable_cleanup:
            await self._clean_up()
        return row

    async def consume(self, identifier: str) -> VerificationFields | None:
        """Take a verification so that no second caller can have it.

        Args: identifier: as handed out; hashed here where the options say so.
        Returns: the row, or None if absent, expired, or taken by someone else a moment earlier.
        Source: database sheet §6; SC-RESET-02.
        """
        row = await self._newest(identifier)
        if row is None:
            return None
        if row.expires_at <= self._clock():
            async with self.rows.unit.surviving() as unit:
                await self.rows.within(unit).delete(self.rows.columns.identifier == row.identifier)
            return None
        if not await self.rows.take(row):
            return None
        await self.rows.delete(self.rows.columns.identifier == row.identifier)
        return row

    async def burn(self, identifier: str) -> None:
        """Make an identifier worthless even if the request fails afterwards."""
        row = await self._newest(identifier)
        if row is not None:
            async with self.rows.unit.surviving() as unit:
                await self.rows.within(unit).delete(self.rows.columns.identifier == row.identifier)

    async def void(self, prefix: str, value: str) -> None:
        """Delete all rows of a kind that hold this value, such as all open reset links of a user.

        Where identifiers are not kept plain their kind cannot be told; then every row with the value goes.
        """
        c = self.rows.columns
        mine = c.value == value
        if self._options.stored(prefix) == prefix:
            mine = and_(mine, c.identifier.startswith(prefix, autoescape=True))
        await self.rows.delete(mine)

    async def reserve(self, identifier: str, value: str, expires_at: datetime) -> bool:
        """Claim a name; the first one wins, by the primary key. Returns: whether this caller did."""
        key = sha256_base64url(f"reserve:{identifier}")
        try:
            async with self.rows.unit.surviving() as unit:
                rows = self.rows.within(unit)
                await rows.delete(and_(rows.columns.id == key, rows.columns.expires_at <= self._clock()))
                values = {
                    "identifier": self._options.stored(identifier),
                    "value": value,
                    "expires_at": expires_at,
                }
                return await rows.create(values, forced_id=key) is not None
        except UniqueViolation:
            return False

    async def release(self, identifier: str) -> None:
        """Give a claimed name back, whatever becomes of the request."""
        key = sha256_base64url(f"reserve:{identifier}")
        async with self.rows.unit.surviving() as unit:
            rows = self.rows.within(unit)
            await rows.delete(rows.columns.id == key)

    async def _newest(self, identifier: str) -> VerificationFields | None:
        """Look under the stored form, then under the plain one: rows from before hashing was switched on."""
        c = self.rows.columns
        stored = self._options.stored(identifier)
        for form in dict.fromkeys((stored, identifier)):
            if row := await self.rows.find(c.identifier == form, order=c.created_at.desc()):
                return row
        return None

    async def _clean_up(self) -> None:
        """Delete expired rows, in batches, so many at most; without a transaction when there are none (SC-DB-17)."""
        over = self.rows.columns.expires_at < self._clock()
        for _ in range(_MOST_BATCHES):
            expired = await self.rows.find_many(over, limit=_BATCH)
            if not expired:
                return
            async with self.rows.unit.surviving() as unit:
                rows = self.rows.within(unit)
                deleted = await rows.delete(and_(rows.columns.id.in_([row.id for row in expired]), over))
            if not deleted or len(expired) < _BATCH:
                return

"""What was handed out, kept in the secondary storage, alone or with a copy in the database (database sheet §6)."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from pydantic import ValidationError

from fastapi_betterauth.clock import Clock
from fastapi_betterauth.crypto.digests import sha256_base64url
from fastapi_betterauth.crypto.random import random_id
from fastapi_betterauth.errors import SecondaryStorageUnavailable

from .expiring_list import ExpiringList, time_to_live
from .fields import VerificationFields
from .record_json import RecordJson
from .repository import Repository
from .secondary import SecondaryStorage
from .transaction import UnitOfWork
from .verifications import VerificationOptions, Verifications

logger = logging.getLogger("fastapi_betterauth")

T = TypeVar("T")


class SecondaryVerifications(Verifications):
    """A key per identifier. Where there is a copy in the database, that decides who takes something first."""

    def __init__(
        self,
        rows: Repository[VerificationFields],
        options: VerificationOptions,
        clock: Clock,
        storage: SecondaryStorage,
    ) -> None:
        super().__init__(rows, options, clock)
        self._storage = storage
        self._json = RecordJson(rows.entity, private=True)

    def within(self, unit: UnitOfWork) -> SecondaryVerifications:
        """Returns: the same seen through another unit of work."""
        return SecondaryVerifications(self.rows.within(unit), self._options, self._clock, self._storage)

    async def create(
        self, identifier: str, value: str, expires_at: datetime, *, voidable: bool = False
    ) -> VerificationFields | None:
        """Keep a value under an identifier. Returns: it, or None when a hook refused."""
        if self._options.store_in_database:
            row = await super().create(identifier, value, expires_at)
        else:
            values = {"identifier": self._options.stored(identifier), "value": value, "expires_at": expires_at}
            made = self.rows.entity.ids.new_id(self.rows.entity.key) or random_id()
            row = await self.rows.prepare(values, forced_id=made)
            if row is not None:
                self.rows.announce("after_create", row)
        if row is not None:
            self.rows.unit.on_rollback(partial(self._storage.delete, _key(row.identifier)))
            await self._unless_down(partial(self._keep, row), None)
            if voidable:
                await self._unless_down(lambda: self._of_value(value).add(row.identifier, expires_at), None)
        return row

    async def find(self, identifier: str) -> VerificationFields | None:
        """Returns: what lies under an identifier, which may have expired."""
        for form in self._forms(identifier):
            text = await self._unless_down(partial(self._storage.get, _key(form)), None)
            if (row := self._load(text, form)) is not None:
                return row
        return await super().find(identifier) if self._options.store_in_database else None

    async def consume(self, identifier: str) -> VerificationFields | None:
        """Take a verification so that no second caller can have it. Returns: it, or None."""
        if self._options.store_in_database:
            row = await super().consume(identifier)
            await self._forget(identifier)
            return row
        for form in self._forms(identifier):
            row = self._load(await self._storage.get_and_delete(_key(form)), form)
            if row is None or row.expires_at <= self._clock():
                continue
            taken = row
            if not await self.rows.may_delete([taken]):
                await self._keep(taken)
                return None
            self.rows.unit.on_rollback(partial(self._keep, taken))
            self.rows.announce("after_delete", taken)
            await self._forget(identifier)
            return taken
        return None

    async def burn(self, identifier: str) -> None:
        """Make an identifier worthless even if the request fails afterwards."""
        await self._forget(identifier)
        if self._options.store_in_database:
            await super().burn(identifier)

    async def void(self, prefix: str, value: str) -> None:
        """Delete what is kept of a kind with this value; found are those that were created as ``voidable``."""
        listed = self._of_value(value)
        kind = prefix if self._options.stored(prefix) == prefix else ""
        none: list[str] = []
        names = [name for name in await self._unless_down(listed.names, none) if name.startswith(kind)]
        for name in names:
            await self._unless_down(partial(self._storage.delete, _key(name)), None)
        if names:
            await self._unless_down(lambda: listed.remove(frozenset(names)), None)
        if self._options.store_in_database:
            await super().void(prefix, value)

    async def reserve(self, identifier: str, value: str, expires_at: datetime) -> bool:
        """Claim a name; the first one wins. Returns: whether this caller did."""
        if self._options.store_in_database:
            return await super().reserve(identifier, value, expires_at)
        key = _key(f"reserve:{sha256_base64url(identifier)}")
        return await self._storage.increment(key, max(time_to_live(expires_at, self._clock), 1)) == 1

    async def release(self, identifier: str) -> None:
        """Give a claimed name back."""
        if self._options.store_in_database:
            await super().release(identifier)
            return
        await self._storage.delete(_key(f"reserve:{sha256_base64url(identifier)}"))

    async def _keep(self, row: VerificationFields) -> None:
        text = json.dumps(self._json.write(row), separators=(",", ":"), ensure_ascii=False)
        await self._storage.set(_key(row.identifier), text, time_to_live(row.expires_at, self._clock))

    async def _forget(self, identifier: str) -> None:
        for form in self._forms(identifier):
            await self._unless_down(partial(self._storage.delete, _key(form)), None)

    def _load(self, text: str | None, identifier: str) -> VerificationFields | None:
        """Returns: what a key holds, unless it is something else (SC-SESS-20)."""
        try:
            row = None if text is None else self._json.build(self._json.model.model_validate_json(text))
        except ValidationError:
            return None
        return row if row is not None and row.identifier == identifier else None

    def _forms(self, identifier: str) -> list[str]:
        """Returns: how the identifier may be kept: as it is now, and plain from before hashing was switched on."""
        return list(dict.fromkeys((self._options.stored(identifier), identifier)))

    def _of_value(self, value: str) -> ExpiringList:
        return ExpiringList(self._storage, f"verifications-of:{sha256_base64url(value)}", "identifier", self._clock)

    async def _unless_down(self, ask: Callable[[], Awaitable[T]], otherwise: T) -> T:
        """Ask the secondary storage; where the database decides, go on without it.

        Raises: SecondaryStorageUnavailable: it does not answer, and nothing else can.
        """
        try:
            return await ask()
        except SecondaryStorageUnavailable as error:
            if not self._options.store_in_database:
                raise
            logger.warning("verifications are read from the database alone: %s", error)
            return otherwise


def _key(identifier: str) -> str:
    return f"verification:{identifier}"


def open_verifications(
    rows: Callable[[UnitOfWork], Repository[VerificationFields]],
    options: VerificationOptions,
    storage: SecondaryStorage | None,
    clock: Clock,
    unit: UnitOfWork,
) -> Verifications:
    """Returns: what was handed out, wherever the options have it kept."""
    if storage is None:
        return Verifications(rows(unit), options, clock)
    return SecondaryVerifications(rows(unit), options, clock, storage)

"""The rows that hold second factors: secrets, backup codes, failures (two-factor sheet §5, §7.12)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_

from fastapi_betterauth.clock import to_timedelta
from fastapi_betterauth.crypto.encryption import Cipher, DecryptionError
from fastapi_betterauth.crypto.keeping import Encryption
from fastapi_betterauth.crypto.random import ALPHANUMERIC, random_string
from fastapi_betterauth.errors import APIError
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.storage.repository import Repository

from .columns import TwoFactorFields
from .errors import ACCOUNT_LOCKED, INVALID_BACKUP_CODE
from .options import AccountLockout, BackupCodeOptions, TwoFactorOptions


@dataclass(frozen=True, slots=True)
class Factors:
    """The second factors of all users, within one unit of work."""

    rows: Repository[TwoFactorFields]
    cipher: Cipher
    backup_options: BackupCodeOptions
    lockout: AccountLockout

    @classmethod
    def of(cls, context: RequestContext, cipher: Cipher, options: TwoFactorOptions) -> Factors:
        """Returns: the factors of this request."""
        return cls(context.rows(TwoFactorFields), cipher, options.backup_codes, options.account_lockout)

    async def of_user(self, user_id: str) -> TwoFactorFields | None:
        """Returns: the user's row."""
        return await self.rows.find(self.rows.columns.user_id == user_id)

    async def enrol(self, user_id: str, secret: str, codes: Sequence[str], *, verified: bool) -> None:
        """Write a user's factor, in the place of one that was never confirmed."""
        await self.rows.delete(self.rows.columns.user_id == user_id)
        await self.rows.create(
            {
                "secret": self.cipher.encrypt(secret),
                "backup_codes": self._sealed(codes),
                "user_id": user_id,
                "verified": verified,
            }
        )

    async def confirm(self, row: TwoFactorFields) -> None:
        """The first code of the app has come."""
        await self.rows.update(self.rows.columns.id == row.id, {"verified": True})

    async def forget(self, user_id: str) -> None:
        """Delete a user's factor."""
        await self.rows.delete(self.rows.columns.user_id == user_id)

    def secret_of(self, row: TwoFactorFields) -> str:
        """Returns: the app's secret."""
        return self.cipher.decrypt(row.secret)

    def new_codes(self) -> list[str]:
        """Returns: fresh backup codes."""
        if (custom := self.backup_options.custom_backup_codes_generate) is not None:
            return list(custom())
        drawn = (random_string(self.backup_options.length, ALPHANUMERIC) for _ in range(self.backup_options.amount))
        return [f"{code[:5]}-{code[5:]}" for code in drawn]

    async def replace_codes(self, row: TwoFactorFields, codes: Sequence[str]) -> None:
        """Store other backup codes; those before are worthless."""
        await self.rows.update(self.rows.columns.id == row.id, {"backup_codes": self._sealed(codes)})

    def codes_of(self, row: TwoFactorFields) -> list[str]:
        """Returns: the unused backup codes. Raises: APIError: 400 INVALID_BACKUP_CODE: they cannot be read."""
        try:
            found = json.loads(self._opened(row.backup_codes))
        except (DecryptionError, ValueError):
            raise APIError(400, INVALID_BACKUP_CODE) from None
        return [code for code in found if isinstance(code, str)] if isinstance(found, list) else []

    def knows(self, row: TwoFactorFields, code: str) -> bool:
        """Returns: whether a backup code is unused; all are compared, in constant time."""
        found = [_same(code, known) for known in self.codes_of(row)]
        return any(found)

    async def use_code(self, row: TwoFactorFields, code: str) -> bool:
        """Take a backup code off the list; whoever else changes the list waits meanwhile (SC-TFA-12, SC-TFA-13).

        Returns: whether it was still there.
        """
        mine = self.rows.columns.id == row.id
        # An update of the row is a lock that every database has, SQLite included.
        await self.rows.update_many(mine, {"user_id": row.user_id})
        newest = await self.rows.find_many(mine, limit=1, locking=True)
        codes = self.codes_of(newest[0]) if newest else []
        left = [known for known in codes if not _same(code, known)]
        if len(left) == len(codes):
            return False
        await self.replace_codes(newest[0], left)
        return True

    async def require_unlocked(self, row: TwoFactorFields | None, now: datetime) -> None:
        """Refuse a locked account, right codes included; lift a lock that has run out.

        Raises: APIError: 429 ACCOUNT_TEMPORARILY_LOCKED.
        """
        if row is None or row.locked_until is None or not self.lockout.enabled:
            return
        if row.locked_until > now:
            raise APIError(429, ACCOUNT_LOCKED)
        c = self.rows.columns
        async with self.rows.unit.surviving() as unit:
            over = and_(c.id == row.id, c.locked_until <= now)
            await self.rows.within(unit).update_many(over, {"failed_verification_count": 0, "locked_until": None})

    async def count_failure(self, row: TwoFactorFields | None, now: datetime) -> None:
        """Count a wrong code, and lock the account at the limit; stands although the request fails."""
        if row is None or not self.lockout.enabled:
            return
        mine = self.rows.columns.id == row.id
        async with self.rows.unit.surviving() as unit:
            rows = self.rows.within(unit)
            never = and_(mine, self.rows.columns.failed_verification_count.is_(None))
            await rows.update_many(never, {"failed_verification_count": 0})
            counted = await rows.increment(mine, {"failed_verification_count": 1})
            if counted and (counted.failed_verification_count or 0) >= self.lockout.max_failed_attempts:
                end = now + to_timedelta(self.lockout.duration_seconds)
                await rows.update_many(mine, {"locked_until": end})

    async def clear_failures(self, row: TwoFactorFields | None) -> None:
        """A right code: earlier failures are forgotten."""
        if row is not None:
            changes = {"failed_verification_count": 0, "locked_until": None}
            await self.rows.update_many(self.rows.columns.id == row.id, changes)

    def _sealed(self, codes: Sequence[str]) -> str:
        text, way = json.dumps(list(codes), separators=(",", ":")), self.backup_options.store_backup_codes
        if isinstance(way, Encryption):
            return way.encrypt(text)
        return text if way == "plain" else self.cipher.encrypt(text)

    def _opened(self, stored: str) -> str:
        way = self.backup_options.store_backup_codes
        if isinstance(way, Encryption):
            return way.decrypt(stored)
        return stored if way == "plain" else self.cipher.decrypt(stored)


def _same(one: str, other: str) -> bool:
    return secrets.compare_digest(one.encode(), other.encode())

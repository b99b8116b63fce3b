"""Database hooks: what a host or plugin may do before and after a row changes (security sheet §6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol, TypeVar

from .fields import AccountFields, Fields, SessionFields, UserFields, VerificationFields

R = TypeVar("R", bound=Fields)
R_contra = TypeVar("R_contra", bound=Fields, contravariant=True)


class Abort:
    """Returned by a *before* hook: the change does not happen."""

    def __repr__(self) -> str:
        return "ABORT"


ABORT: Final = Abort()


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """On whose behalf the database is changed."""

    operation: str
    """Name of the endpoint, such as ``sign_up_email``."""
    over_http: bool
    """False for calls through ``auth.api``."""
    ip_address: str | None = None
    user_agent: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


Changes = Mapping[str, object]
"""Field names (snake_case) and new values."""


class BeforeCreate(Protocol[R_contra]):
    """May refuse a new row, or return values that are merged over it."""

    async def __call__(self, row: R_contra, caller: Caller | None, /) -> Changes | Abort | None:
        """Look at the row that is about to be written."""


class BeforeUpdate(Protocol):
    """May refuse an update, or return values that are merged over it."""

    async def __call__(self, changes: Changes, caller: Caller | None, /) -> Changes | Abort | None:
        """Look at the changes as the caller asked for them."""


class BeforeDelete(Protocol[R_contra]):
    """May refuse a deletion."""

    async def __call__(self, row: R_contra, caller: Caller | None, /) -> Abort | None:
        """Look at the row that is about to go."""


class AfterChange(Protocol[R_contra]):
    """Learns of a change that is durable."""

    async def __call__(self, row: R_contra, caller: Caller | None, /) -> None:
        """Look at the row as it was created, updated or deleted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TableHooks(Generic[R]):
    """Hooks on one table. *Before* hooks run in the transaction, *after* hooks once it is committed."""

    before_create: BeforeCreate[R] | None = None
    after_create: AfterChange[R] | None = None
    before_update: BeforeUpdate | None = None
    after_update: AfterChange[R] | None = None
    before_delete: BeforeDelete[R] | None = None
    after_delete: AfterChange[R] | None = None


def _no_hooks() -> TableHooks[Any]:
    return TableHooks()


@dataclass(frozen=True, kw_only=True, slots=True)
class DatabaseHooks:
    """Hooks by table."""

    user: TableHooks[UserFields] = field(default_factory=_no_hooks)
    session: TableHooks[SessionFields] = field(default_factory=_no_hooks)
    account: TableHooks[AccountFields] = field(default_factory=_no_hooks)
    verification: TableHooks[VerificationFields] = field(default_factory=_no_hooks)

    def of(self, key: str) -> TableHooks[Any]:
        """Returns: the hooks of the table that the code calls ``key``."""
        tables: dict[str, TableHooks[Any]] = {
            "user": self.user,
            "session": self.session,
            "account": self.account,
            "verification": self.verification,
        }
        return tables.get(key, TableHooks())

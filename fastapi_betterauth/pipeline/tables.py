"""The tables of one instance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fastapi_betterauth.storage.compose import Entity
from fastapi_betterauth.storage.fields import (
    AccountFields,
    Fields,
    RateLimitFields,
    SessionFields,
    UserFields,
    VerificationFields,
)

F = TypeVar("F", bound=Fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The core's entities."""

    user: Entity[UserFields]
    session: Entity[SessionFields]
    account: Entity[AccountFields]
    verification: Entity[VerificationFields]
    kept_elsewhere: frozenset[str] = frozenset()
    """Those of them that the database does not have: the secondary storage keeps what would be their rows."""
    rate_limit: Entity[RateLimitFields] | None = None
    """Only where requests are counted in the database."""
    plugins: Mapping[str, Entity[Any]] = field(default_factory=dict)

    def of(self, kind: type[F]) -> Entity[F]:
        """Returns: the table that a plugin made of these fields. Raises: KeyError: no plugin has it."""
        found = next((entity for entity in self.plugins.values() if issubclass(entity.record, kind)), None)
        if found is None:
            raise KeyError(kind.__name__)
        return found

    def all(self) -> tuple[Entity[Any], ...]:
        """Returns: every entity that the database has, in the order in which tables must be made."""
        return tuple(entity for entity in self.known() if entity.key not in self.kept_elsewhere)

    def known(self) -> tuple[Entity[Any], ...]:
        """Returns: every entity."""
        counters = () if self.rate_limit is None else (self.rate_limit,)
        return (self.user, self.session, self.account, self.verification, *counters, *self.plugins.values())

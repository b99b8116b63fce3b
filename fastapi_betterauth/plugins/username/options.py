"""Which names are accepted, and in what form they are kept (username sheet §1)."""

from __future__ import annotations

import inspect
import string
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from fastapi_betterauth.errors import ErrorCode

from .errors import INVALID_DISPLAY_USERNAME, INVALID_USERNAME, USERNAME_TOO_LONG, USERNAME_TOO_SHORT

UsernameValidator: TypeAlias = Callable[[str], bool | Awaitable[bool]]
"""Says whether a username is acceptable."""

DisplayUsernameValidator: TypeAlias = Callable[[str], bool | Awaitable[bool]]
"""Says whether a display name is acceptable."""

Normalisation: TypeAlias = Callable[[str], str]
"""Makes the form under which a name is kept and found."""

Order: TypeAlias = Literal["pre-normalization", "post-normalization"]

_CHARACTERS = frozenset(string.ascii_letters + string.digits + "_.")


@dataclass(frozen=True, kw_only=True, slots=True)
class ValidationOrder:
    """Whether names are validated as given, or as they are kept.

    Unset, every endpoint validates names as given.
    """

    username: Order | None = None
    display_username: Order | None = None


def plain_characters(name: str) -> bool:
    """Returns: whether a name has only ASCII letters, digits, underscores and dots (SC-PLUG-01)."""
    return bool(name) and _CHARACTERS.issuperset(name)


def lower_case(name: str) -> str:
    """Returns: the name in lower case."""
    return name.lower()


def as_given(name: str) -> str:
    """Returns: the name."""
    return name


@dataclass(frozen=True, kw_only=True, slots=True)
class NameRules:
    """The options of the plugin, none missing."""

    shortest: int
    longest: int
    validator: UsernameValidator
    display_validator: DisplayUsernameValidator | None
    normalise: Normalisation
    normalise_display: Normalisation
    order: ValidationOrder = field(default_factory=ValidationOrder)
    immutable: bool
    keeps_display: bool

    async def problem_with(self, name: str) -> ErrorCode | None:
        """Returns: what is wrong with a username, in exactly this form."""
        if len(name) < self.shortest:
            return USERNAME_TOO_SHORT
        if len(name) > self.longest:
            return USERNAME_TOO_LONG
        return None if await _says_yes(self.validator, name) else INVALID_USERNAME

    async def problem_with_new(self, name: str) -> ErrorCode | None:
        """Returns: what is wrong with a username that somebody wants to have."""
        kept = self.order.username == "post-normalization"
        return await self.problem_with(self.normalise(name) if kept else name)

    async def problem_with_sign_in(self, name: str) -> ErrorCode | None:
        """Returns: what is wrong with a username that somebody signs in with (sheet §4.4, as the reference has it)."""
        kept = self.order.username == "pre-normalization"
        return await self.problem_with(self.normalise(name) if kept else name)

    async def problem_with_display(self, name: str) -> ErrorCode | None:
        """Returns: what is wrong with a display name."""
        if self.display_validator is None:
            return None
        kept = self.order.display_username == "post-normalization"
        fine = await _says_yes(self.display_validator, self.normalise_display(name) if kept else name)
        return None if fine else INVALID_DISPLAY_USERNAME


async def _says_yes(validator: UsernameValidator, name: str) -> bool:
    verdict = validator(name)
    return bool(await verdict if inspect.isawaitable(verdict) else verdict)

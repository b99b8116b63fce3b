"""Request hooks: what a host or plugin may do before and after an operation (security sheet §5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from .operation import Operation

if TYPE_CHECKING:
    from .context import RequestContext


@dataclass(slots=True)
class HookCall:
    """What a hook sees of the operation under way."""

    operation: Operation[Any]
    context: RequestContext
    body: Any
    """The body as JSON, not yet validated; a hook may change it."""
    query: dict[str, Any]
    """The query as it came; a hook may change it."""
    returned: object = None
    """After the operation: its result, or the APIError that ended it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Returned by a hook: this is the result. A *before* hook thereby keeps the operation from running."""

    value: object


class BeforeHook(Protocol):
    """Runs before validation; may change body and query, answer, or raise APIError."""

    async def __call__(self, call: HookCall, /) -> Answer | None:
        """Look at the call."""


class AfterHook(Protocol):
    """Runs after the operation, also when it failed with an APIError; may answer or raise instead."""

    async def __call__(self, call: HookCall, /) -> Answer | None:
        """Look at the result."""


@dataclass(frozen=True, slots=True)
class On:
    """Attaches a hook to some operations."""

    operations: tuple[Operation[Any], ...]
    hook: Any

    @classmethod
    def of(cls, *operations: Operation[Any], hook: BeforeHook | AfterHook) -> On:
        """Attach a hook to these operations."""
        return cls(operations, hook)


@dataclass(frozen=True, kw_only=True, slots=True)
class Hooks:
    """Request hooks: ``before_all`` and ``after_all`` see every operation, the others those they name."""

    before_all: BeforeHook | None = None
    """Runs before every operation, ahead of those in ``before``."""
    after_all: AfterHook | None = None
    """Runs after every operation, ahead of those in ``after``."""
    before: Sequence[On] = field(default_factory=tuple)
    """Run before the operations they name."""
    after: Sequence[On] = field(default_factory=tuple)
    """Run after the operations they name."""


class HookTable:
    """The hooks of one instance by operation, in order: the host's, then each plugin's."""

    def __init__(self, sources: Sequence[Hooks]) -> None:
        self._sources = tuple(sources)
        self._before: dict[Operation[Any], tuple[BeforeHook, ...]] = {}
        self._after: dict[Operation[Any], tuple[AfterHook, ...]] = {}

    def before(self, operation: Operation[Any]) -> tuple[BeforeHook, ...]:
        """Returns: the hooks that run before this operation."""
        if operation not in self._before:
            self._before[operation] = tuple(
                hook for source in self._sources for hook in _matching(source.before_all, source.before, operation)
            )
        return self._before[operation]

    def after(self, operation: Operation[Any]) -> tuple[AfterHook, ...]:
        """Returns: the hooks that run after this operation."""
        if operation not in self._after:
            self._after[operation] = tuple(
                hook for source in self._sources for hook in _matching(source.after_all, source.after, operation)
            )
        return self._after[operation]


def _matching(general: Any, named: Sequence[On], operation: Operation[Any]) -> list[Any]:
    found = [] if general is None else [general]
    return found + [on.hook for on in named if operation in on.operations]

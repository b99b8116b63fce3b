"""Roles: what they grant, and whether that is enough (access-control sheet)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, cast

if TYPE_CHECKING:
    from .storage.fields import UserFields

Statements = Mapping[str, Sequence[str]]
"""Actions by resource."""
Connector = Literal["AND", "OR"]


@dataclass(frozen=True, slots=True)
class Actions:
    """Actions on one resource, of which one is enough with ``OR``."""

    actions: Sequence[str]
    connector: Connector = "AND"


PermissionRequest = Mapping[str, Sequence[str] | Actions | Mapping[str, object]]
"""What somebody wants to do: by resource the actions, all of which are needed unless they say otherwise."""


@dataclass(frozen=True, slots=True)
class Authorization:
    """The answer; true where the role is enough."""

    success: bool
    error: str | None = None

    def __bool__(self) -> bool:
        return self.success


class Role:
    """Grants actions. Compared exactly, without wildcards, hierarchies or denials."""

    def __init__(self, statements: Statements) -> None:
        self._statements = {resource: tuple(actions) for resource, actions in statements.items()}

    @property
    def statements(self) -> Statements:
        """Returns: what it grants, to be spread into another role."""
        return self._statements

    def __repr__(self) -> str:
        return f"Role({self._statements})"

    def authorize(self, request: PermissionRequest, connector: Connector = "AND") -> Authorization:
        """Tell whether this role may do something (access-control sheet §3).

        An empty request, or one without actions, is never authorized.

        Args: connector: between resources; ``OR`` is content with one of them.
        Raises: TypeError: a resource that the role knows is asked for with something that names no actions.
        """
        satisfied = False
        for resource, wanted in request.items():
            granted = self._statements.get(resource)
            if granted is None:
                if connector == "AND":
                    return Authorization(success=False, error=f"You are not allowed to access resource: {resource}")
                continue
            enough = _grants(granted, _read(wanted))
            if enough and connector == "OR":
                return Authorization(success=True)
            if not enough and connector == "AND":
                return Authorization(success=False, error=f'unauthorized to access resource "{resource}"')
            satisfied = satisfied or enough
        return Authorization(success=True) if satisfied else Authorization(success=False, error="Not authorized")


class AccessControl:
    """The resources of an app and what can be done with them."""

    def __init__(self, statements: Statements) -> None:
        self.statements = statements

    def new_role(self, statements: Statements) -> Role:
        """Returns: a role. It may also name what the app does not know: stored roles outlive resources (§1.1)."""
        return Role(statements)


def create_access_control(statements: Statements) -> AccessControl:
    """Returns: access control over these resources."""
    return AccessControl(statements)


def role(statements: Statements) -> Role:
    """Returns: a role of its own."""
    return Role(statements)


def split_roles(stored: str | None) -> list[str]:
    """Returns: the names in a role column; blanks count, as in ``"user, admin"`` (access-control sheet §4)."""
    return stored.split(",") if stored else []


def any_role_authorizes(roles: Mapping[str, Role], names: Sequence[str], request: PermissionRequest) -> bool:
    """Returns: whether one single role of these grants the whole request; unknown names grant nothing (§4)."""
    return any(name in roles and roles[name].authorize(request) for name in names)


class UserPermissions(Protocol):
    """Answers what users may do, for ``require_permission`` and ``require_role``; plugins provide it."""

    def allows(self, user: UserFields, request: PermissionRequest) -> bool:
        """Returns: whether a user may do all of this."""
        ...

    def roles_of(self, user: UserFields) -> Sequence[str]:
        """Returns: the names of a user's roles."""
        ...


def _read(wanted: object) -> Actions:
    if isinstance(wanted, Actions):
        return wanted
    if isinstance(wanted, Mapping):
        described = cast("Mapping[str, object]", wanted)
        actions = described.get("actions")
        listed = cast("list[str]", actions) if isinstance(actions, (list, tuple)) else []
        return Actions(listed, "OR" if described.get("connector") == "OR" else "AND")
    if isinstance(wanted, Sequence) and not isinstance(wanted, (str, bytes)):
        return Actions(cast("Sequence[str]", wanted))
    raise TypeError("Invalid access control request: a resource needs a list of actions")


def _grants(granted: Sequence[str], wanted: Actions) -> bool:
    if not wanted.actions:
        return False
    verdicts = (action in granted for action in wanted.actions)
    return any(verdicts) if wanted.connector == "OR" else all(verdicts)

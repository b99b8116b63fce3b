"""Bodies and answers of the admin endpoints (admin sheet §4)."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal, Self

from pydantic import BeforeValidator, Field, SerializeAsAny, model_validator

from fastapi_betterauth.pipeline.schemas import S, U
from fastapi_betterauth.pipeline.wire import WireModel


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


_CENTURY = 100 * 365 * 24 * 3600

UserId = Annotated[str, BeforeValidator(_as_text)]
"""An id; numbers are taken for databases that count."""
RoleNames = str | list[str]
NotEmpty = Annotated[str, Field(min_length=1)]


class UserIdBody(WireModel):
    """Whom it is about."""

    user_id: UserId


class GetUserQuery(WireModel):
    """Whom to show."""

    id: str


class SetRole(UserIdBody):
    """A role, or several."""

    role: RoleNames


class CreateUser(WireModel):
    """A new user."""

    email: str
    name: str
    password: str | None = Field(default=None, repr=False)
    role: RoleNames | None = None
    data: dict[str, Any] | None = Field(default=None, repr=False)
    """Further columns, by wire name."""


class UpdateUser(UserIdBody):
    """New values, by wire name."""

    data: dict[str, Any] = Field(repr=False)


class BanUser(UserIdBody):
    """Why, and for how long."""

    ban_reason: str | None = None
    ban_expires_in: Annotated[float, Field(ge=0, le=_CENTURY)] | None = None
    """In seconds; for ever by default."""


class SetUserPassword(WireModel):
    """A new password for somebody."""

    new_password: NotEmpty = Field(repr=False)
    user_id: Annotated[NotEmpty, BeforeValidator(_as_text)]


class RevokeUserSession(WireModel):
    """Which session to end."""

    session_token: str = Field(repr=False)


class HasPermission(WireModel):
    """What is asked for, as actions by resource."""

    permissions: dict[str, list[str]] | None = None
    permission: dict[str, list[str]] | None = None
    """A name of earlier times; it is read and then refused."""
    user_id: UserId | None = None
    role: str | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if (self.permissions is None) == (self.permission is None):
            raise ValueError("Invalid input")
        return self


TextOperator = Literal["contains", "starts_with", "ends_with"]
FilterOperator = Literal["eq", "ne", "lt", "lte", "gt", "gte", "in", "not_in", "contains", "starts_with", "ends_with"]


class ListUsersQuery(WireModel):
    """Which users to list."""

    search_value: str | None = None
    search_field: Literal["email", "name"] = "email"
    search_operator: TextOperator = "contains"
    limit: str | int | None = None
    offset: str | int | None = None
    sort_by: str | None = None
    sort_direction: Literal["asc", "desc"] = "asc"
    filter_field: str = "email"
    filter_value: str | list[str] | None = None
    filter_operator: FilterOperator = "eq"


def _absent(value: object) -> bool:
    return not value


class UserList(WireModel, Generic[U]):
    """One page of users."""

    users: list[SerializeAsAny[U]]
    total: int
    limit: int | None = Field(default=None, exclude_if=_absent)
    offset: int | None = Field(default=None, exclude_if=_absent)


class UserAnswer(WireModel, Generic[U]):
    """A user."""

    user: SerializeAsAny[U]


class SessionList(WireModel, Generic[S]):
    """The sessions of a user, tokens included."""

    sessions: list[SerializeAsAny[S]]


class Done(WireModel):
    """It is done."""

    success: bool = True


class PermissionAnswer(WireModel):
    """Whether it is allowed."""

    error: None = None
    success: bool

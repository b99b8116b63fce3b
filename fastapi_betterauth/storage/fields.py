"""The fields of the core tables, as mixins that hosts and plugins add to.

    class AppUser(UserFields):
        locale: str = "en"
        credit: Annotated[int, ServerOnly] = 0

Markers in ``Annotated`` say who may set or see a field; they apply to every table (database sheet §4).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from sqlmodel import Field, SQLModel

from fastapi_betterauth.errors import ErrorCode


@dataclass(frozen=True, slots=True)
class _Marker:
    name: str

    def __repr__(self) -> str:
        return self.name


ServerOnly = _Marker("ServerOnly")
"""Clients may not set this field: it takes its default, or what the server writes."""

Private = _Marker("Private")
"""This field leaves the server in no response and no cookie."""

Exact = _Marker("Exact")
"""Text that is compared: short, and equal only to itself, case and accents included."""

Sortable = _Marker("Sortable")
"""Lists may be sorted by this field."""


@dataclass(frozen=True, slots=True)
class Transform:
    """Changes a value on its way: ``on_input`` before it is stored, ``on_output`` after it is loaded."""

    on_input: Callable[[object], object] | None = None
    on_output: Callable[[object], object] | None = None


@dataclass(frozen=True, slots=True)
class OnUpdate:
    """Gives the field a new value at every update that does not set it."""

    value: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Taken:
    """Says how to refuse (400) a value that another row holds; the column is to be ``unique=True`` as well."""

    error: ErrorCode


class Fields(SQLModel):
    """What every table has."""

    id: str = Field(primary_key=True)


class UserFields(Fields):
    """A person (database sheet §1)."""

    name: str
    email: str = Field(unique=True)
    email_verified: bool = Field(default=False)
    image: str | None = Field(default=None)
    created_at: datetime
    updated_at: datetime


class SessionFields(Fields):
    """One signed-in device (database sheet §1, sessions sheet §2)."""

    expires_at: datetime
    token: str = Field(unique=True, repr=False)
    created_at: datetime
    updated_at: datetime
    ip_address: str | None = Field(default=None)
    user_agent: str | None = Field(default=None)
    user_id: str = Field(index=True, foreign_key="user.id", ondelete="CASCADE")


class AccountFields(Fields):
    """A way for a person to prove who they are: a password, or an identity at a provider."""

    account_id: Annotated[str, Exact]
    provider_id: Annotated[str, Exact]
    user_id: str = Field(index=True, foreign_key="user.id", ondelete="CASCADE")
    access_token: str | None = Field(default=None, repr=False)
    refresh_token: str | None = Field(default=None, repr=False)
    id_token: str | None = Field(default=None, repr=False)
    access_token_expires_at: datetime | None = None
    refresh_token_expires_at: datetime | None = None
    scope: str | None = Field(default=None)
    password: str | None = Field(default=None, repr=False)
    created_at: datetime
    updated_at: datetime


class VerificationFields(Fields):
    """Something handed out that may be brought back once (database sheet §6)."""

    identifier: str = Field(index=True, repr=False)
    value: str = Field(repr=False)
    expires_at: datetime
    created_at: datetime
    updated_at: datetime


class RateLimitFields(Fields):
    """How often somebody asked for something lately (security sheet §4.6)."""

    key: str = Field(unique=True)
    count: int
    last_request: int
    """When a request was last allowed, in milliseconds since 1970."""

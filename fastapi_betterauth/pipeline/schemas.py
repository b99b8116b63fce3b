"""The people and sessions of answers, and their variants with the columns of one instance."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, cast

from pydantic import ConfigDict, Field, SerializeAsAny, create_model
from typing_extensions import TypeVar

from fastapi_betterauth.storage.compose import Entity, plain_type
from fastapi_betterauth.storage.fields import Fields, SessionFields, UserFields

from .wire import WireModel, WireTime


class UserOut(WireModel):
    """A user as clients see one; additional fields follow."""

    model_config = ConfigDict(extra="allow", title="User")

    id: str
    name: str
    email: str
    email_verified: bool
    image: str | None
    created_at: WireTime
    updated_at: WireTime


class SessionOut(WireModel):
    """A session as clients see one; additional fields follow."""

    model_config = ConfigDict(extra="allow", title="Session")

    id: str
    expires_at: WireTime
    token: str = Field(repr=False)
    created_at: WireTime
    updated_at: WireTime
    ip_address: str | None
    user_agent: str | None
    user_id: str


U = TypeVar("U", bound=UserOut, default=UserOut)
S = TypeVar("S", bound=SessionOut, default=SessionOut)


class SessionAndUser(WireModel, Generic[S, U]):
    """Who is signed in, and how."""

    session: SerializeAsAny[S]
    user: SerializeAsAny[U]


class Views:
    """Makes answers of one instance from its records; private fields have no place in them (SC-PW-23)."""

    def __init__(self, users: Entity[UserFields], sessions: Entity[SessionFields]) -> None:
        self.user_model = _variant(UserOut, users)
        self.session_model = _variant(SessionOut, sessions)
        self._user_fields = tuple(spec.name for spec in users.fields if not spec.private)
        self._session_fields = tuple(spec.name for spec in sessions.fields if not spec.private)

    def user(self, record: UserFields) -> UserOut:
        """Returns: the user for an answer."""
        return self.user_model.model_construct(**{name: getattr(record, name) for name in self._user_fields})

    def session(self, record: SessionFields) -> SessionOut:
        """Returns: the session for an answer."""
        return self.session_model.model_construct(**{name: getattr(record, name) for name in self._session_fields})


M = TypeVar("M", bound=WireModel)

_OPTIONAL_TIME = WireTime | None


def _variant(base: type[M], entity: Entity[Any]) -> type[M]:
    """Build the answer model with the fields that plugins and the host added."""
    fields: dict[str, Any] = {}
    for spec in cast("Entity[Fields]", entity).extra_fields:
        if not spec.private:
            time: Any = _OPTIONAL_TIME if spec.nullable else WireTime
            annotation = time if plain_type(spec.annotation) is datetime else spec.annotation
            fields[spec.name] = (annotation, Field(alias=spec.wire))
    name = base.model_config.get("title") or base.__name__
    return create_model(name, __base__=base, __module__=base.__module__, __doc__=base.__doc__, **fields)

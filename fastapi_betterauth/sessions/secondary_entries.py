"""Sessions as they lie in the secondary storage: a key per token, and a list per user (sessions sheet §7)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import ValidationError, create_model

from fastapi_betterauth.clock import Clock
from fastapi_betterauth.storage.compose import Entity
from fastapi_betterauth.storage.expiring_list import ExpiringList, time_to_live
from fastapi_betterauth.storage.fields import SessionFields, UserFields
from fastapi_betterauth.storage.record_json import Kept, RecordJson
from fastapi_betterauth.storage.secondary import SecondaryStorage

from .models import CurrentSession

T = TypeVar("T")
P = TypeVar("P")

_AT_ONCE = 50
_ATTEMPTS = 20


class _Entry(Kept):
    session: Any
    user: Any


@dataclass(frozen=True, slots=True)
class Read:
    """What a key held: text, and what could be made of it."""

    text: str
    current: CurrentSession


class SecondaryEntries:
    """Reads and writes sessions by token. Whatever is not a session of this instance is left alone and not believed."""

    def __init__(
        self, storage: SecondaryStorage, sessions: Entity[SessionFields], users: Entity[UserFields], clock: Clock
    ) -> None:
        self._storage = storage
        self._sessions = RecordJson(sessions, private=True)
        self._users = RecordJson(users, private=True)
        self._model: type[_Entry] = create_model(
            "KeptSessionAndUser", __base__=_Entry, session=(self._sessions.model, ...), user=(self._users.model, ...)
        )
        self._clock = clock

    async def read(self, token: str) -> Read | None:
        """Returns: the session of a token, unless its key holds something else (SC-SESS-20)."""
        text = await self._storage.get(token)
        try:
            found = None if text is None else self._model.model_validate_json(text)
        except ValidationError:
            return None
        if text is None or found is None or found.session.token != token or found.session.user_id != found.user.id:
            return None
        return Read(text, CurrentSession(self._users.build(found.user), self._sessions.build(found.session)))

    async def add(self, current: CurrentSession) -> None:
        """Write a session, listed before it can be used: no session lives that its user's list does not know."""
        session = current.session
        await self._listed(session.user_id).add(session.token, session.expires_at)
        await self._storage.set(session.token, self._text(current), time_to_live(session.expires_at, self._clock))

    async def change(self, token: str, change: Callable[[CurrentSession], CurrentSession]) -> CurrentSession | None:
        """Change a session that is there; one that ends meanwhile is not brought back.

        Returns: it as it now is, or None.
        """
        for _ in range(_ATTEMPTS):
            seen = await self.read(token)
            if seen is None:
                return None
            changed = change(seen.current)
            left = time_to_live(changed.session.expires_at, self._clock)
            if await self._storage.replace(token, seen.text, self._text(changed), left):
                if changed.session.expires_at != seen.current.session.expires_at:
                    await self._listed(changed.session.user_id).add(token, changed.session.expires_at)
                return changed
        return None

    async def remove(self, user_id: str, tokens: Sequence[str]) -> None:
        """Forget sessions of one user."""
        await _in_turns(tokens, self._storage.delete)
        await self._listed(user_id).remove(frozenset(tokens))

    async def of_user(self, user_id: str, most: int | None = None) -> list[CurrentSession]:
        """Returns: the sessions that a user's list knows and that are there. Args: most: so many at most."""
        tokens = (await self.tokens_of_user(user_id))[:most]
        found = await _in_turns(tokens, self.read)
        return [one.current for one in found if one is not None and one.current.session.user_id == user_id]

    async def tokens_of_user(self, user_id: str) -> list[str]:
        """Returns: the tokens that a user's list knows."""
        return await self._listed(user_id).names()

    async def put_user(self, user: UserFields) -> None:
        """Have all sessions of a user show the user as they now are."""
        tokens = await self.tokens_of_user(user.id)
        await _in_turns(tokens, lambda token: self.change(token, lambda one: CurrentSession(user, one.session)))

    def _listed(self, user_id: str) -> ExpiringList:
        return ExpiringList(self._storage, f"active-sessions-{user_id}", "token", self._clock)

    def _text(self, current: CurrentSession) -> str:
        whole = {"session": self._sessions.write(current.session), "user": self._users.write(current.user)}
        return json.dumps(whole, separators=(",", ":"), ensure_ascii=False)


async def _in_turns(items: Sequence[P], do: Callable[[P], Awaitable[T]]) -> list[T]:
    """Do something with many keys, some at a time."""
    done: list[T] = []
    for start in range(0, len(items), _AT_ONCE):
        done += await asyncio.gather(*(do(item) for item in items[start : start + _AT_ONCE]))
    return done

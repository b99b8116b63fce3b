"""Names at sign-up, at an update, and wherever else users are written (username sheet §4.7 to §4.10).

Two endpoints take names from clients; request hooks look at those. Whatever else writes users passes the database
hooks. A name passes one of the two, never both: normalising it twice could change it twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi_betterauth.errors import APIError
from fastapi_betterauth.features.sign_up.routes import sign_up_email
from fastapi_betterauth.features.user.routes import update_user
from fastapi_betterauth.pipeline.current import resolve_session
from fastapi_betterauth.pipeline.hooks import HookCall
from fastapi_betterauth.storage.fields import UserFields
from fastapi_betterauth.storage.hooks import Caller, Changes
from fastapi_betterauth.storage.users import Users

from .columns import display_username_of, username_of
from .errors import USERNAME_IS_ALREADY_TAKEN, USERNAME_IS_IMMUTABLE
from .options import NameRules

_FROM_CLIENTS = frozenset({sign_up_email.name, update_user.name})


async def user_of_name(users: Users, name: str) -> UserFields | None:
    """Returns: the user of a name in the form that is kept."""
    return await users.rows.find(users.rows.columns.username == name)


class ClientNames:
    """Request hooks on sign-up and update."""

    def __init__(self, rules: NameRules) -> None:
        self._rules = rules

    async def at_sign_up(self, call: HookCall) -> None:
        """Check the names of a new user; each stands in for the other where it can (§4.7)."""
        if not isinstance(call.body, dict):
            return
        body = call.body
        shown = body.get("displayUsername")
        if isinstance(shown, str) and "username" not in body and await self._rules.problem_with_new(shown) is None:
            body["username"] = shown
        name = body.get("username")
        if isinstance(name, str):
            kept = await self._checked(name)
            if await user_of_name(call.context.users, kept) is not None:
                raise APIError(400, USERNAME_IS_ALREADY_TAKEN)
            body["username"] = kept
        await self._check_display(body)
        if self._rules.keeps_display and name and not body.get("displayUsername"):
            body["displayUsername"] = name

    async def at_update(self, call: HookCall) -> None:
        """Check the names somebody gives to themselves (§4.8, §4.9)."""
        if not isinstance(call.body, dict):
            return
        name = call.body.get("username")
        if isinstance(name, str):
            kept = await self._checked(name)
            current = (await resolve_session(call.context)).current
            own = username_of(current.user) if current is not None else None
            if self._rules.immutable and own and own != kept:
                raise APIError(400, USERNAME_IS_IMMUTABLE)
            holder = await user_of_name(call.context.users, kept)
            if holder is not None and (current is None or holder.id != current.user.id):
                raise APIError(400, USERNAME_IS_ALREADY_TAKEN)
            call.body["username"] = kept
        await self._check_display(call.body)

    async def _checked(self, name: str) -> str:
        problem = await self._rules.problem_with_new(name)
        if problem is not None:
            raise APIError(400, problem)
        return self._rules.normalise(name)

    async def _check_display(self, body: dict[str, Any]) -> None:
        shown = body.get("displayUsername")
        if not self._rules.keeps_display or not isinstance(shown, str):
            return
        problem = await self._rules.problem_with_display(shown)
        if problem is not None:
            raise APIError(400, problem)
        body["displayUsername"] = self._rules.normalise_display(shown)


class StoredNames:
    """Database hooks on users (§4.10)."""

    def __init__(self, rules: NameRules) -> None:
        self._rules = rules

    async def before_create(self, row: UserFields, caller: Caller | None) -> Changes | None:
        """Check the names of a user whom something else than a sign-up makes."""
        if caller is not None and caller.operation in _FROM_CLIENTS:
            return None
        name = username_of(row)
        shown = display_username_of(row) or name
        return await self._kept(name, shown if self._rules.keeps_display else None)

    async def before_update(self, changes: Changes, caller: Caller | None) -> Changes | None:
        """Check names that somebody else than their owner sets."""
        if caller is not None and caller.operation in _FROM_CLIENTS:
            return None
        return await self._kept(_text(changes, "username"), _text(changes, "display_username"))

    async def _kept(self, name: str | None, shown: str | None) -> Changes:
        kept: dict[str, object] = {}
        if name:
            problem = await self._rules.problem_with_new(name)
            if problem is not None:
                raise APIError(400, problem)
            kept["username"] = self._rules.normalise(name)
        if shown:
            problem = await self._rules.problem_with_display(shown)
            if problem is not None:
                raise APIError(400, problem)
            kept["display_username"] = self._rules.normalise_display(shown)
        return kept


def _text(changes: Mapping[str, object], name: str) -> str | None:
    value = changes.get(name)
    return value if isinstance(value, str) else None

"""The sessions one browser holds: a signed cookie for each, beside that of the active one (multi-session sheet §2)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.cookie_codec import all_names
from fastapi_betterauth.pipeline.cookies import CookieSpec
from fastapi_betterauth.sessions.models import CurrentSession

_MARK = "_multi-"


@dataclass(frozen=True, slots=True)
class Held:
    """A session whose cookie the browser sent, with our signature."""

    spec: CookieSpec
    token: str


class Browser:
    """What the browser of a request holds."""

    def __init__(self, context: RequestContext) -> None:
        self._context = context
        self._active = context.session_cookies.token

    def spec_of(self, token: str) -> CookieSpec:
        """Returns: the cookie of a session."""
        return self._named(f"{self._active.name}{_MARK}{token.lower()}")

    def names(self) -> list[str]:
        """Returns: the names of all cookies that look like ours, whoever wrote them."""
        mark = self._active.name + _MARK
        names = all_names(self._context.headers.get("cookie"))
        return list(dict.fromkeys(name for name in names if name.startswith(mark)))

    def held(self) -> list[Held]:
        """Returns: the sessions of all cookies that we wrote, dead ones included."""
        specs = [self._named(name) for name in self.names()]
        tokens = [(spec, self._context.signed_cookie(spec)) for spec in specs]
        return [Held(spec, token) for spec, token in tokens if token is not None]

    def under(self, named: str) -> Held | None:
        """Find a session by what a client calls it; the cookie's own value is what counts (SC-PLUG-06)."""
        spec = self.spec_of(named)
        token = self._context.signed_cookie(spec)
        return None if token is None else Held(spec, token)

    async def alive(self, token: str) -> CurrentSession | None:
        """Returns: the session of a token, if it can be used."""
        return (await self._context.sessions.resolve(token, may_refresh=False, read_only=True)).current

    async def all_alive(self) -> list[CurrentSession]:
        """Returns: the sessions that can be used, oldest first."""
        found = [await self.alive(held.token) for held in self.held()]
        return sorted((one for one in found if one is not None), key=lambda one: one.session.created_at)

    def keep(self, current: CurrentSession) -> None:
        """Give the browser the cookie of a session."""
        self._context.set_signed_cookie(self.spec_of(current.session.token), current.session.token)

    async def end(self, held: Held) -> None:
        """End a session and take its cookie away."""
        await self._context.sessions.end(held.token)
        self._context.cookies.expire(held.spec)

    def _named(self, name: str) -> CookieSpec:
        return replace(self._active, name=name)

"""The multi-session plugin: several accounts signed in in one browser (multi-session sheet)."""

from __future__ import annotations

from typing import ClassVar

from fastapi_betterauth.errors import APIError, ConfigurationError
from fastapi_betterauth.features.sign_out.routes import sign_out
from fastapi_betterauth.pipeline.hooks import HookCall, Hooks, On
from fastapi_betterauth.plugin import Api, Plugin

from .browser import Browser
from .client import MultiSessionServerCalls
from .routes import list_device_sessions, revoke_device_session, set_active_session


class MultiSession(Plugin):
    """Keeps several accounts signed in in one browser, and lets the user switch between them.

    Args:
        maximum_sessions: how many a browser may hold; one more works, but cannot be switched to later.

    Raises: ConfigurationError: there would be none at all.
    """

    id: ClassVar[str] = "multi-session"
    operations = (list_device_sessions, set_active_session, revoke_device_session)
    api = Api(MultiSessionServerCalls)

    def __init__(self, *, maximum_sessions: int = 5) -> None:
        if maximum_sessions < 1:
            raise ConfigurationError("MultiSession(maximum_sessions)", "it is below 1.", "Use 5, or leave it out.")
        self._maximum = maximum_sessions
        self.hooks = Hooks(after_all=self._hold, after=[On.of(sign_out, hook=_sign_all_out)])

    async def _hold(self, call: HookCall) -> None:
        """Give each session that is handed out a cookie of its own (sheet §4.1 to §4.3)."""
        current = call.context.new_session
        if current is None or isinstance(call.returned, APIError):
            return
        browser = Browser(call.context)
        if browser.spec_of(current.session.token).name in browser.names():
            return
        replaced = 0
        for held in browser.held():
            other = await browser.alive(held.token)
            if other is not None and other.user.id == current.user.id:
                await browser.end(held)
                replaced += 1
        if len(browser.names()) - replaced < self._maximum:
            browser.keep(current)


async def _sign_all_out(call: HookCall) -> None:
    """Sign every account of the browser out (sheet §4.8)."""
    browser = Browser(call.context)
    for held in browser.held():
        await browser.end(held)

"""An account at a provider, with its tokens, in a cookie that only we can read (OAuth sheet §7)."""

from __future__ import annotations

from datetime import timedelta

from pydantic import BaseModel, ValidationError

from fastapi_betterauth.clock import Clock
from fastapi_betterauth.crypto.sealing import ACCOUNT_SALT, Sealer
from fastapi_betterauth.crypto.secret import SecretKeys
from fastapi_betterauth.pipeline.context import RequestContext
from fastapi_betterauth.pipeline.cookie_chunks import ChunkedCookie
from fastapi_betterauth.storage.compose import Entity
from fastapi_betterauth.storage.fields import AccountFields
from fastapi_betterauth.storage.record_json import RecordJson

_NAME = "account_data"


class AccountCookies:
    """Writes and reads the cookie, so that tokens can be had without a database.

    Args: enabled: else nothing is written, and nothing read. max_age: as long as the cookie cache holds.
    """

    def __init__(
        self, keys: SecretKeys, accounts: Entity[AccountFields], clock: Clock, *, enabled: bool, max_age: timedelta
    ) -> None:
        self._form = _Form(keys, accounts, clock) if enabled else None
        self._max_age = max_age

    def write(self, context: RequestContext, account: AccountFields) -> None:
        """Hand the account out with the response."""
        if self._form is None:
            return
        spec = context.cookie_spec(_NAME, max_age=int(self._max_age.total_seconds()))
        sealed = self._form.seal(account, self._max_age)
        ChunkedCookie(spec, context.headers.get("cookie")).write(context.cookies, sealed)

    def read(self, context: RequestContext) -> AccountFields | None:
        """Returns: the account that the browser brought, or None."""
        if self._form is None:
            return None
        value = ChunkedCookie(context.cookie_spec(_NAME), context.headers.get("cookie")).read()
        return self._form.open(value) if value is not None else None


class _Form:
    """How an account is written, where accounts are written."""

    def __init__(self, keys: SecretKeys, accounts: Entity[AccountFields], clock: Clock) -> None:
        self._sealer = Sealer(keys, salt=ACCOUNT_SALT, clock=clock)
        self._json = RecordJson(accounts, private=True)
        self._clock = clock

    def seal(self, account: AccountFields, max_age: timedelta) -> str:
        content = self._json.shown(account).model_dump_json(exclude_none=True, warnings=False)
        return self._sealer.seal(content, expires_in=max_age)

    def open(self, sealed: str) -> AccountFields | None:
        opened = self._sealer.open(sealed)
        if opened is None:
            return None
        try:
            if _End.model_validate_json(opened).exp <= self._clock().timestamp():
                return None
            return self._json.build(self._json.model.model_validate_json(opened))
        except ValidationError:
            return None


class _End(BaseModel):
    exp: float

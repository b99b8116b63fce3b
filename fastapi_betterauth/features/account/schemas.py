"""Bodies and answers of the account endpoints."""

from __future__ import annotations

from pydantic import ConfigDict, Field

from fastapi_betterauth.pipeline.wire import OpenWireModel, WireModel, WireTime


class AccountOut(WireModel):
    """An account without its secrets."""

    id: str
    provider_id: str
    account_id: str
    user_id: str
    created_at: WireTime
    updated_at: WireTime
    scopes: list[str]


class AccountId(WireModel):
    """Which account: the ``id`` of a listed one."""

    account_id: str


class AccountChoice(WireModel):
    """Which account: the ``id`` of a listed one, and nothing else."""

    model_config = ConfigDict(extra="forbid")

    account_id: str


class ProviderTokens(WireModel):
    """Tokens of a provider."""

    access_token: str = Field(repr=False)
    scopes: list[str]


class SocialStart(OpenWireModel):
    """Which provider, and where to go afterwards."""

    provider: str
    callback_url: str | None = Field(default=None, alias="callbackURL")
    error_callback_url: str | None = Field(default=None, alias="errorCallbackURL")
    new_user_callback_url: str | None = Field(default=None, alias="newUserCallbackURL")
    disable_redirect: bool | None = None


class SocialRedirect(WireModel):
    """Where the browser goes."""

    url: str
    redirect: bool

"""Bodies and answers of social sign-in (OAuth sheet §2)."""

from __future__ import annotations

from typing import Annotated, Any, Generic, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SerializeAsAny, field_validator, model_validator

from fastapi_betterauth.pipeline.schemas import U
from fastapi_betterauth.pipeline.wire import WireModel, WireTime

from .authorization import RESERVED


def _absent(value: object) -> bool:
    return value is None


def _read_true(value: object) -> object:
    """In a query everything is text."""
    return True if value == "true" else value


class GivenName(WireModel):
    """What somebody is called, as Apple tells it."""

    first_name: str | None = None
    last_name: str | None = None


class GivenUser(WireModel):
    """What Apple's sign-in sheet told the app, once."""

    name: GivenName | None = None
    email: str | None = None

    @property
    def full_name(self) -> str | None:
        """Returns: first and last name."""
        names = [self.name.first_name, self.name.last_name] if self.name is not None else []
        return " ".join(name for name in names if name) or None


class LinkIdToken(WireModel):
    """An id token that an app got from the provider itself."""

    token: str = Field(repr=False)
    nonce: str | None = Field(default=None, repr=False)
    access_token: str | None = Field(default=None, repr=False)
    refresh_token: str | None = Field(default=None, repr=False)


class SignInIdToken(LinkIdToken):
    """An id token that an app got from the provider itself, and what came with it."""

    expires_at: float | None = None
    """Of the access token."""
    user: GivenUser | None = None


class LinkSocial(WireModel):
    """Which provider, and where to go afterwards."""

    provider: str
    callback_url: str | None = Field(default=None, alias="callbackURL")
    error_callback_url: str | None = Field(default=None, alias="errorCallbackURL")
    disable_redirect: bool | None = None
    """Answer with the URL and no ``Location``."""
    scopes: list[str] | None = None
    """Asked for besides the usual ones."""
    request_sign_up: bool | None = None
    """Make an account where the provider is set to make none by itself."""
    login_hint: str | None = None
    additional_params: dict[str, str] | None = None
    """Further parameters for the provider."""
    additional_data: dict[str, Any] | None = None
    """Travels along, for hooks."""
    id_token: LinkIdToken | None = Field(default=None, repr=False)
    """Instead of a redirect."""

    @field_validator("additional_params")
    @classmethod
    def _no_reserved_ones(cls, params: dict[str, str] | None) -> dict[str, str] | None:
        if params is not None and (taken := RESERVED.intersection(params)):
            raise ValueError(f"these belong to the flow: {', '.join(sorted(taken))}")
        return params


class SignInSocial(LinkSocial):
    """Which provider, and where to go afterwards."""

    new_user_callback_url: str | None = Field(default=None, alias="newUserCallbackURL")
    """Where users go who are new; like the others by default."""
    id_token: SignInIdToken | None = Field(default=None, repr=False)  # pyright: ignore[reportIncompatibleVariableOverride] - a wider body


class SocialSignIn(WireModel, Generic[U]):
    """Where the browser goes; or, for an id token, who has signed in."""

    redirect: bool
    url: str | None = Field(default=None, exclude_if=_absent)
    token: str | None = Field(default=None, repr=False, exclude_if=_absent)
    user: SerializeAsAny[U] | None = Field(default=None, exclude_if=_absent)


class SocialLink(WireModel):
    """Where the browser goes; or, for an id token, that it is done."""

    url: str
    redirect: bool
    status: bool | None = Field(default=None, exclude_if=_absent)


class AccountChoice(WireModel):
    """Which account: the ``id`` of a listed one, or the one in the account cookie; and nothing else."""

    model_config = ConfigDict(extra="forbid")

    account_id: str | None = None
    use_account_cookie: Annotated[Literal[True], BeforeValidator(_read_true)] | None = None
    user_id: str | None = None
    """Whose; only for calls of the server itself, on nobody's behalf."""

    @model_validator(mode="after")
    def _one_of_both(self) -> AccountChoice:
        if (self.account_id is None) == (self.use_account_cookie is None):
            raise ValueError("give either accountId or useAccountCookie")
        return self


class AccessToken(WireModel):
    """An access token that works right now."""

    access_token: str = Field(repr=False)
    access_token_expires_at: WireTime | None = Field(default=None, exclude_if=_absent)
    scopes: list[str]
    id_token: str | None = Field(default=None, repr=False, exclude_if=_absent)


class RefreshedTokens(WireModel):
    """Tokens that the provider has just handed out."""

    access_token: str = Field(repr=False)
    refresh_token: str = Field(repr=False)
    access_token_expires_at: WireTime | None = Field(default=None, exclude_if=_absent)
    refresh_token_expires_at: WireTime | None = None
    scope: str | None = None
    id_token: str | None = Field(default=None, repr=False)
    provider_id: str
    account_id: str
    """The account's ``id``."""


class ProviderUser(WireModel):
    """Who somebody is at the provider."""

    model_config = ConfigDict(extra="allow")

    name: str
    email: str | None = None
    image: str | None = Field(default=None, exclude_if=_absent)
    email_verified: bool


class ProviderAccount(WireModel):
    """Which account was asked about."""

    id: str
    provider_id: str
    account_id: str


class AccountInfo(WireModel):
    """What the provider says of an account right now."""

    user: ProviderUser
    data: dict[str, Any] = Field(repr=False)
    """As the provider answered."""
    account: ProviderAccount


class CallbackParameters(BaseModel):
    """What a provider sends back; nothing of it is believed to be well-formed."""

    model_config = ConfigDict(extra="ignore")

    code: Any = Field(default=None, repr=False)
    state: Any = Field(default=None, repr=False)
    error: Any = None
    error_description: Any = None
    user: Any = Field(default=None, repr=False)
    device_id: Any = None
    iss: Any = None

    @property
    def texts(self) -> dict[str, str]:
        """Returns: those that are there. Raises: TypeError: one is no text, such as a parameter given twice."""
        given = {name: value for name in type(self).model_fields if (value := getattr(self, name)) is not None}
        if not all(isinstance(value, str) for value in given.values()):
            raise TypeError("a parameter is no text")
        return given

"""The username plugin (username sheet)."""

from __future__ import annotations

from typing import ClassVar, Literal

from fastapi_betterauth.errors import ConfigurationError
from fastapi_betterauth.features.sign_up.routes import sign_up_email
from fastapi_betterauth.features.user.routes import update_user
from fastapi_betterauth.pipeline.hooks import Hooks, On
from fastapi_betterauth.pipeline.rate_limit.rules import PathRateLimit, RateLimitRule
from fastapi_betterauth.plugin import Api, Plugin
from fastapi_betterauth.storage.hooks import DatabaseHooks, TableHooks

from .client import UsernameServerCalls
from .columns import DisplayUsernameFields, UsernameFields
from .hooks import ClientNames, StoredNames
from .options import (
    DisplayUsernameValidator,
    NameRules,
    Normalisation,
    UsernameValidator,
    ValidationOrder,
    as_given,
    lower_case,
    plain_characters,
)
from .routes import is_username_available, sign_in_username

_SHORTEST, _LONGEST = 3, 30


class Username(Plugin):
    """Lets users sign in with a name of their own instead of their address.

    Args:
        min_username_length: in characters; 0 is 3.
        max_username_length: in characters; 0 is 30.
        username_validator: says which names are acceptable; ASCII letters, digits, ``_`` and ``.`` by default.
        display_username_validator: the same for display names; all by default.
        username_normalization: the form that is kept and found; lower case by default, False keeps names as given.
        display_username_normalization: the same for display names, which are kept as given by default.
        validation_order: validate names as given (default), or as they are kept.
        immutable_username: who has a name keeps it; server code may still change it.
        display_username: keep the name as its owner writes it beside the normalised one.

    Raises: ConfigurationError: no name could be long enough and short enough.
    """

    id: ClassVar[str] = "username"
    operations = (sign_in_username, is_username_available)
    api = Api(UsernameServerCalls)
    rate_limits = (PathRateLimit(matches=["/is-username-available"], rule=RateLimitRule(window=60, max=60)),)

    def __init__(  # noqa: PLR0913 - options, documented above
        self,
        *,
        min_username_length: int = _SHORTEST,
        max_username_length: int = _LONGEST,
        username_validator: UsernameValidator = plain_characters,
        display_username_validator: DisplayUsernameValidator | None = None,
        username_normalization: Normalisation | Literal[False] = lower_case,
        display_username_normalization: Normalisation | Literal[False] = False,
        validation_order: ValidationOrder | None = None,
        immutable_username: bool = False,
        display_username: bool = True,
    ) -> None:
        self._rules = NameRules(
            shortest=min_username_length or _SHORTEST,
            longest=max_username_length or _LONGEST,
            validator=username_validator,
            display_validator=display_username_validator,
            normalise=username_normalization or as_given,
            normalise_display=display_username_normalization or as_given,
            order=validation_order or ValidationOrder(),
            immutable=immutable_username,
            keeps_display=display_username,
        )
        if self._rules.shortest > self._rules.longest:
            raise ConfigurationError(
                "Username(min_username_length)", "it is above max_username_length.", "Swap the two."
            )
        from_clients, stored = ClientNames(self._rules), StoredNames(self._rules)
        self.user_fields = DisplayUsernameFields if display_username else UsernameFields
        self.hooks = Hooks(
            before=[On.of(sign_up_email, hook=from_clients.at_sign_up), On.of(update_user, hook=from_clients.at_update)]
        )
        self.database_hooks = DatabaseHooks(
            user=TableHooks(before_create=stored.before_create, before_update=stored.before_update)
        )

    @property
    def options(self) -> NameRules:
        """Returns: the options."""
        return self._rules

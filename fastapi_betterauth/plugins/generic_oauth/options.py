"""What options of the plugin are made of (generic-oauth sheet §1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from fastapi_betterauth.social.token_endpoint import ClientAuth, CodeGrant
from fastapi_betterauth.social.tokens import Tokens

Profile: TypeAlias = Mapping[str, Any]
"""What the server says of somebody, as it says it."""

GenericTokens: TypeAlias = Callable[[CodeGrant], Awaitable[Tokens]]
"""Trades a code instead of the token endpoint."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientAssertion:
    """What an assertion is to be made for."""

    client_id: str
    token_endpoint: str
    grant_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEndpointAuth:
    """How we say who we are at the token endpoint."""

    method: ClientAuth
    get_client_assertion: Callable[[ClientAssertion], Awaitable[str]] | None = field(default=None, repr=False)
    """Signs the assertion of ``private_key_jwt`` (RFC 7523)."""


class AccountSubject(Protocol):
    """Names the unchangeable id of a person."""

    def __call__(self, tokens: Tokens, profile: Profile, /) -> str | int | Awaitable[str | int]:
        """Returns: the id; never a name or an address, which may change hands."""
        ...

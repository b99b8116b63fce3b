"""Authorization requests (RFC 6749 §4.1.1, RFC 7636; OAuth sheet §3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode

from fastapi_betterauth.crypto.digests import sha256_base64url

RESERVED = frozenset(
    {
        "state",
        "client_id",
        "redirect_uri",
        "response_type",
        "code_challenge",
        "code_challenge_method",
        "nonce",
        "scope",
    }
)
"""Parameters that belong to the flow alone (SC-OAUTH-13)."""

_ORDER = (
    "response_type",
    "client_id",
    "state",
    "scope",
    "redirect_uri",
    "duration",
    "display",
    "login_hint",
    "nonce",
    "prompt",
    "hd",
    "access_type",
    "response_mode",
    "code_challenge_method",
    "code_challenge",
    "claims",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """What one flow asks of a provider."""

    state: str
    redirect_uri: str
    code_verifier: str = field(repr=False)
    nonce: str | None = None
    scopes: tuple[str, ...] = ()
    """Besides those of the provider."""
    login_hint: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    """Further parameters, from the client."""

    def with_params(self, params: Mapping[str, str]) -> AuthorizationRequest:
        """Returns: the same request with other further parameters."""
        return replace(self, params=params)

    @property
    def code_challenge(self) -> str:
        """The S256 challenge of the verifier (RFC 7636 §4.2)."""
        return sha256_base64url(self.code_verifier)


def authorization_url(endpoint: str, params: Mapping[str, str | None]) -> str:
    """Returns: the URL with these parameters, in the usual order; those without a value are left out."""
    given = {name: value for name, value in params.items() if value}
    known = [name for name in _ORDER if name in given]
    ordered = {name: given[name] for name in [*known, *given]}
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(ordered)}"

"""Verifying id tokens of providers (OpenID Connect Core §3.1.3.7, RFC 8725; OAuth sheet §6)."""

from __future__ import annotations

import hmac
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError

from fastapi_betterauth.crypto.digests import sha256_hex

from .identity import subject_of
from .key_sets import KeySet, PublicKey

ASYMMETRIC = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384", "PS512", "EdDSA", "Ed25519")
"""Algorithms that a provider may sign with; never a symmetric one, nor none (SC-IDT-01, SC-IDT-02)."""

_LEEWAY = 60
_LONGEST_TOKEN = 16 * 1024
_LONGEST_LIFE = 31 * 24 * 3600
_FOREIGN_TYPES = frozenset({"at+jwt", "logout+jwt", "dpop+jwt", "secevent+jwt"})

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdTokenRules:
    """What an id token of a provider must be."""

    key_set: str
    """URL of the provider's keys."""
    audiences: tuple[str, ...]
    """Our client ids."""
    issuers: tuple[str, ...] | None = None
    """Who may have issued it, letter by letter; None leaves that to ``accept``."""
    algorithms: tuple[str, ...] = ASYMMETRIC
    max_age: int | None = None
    """Seconds since it was issued; None: any."""
    hashed_nonce: bool = False
    """The claim may also be SHA-256 of the nonce, in hex."""
    accept: Callable[[Claims], bool] | None = None
    """A further rule on the claims."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenIdToken:
    """An id token, and what it came with."""

    token: str = field(repr=False)
    nonce: str | None = field(default=None, repr=False)
    """What it must be bound to; None: nothing."""
    access_token: str | None = field(default=None, repr=False)


async def verify_id_token(given: GivenIdToken, rules: IdTokenRules, keys: KeySet, *, now: datetime) -> Claims | None:
    """Verify signature and claims.

    Returns: the claims; None for a token that is not good, whatever is wrong with it.
    """
    token, nonce, access_token = given.token, given.nonce, given.access_token
    header = _header(token)
    if header is None or header["alg"] not in rules.algorithms:
        return None
    claims = None
    for key in await keys.find(header.get("kid")):
        if (claims := _claims(token, key, rules.algorithms)) is not None:
            break
    if claims is None or not _claims_hold(claims, rules, now.timestamp()):
        return None
    if nonce is not None and not _bound_to(claims.get("nonce"), nonce, hashed=rules.hashed_nonce):
        return None
    if access_token is not None and not _hash_holds(claims.get("at_hash"), access_token, header["alg"]):
        return None
    return claims


def decode_id_token(token: str | None) -> Claims | None:
    """Returns: the claims of a token that came straight from a token endpoint over TLS; its signature is not looked at.

    Source: OpenID Connect Core §3.1.3.7, rule 6.
    """
    if token is None or len(token) > _LONGEST_TOKEN:
        return None
    try:
        claims = json.loads(jws.extract_compact(token.encode()).payload)
    except (JoseError, ValueError, TypeError, RecursionError, AttributeError):
        return None
    return claims if isinstance(claims, dict) else None


def _header(token: str) -> dict[str, Any] | None:
    """Returns: the header of a compact JWS that asks for nothing special (SC-IDT-03, SC-IDT-04, SC-IDT-14)."""
    if len(token) > _LONGEST_TOKEN or token.count(".") != 2:  # noqa: PLR2004
        return None
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError, RecursionError, AttributeError):
        return None
    kid = header.get("kid")
    if not isinstance(header.get("alg"), str) or "crit" in header or "b64" in header:
        return None
    if not isinstance(kid, str | None) or str(header.get("typ", "JWT")).lower() in _FOREIGN_TYPES:
        return None
    return header


def _claims(token: str, key: PublicKey, algorithms: tuple[str, ...]) -> Claims | None:
    try:
        return jwt.decode(token, key, algorithms=list(algorithms)).claims
    except (JoseError, ValueError, TypeError, KeyError, RecursionError, AttributeError):
        return None


def _claims_hold(claims: Claims, rules: IdTokenRules, now: float) -> bool:
    if rules.issuers is not None and claims.get("iss") not in rules.issuers:
        return False
    if not isinstance(claims.get("sub"), str) or subject_of(claims["sub"]) is None:
        return False
    if not _addressed_to(claims, rules.audiences) or not _timely(claims, rules.max_age, now):
        return False
    return rules.accept is None or rules.accept(claims)


def _addressed_to(claims: Claims, ours: tuple[str, ...]) -> bool:
    """OpenID Connect Core §3.1.3.7, rules 3 to 5: among several audiences we must be the authorized party."""
    audience, party = claims.get("aud"), claims.get("azp")
    named = [audience] if isinstance(audience, str) else audience
    if not isinstance(named, list) or not any(one in ours for one in named):
        return False
    if party is None:
        return len(named) == 1
    return party in ours


def _timely(claims: Claims, max_age: int | None, now: float) -> bool:
    if not _is_within(claims.get("exp"), now - _LEEWAY, now + _LONGEST_LIFE):
        return False
    if "nbf" in claims and not _is_within(claims["nbf"], 0, now + _LEEWAY):
        return False
    if "iat" not in claims:
        return max_age is None
    oldest = 0 if max_age is None else now - max_age - _LEEWAY
    return _is_within(claims["iat"], oldest, now + _LEEWAY)


def _is_within(moment: object, earliest: float, latest: float) -> bool:
    """Texts, booleans and infinities are no moments (SC-IDT-12)."""
    if isinstance(moment, bool) or not isinstance(moment, int | float):
        return False
    return math.isfinite(moment) and earliest < moment <= latest


def _bound_to(claim: object, nonce: str, *, hashed: bool) -> bool:
    accepted = (nonce, sha256_hex(nonce)) if hashed else (nonce,)
    return isinstance(claim, str) and any(hmac.compare_digest(claim.encode(), one.encode()) for one in accepted)


def _hash_holds(claim: object, access_token: str, algorithm: str) -> bool:
    """OpenID Connect Core §3.1.3.6; an unknown hash is a wrong one (SC-IDT-15)."""
    if claim is None:
        return True
    from authlib.oidc.core.util import create_half_hash  # noqa: PLC0415 - of an extra

    expected = create_half_hash(access_token, algorithm)
    return isinstance(claim, str) and expected is not None and hmac.compare_digest(claim.encode(), expected)

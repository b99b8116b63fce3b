"""Secrets that do not show themselves, and the keys of one instance (core-config sheet §3)."""

from __future__ import annotations

import hmac
import logging
import math
import re
import secrets as randomness
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fastapi_betterauth.errors import ConfigurationError

logger = logging.getLogger("fastapi_betterauth")

_SHORTEST = 32
_LEAST_ENTROPY = 120.0
_PUBLIC_DEFAULT = "better-auth-secret-12345678901234567890"
"""What Better Auth falls back on: long and varied enough to pass for a secret, and known to everybody."""
_REMEDY = "Set BETTER_AUTH_SECRET to the output of `openssl rand -hex 32`."
_ENTRY = re.compile(r"([0-9]{1,9})[ \t]*:(.*)", re.DOTALL)


class Secret:
    """Text that appears in no log, error or ``repr`` (SC-LOG-03)."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Returns: the text itself."""
        return self._value

    def encode(self) -> bytes:
        """Returns: the text in UTF-8, as keys are used."""
        return self._value.encode()

    def __eq__(self, other: object) -> bool:
        """Compare in constant time."""
        return isinstance(other, Secret) and hmac.compare_digest(self.encode(), other.encode())

    def __hash__(self) -> int:
        """Hash by the text."""
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret('**********')"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a secret is not serialised")


@dataclass(frozen=True, slots=True)
class VersionedSecret:
    """One of several secrets; the first one given is used for everything new."""

    version: int
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretKeys:
    """The keys of one instance."""

    current: Secret
    current_version: int | None = None
    """None: a single secret; what is encrypted with it carries no version."""
    older: Mapping[int, Secret] = field(default_factory=dict)
    legacy: Secret | None = None
    """Decrypts what was encrypted before there were versions; signs and verifies nothing."""

    @property
    def verification(self) -> tuple[Secret, ...]:
        """Returns: the keys whose signatures are accepted, the current one first."""
        return (self.current, *self.older.values())


def resolve_secret_keys(
    *,
    secret: str | None,
    secrets: Sequence[VersionedSecret] | None,
    production: bool,
    environ: Mapping[str, str],
) -> SecretKeys:
    """Find the keys from options and environment.

    Args:
        secret: the single secret; beside several, it only decrypts what is older than versions.
        secrets: several, the current one first; replaces ``BETTER_AUTH_SECRETS``.
        production: refuse what is weak, instead of warning.
        environ: where ``BETTER_AUTH_SECRET``, ``AUTH_SECRET`` and ``BETTER_AUTH_SECRETS`` are looked up.

    Returns: the keys. In development without a secret: a random one, new for each process. A constant would be
        the same everywhere, and sooner or later somewhere in production.
    Raises: ConfigurationError: there is none in production, or one is weak; several contradict each other.
    """
    single = secret or environ.get("BETTER_AUTH_SECRET") or environ.get("AUTH_SECRET") or None
    several = list(secrets) if secrets is not None else _parse(environ.get("BETTER_AUTH_SECRETS"))
    if several is not None:
        _check_versions(several)
        first, *rest = several
        # All of them: whoever guesses an older one signs sessions just as well.
        for item in several:
            _check_strength(item.value, f"secrets, version {item.version}", production=production)
        if single == _PUBLIC_DEFAULT:
            single = None
        return SecretKeys(
            current=Secret(first.value),
            current_version=first.version,
            older={item.version: Secret(item.value) for item in rest},
            legacy=Secret(single) if single else None,
        )
    if single is None:
        if production:
            raise ConfigurationError("secret", "it is not set.", f"{_REMEDY} Or set environment='development'.")
        logger.warning("no secret is set: using a random one, so sessions end with this process. %s", _REMEDY)
        return SecretKeys(current=Secret(randomness.token_urlsafe(48)))
    _check_strength(single, "secret", production=production)
    return SecretKeys(current=Secret(single))


def _parse(text: str | None) -> list[VersionedSecret] | None:
    if not text:
        return None
    found = []
    for entry in text.split(","):
        parts = _ENTRY.fullmatch(entry.strip())
        if parts is None:
            raise ConfigurationError(
                "BETTER_AUTH_SECRETS", "an entry is not <number>:<secret>.", "Write '2:new,1:old'."
            )
        found.append(VersionedSecret(int(parts[1]), parts[2].strip()))
    return found


def _check_versions(several: Sequence[VersionedSecret]) -> None:
    versions = [item.version for item in several]
    if not several or len(set(versions)) != len(versions) or min(versions) < 0 or not all(i.value for i in several):
        raise ConfigurationError(
            "secrets", "versions must be unique numbers from 0 and no value may be empty.", "Newest first."
        )


def _check_strength(value: str, option: str, *, production: bool) -> None:
    # How Python shows an environment variable that is not UTF-8; as a key it would be of no use.
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise ConfigurationError(option, "it is not valid UTF-8.", _REMEDY)
    problem = _weakness(value)
    if problem is None:
        return
    if production:
        raise ConfigurationError(option, problem, _REMEDY)
    logger.warning("%s: %s %s", option, problem, _REMEDY)


def _weakness(value: str) -> str | None:
    entropy = len(value) * math.log2(len(set(value)))
    if value == _PUBLIC_DEFAULT:
        return "it is the default that Better Auth publishes."
    if value != value.strip():
        return "it begins or ends with white space."
    if len(value) < _SHORTEST:
        return f"it is shorter than {_SHORTEST} characters."
    return "it is too regular to be random." if entropy < _LEAST_ENTROPY else None

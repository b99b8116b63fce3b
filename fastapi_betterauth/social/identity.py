"""Who somebody is, in the words of a provider and in ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi_betterauth.features.email_address import is_email_address

JsonObject = Mapping[str, Any]
"""What a provider answered."""

_NOT_A_SUBJECT = frozenset({"", "undefined", "null", "None", "NaN"})
_LONGEST_SUBJECT = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a provider says of a person. Nothing of it is believed to have the right type."""

    subject: object
    """The provider's unchangeable id of the person; never a name or an address (SC-OAUTH-23)."""
    name: object = None
    email: object = None
    email_verified: object = False
    image: object = None
    further: Mapping[str, object] = field(default_factory=dict)
    """More fields of the user, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody whom a provider vouches for."""

    subject: str
    name: str
    email: str | None
    email_verified: bool
    image: str | None
    further: Mapping[str, object] = field(default_factory=dict)
    profile: JsonObject = field(default_factory=dict, repr=False)
    """What the provider answered."""


def person_of(identity: Identity, mapped: Mapping[str, object], profile: JsonObject) -> Person | None:
    """Read what a provider says.

    Args: mapped: what the host makes of it, by field name; it replaces everything but the subject (SC-OAUTH-28).
    Returns: the person, or None without a usable subject.
    """
    subject = subject_of(identity.subject)
    if subject is None:
        return None
    said: dict[str, object] = {
        **identity.further,
        "name": identity.name,
        "email": identity.email,
        "email_verified": identity.email_verified,
        "image": identity.image,
        **mapped,
    }
    email = _text(said.pop("email"))
    return Person(
        subject=subject,
        name=_text(said.pop("name")) or "",
        email=email.lower() if email is not None and is_email_address(email) else None,
        # A text such as "false" is no yes (SC-OAUTH-15).
        email_verified=said.pop("email_verified") is True,
        image=_text(said.pop("image")),
        further=said,
        profile=profile,
    )


def subject_of(value: object) -> str | None:
    """Returns: a provider's id as text, or None for what only looks like one (SC-OAUTH-22, SC-OAUTH-25)."""
    if isinstance(value, int) and not isinstance(value, bool) and value != 0:
        return str(value)
    if not isinstance(value, str) or value.strip() in _NOT_A_SUBJECT or len(value) > _LONGEST_SUBJECT:
        return None
    return value if value.isprintable() else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None

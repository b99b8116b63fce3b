"""Which e-mail addresses are accepted (e-mail sheet §1): ASCII, one ``@``, nothing trimmed, nothing guessed."""

from __future__ import annotations

import string
from typing import Annotated

from pydantic import AfterValidator, WithJsonSchema

_LONGEST = 254
_LOCAL = frozenset(string.ascii_letters + string.digits + "_'+-")
_LOCAL_END = _LOCAL - {"'"}
_ALPHANUMERIC = frozenset(string.ascii_letters + string.digits)
_LABEL = _ALPHANUMERIC | {"-"}


def is_email_address(text: str) -> bool:
    """Returns: whether a text is an address as the reference's expression accepts it, 254 characters at most."""
    local, at, domain = text.rpartition("@")
    if not at or len(text) > _LONGEST:
        return False
    return _is_local(local) and _is_domain(domain)


def _is_local(local: str) -> bool:
    atoms = local.split(".")
    return all(atom and _LOCAL.issuperset(atom) for atom in atoms) and atoms[-1][-1] in _LOCAL_END


def _is_domain(domain: str) -> bool:
    *labels, top = domain.split(".")
    if not labels or len(top) < 2 or not (top.isascii() and top.isalpha()):  # noqa: PLR2004
        return False
    return all(label and label[0] in _ALPHANUMERIC and _LABEL.issuperset(label) for label in labels)


def _checked(text: str) -> str:
    if not is_email_address(text):
        raise ValueError("Invalid email address")
    return text


EmailAddress = Annotated[str, AfterValidator(_checked), WithJsonSchema({"type": "string", "format": "email"})]
"""A field that holds an address."""

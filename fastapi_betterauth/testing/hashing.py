"""A hasher that costs nothing and counts its work, so that equal work is shown without a stopwatch."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class CheapHasher:
    """Makes tests fast. Not for passwords of people."""

    hashed: list[str] = field(default_factory=list)
    verified: list[str] = field(default_factory=list)

    @property
    def calls(self) -> int:
        """How often it was asked to do costly work."""
        return len(self.hashed) + len(self.verified)

    def hash(self, password: str) -> str:
        """Returns: something that can be told from other passwords' hashes."""
        self.hashed.append(password)
        return f"cheap:{password}"

    def verify(self, password: str, stored: str) -> bool:
        """Returns: whether the password is right."""
        self.verified.append(password)
        return stored == f"cheap:{password}"

    def recognises(self, stored: str) -> bool:
        """Returns: whether this hasher made the hash."""
        return stored.startswith("cheap:")

    def needs_rehash(self, stored: str) -> bool:  # noqa: ARG002 - part of the protocol
        """Returns: False."""
        return False

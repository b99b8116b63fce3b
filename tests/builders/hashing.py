"""A hasher that costs nothing and counts its work, so that equal work is shown without a stopwatch."""

from dataclasses import dataclass, field


@dataclass
class CheapHasher:
    """Not for passwords of people."""

    hashed: list[str] = field(default_factory=list)
    verified: list[str] = field(default_factory=list)

    @property
    def calls(self) -> int:
        """How often it was asked to do costly work."""
        return len(self.hashed) + len(self.verified)

    def hash(self, password: str) -> str:
        self.hashed.append(password)
        return f"cheap:{password}"

    def verify(self, password: str, stored: str) -> bool:
        self.verified.append(password)
        return stored == f"cheap:{password}"

    def recognises(self, stored: str) -> bool:
        return stored.startswith("cheap:")

    def needs_rehash(self, stored: str) -> bool:
        return False

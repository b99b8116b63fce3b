"""The list of security cases: read from the catalogue, kept as JSON beside the contract."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT.parent / "shared" / "SECURITY-CASES.md"
LIST = ROOT / "tests" / "contract" / "security-cases.json"

_CASE = re.compile(r"^- \*\*(SC-([A-Z]+)-\d+)\*\* \(([ABC])\) ((?:\[\w+\] ?)*)(.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class SecurityCase:
    """One attack that a test has to answer."""

    id: str
    group: str
    class_: str
    """A must pass before a feature is done, B is limits and integrity, C is hardening."""
    race: bool
    attack: str


def parse(catalogue: str) -> list[SecurityCase]:
    """The cases of the Markdown catalogue, in its order."""
    return [
        SecurityCase(id=case, group=group, class_=class_, race="[race]" in marks, attack=attack)
        for case, group, class_, marks, attack in _CASE.findall(catalogue)
    ]


def load() -> list[SecurityCase]:
    """The cases of the committed list."""
    return [SecurityCase(**case) for case in json.loads(LIST.read_text())]


def render(cases: list[SecurityCase]) -> str:
    """The text of the committed list."""
    return json.dumps([asdict(case) for case in cases], ensure_ascii=False, indent=1) + "\n"

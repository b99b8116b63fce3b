"""The built-in providers as the specification lists them, kept as JSON beside the contract."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHEET = ROOT.parent / "shared" / "spec" / "oauth-social.md"
LIST = ROOT / "tests" / "contract" / "social-providers.json"

_HEAD = "| id | Authorize URL | Token URL |"
_COLUMNS = 9


@dataclass(frozen=True, kw_only=True, slots=True)
class SpecifiedProvider:
    """A row of the table, as it is written there."""

    id: str
    authorization: str
    token: str
    user_info: str
    scopes: str
    pkce: str
    subject: str
    person: str
    special: str


def parse(sheet: str) -> list[SpecifiedProvider]:
    """The rows of the sheet's table of providers, in its order."""
    _, _, table = sheet.partition(_HEAD)
    body, _, _ = table.partition("\n\n")
    rows = [[cell.strip() for cell in line.strip("|").split(" |")] for line in body.splitlines()[2:]]
    names = SpecifiedProvider.__slots__
    return [SpecifiedProvider(**dict(zip(names, (*row, "")[:_COLUMNS], strict=True))) for row in rows]


def load() -> list[SpecifiedProvider]:
    """The rows of the committed list."""
    return [SpecifiedProvider(**row) for row in json.loads(LIST.read_text())]


def render(rows: list[SpecifiedProvider]) -> str:
    """The text of the committed list."""
    return json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1) + "\n"

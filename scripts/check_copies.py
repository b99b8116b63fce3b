"""Compares the copied conformance driver and contract with their source, the folder `../shared`.

    python -m scripts.check_copies             # names files that are out of date; exit code 1 if any
    python -m scripts.check_copies --update    # brings them up to date

Without that folder there is nothing to compare, and nothing is said.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from scripts import security_cases, social_providers
from scripts.security_cases import CATALOGUE, ROOT

SHARED = ROOT.parent / "shared"
COPIES = {
    SHARED / "conformance": ROOT / "tests" / "conformance",
    SHARED / "contract": ROOT / "tests" / "contract",
}
MIRRORED = ("golden", "lib", "scenarios")
"""Folders that hold nothing of our own: what has gone from the source must go here."""


def expected() -> Iterator[tuple[Path, bytes]]:
    """Every copied file with the content it should have."""
    for source, copy in COPIES.items():
        for file in sorted(source.rglob("*")):
            if file.is_file() and "node_modules" not in file.parts:
                yield copy / file.relative_to(source), file.read_bytes()
    if CATALOGUE.is_file():
        cases = security_cases.parse(CATALOGUE.read_text())
        yield security_cases.LIST, security_cases.render(cases).encode()
    if social_providers.SHEET.is_file():
        rows = social_providers.parse(social_providers.SHEET.read_text())
        yield social_providers.LIST, social_providers.render(rows).encode()


def left_over(known: set[Path]) -> Iterator[Path]:
    """Copied files whose source is gone."""
    for copy in COPIES.values():
        for folder in MIRRORED:
            yield from (file for file in (copy / folder).rglob("*") if file.is_file() and file not in known)


def main() -> int:
    """Compare, or update."""
    parser = argparse.ArgumentParser(description="Are the copies of ../shared fresh?")
    parser.add_argument("--update", action="store_true", help="bring them up to date")
    update = parser.parse_args().update
    if not SHARED.is_dir():
        return 0
    wanted = dict(expected())
    stale = [path for path, content in wanted.items() if not path.is_file() or path.read_bytes() != content]
    surplus = list(left_over(set(wanted)))
    for path in [*stale, *surplus]:
        print(f"{'updated' if update else 'out of date'}: {path.relative_to(ROOT)}")
    if not update:
        return 1 if stale or surplus else 0
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wanted[path])
    for path in surplus:
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())

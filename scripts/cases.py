"""Lists the security cases that no test names.

    python -m scripts.cases                       # every group
    python -m scripts.cases --groups HTTP,CSRF    # some
    python -m scripts.cases --fail                # exit code 1 if a case of them has no test

A test names its cases with `@pytest.mark.case("SC-SESS-07")`; the files are read, not run.
"""

import argparse
import ast
import sys
from collections.abc import Iterator
from itertools import groupby

from scripts.security_cases import ROOT, SecurityCase, load

WIDTH = 110


def named_cases() -> dict[str, str]:
    """Every id that a `case` mark in the tests carries, with the place of one of them."""
    places: dict[str, str] = {}
    for path in sorted((ROOT / "tests").rglob("*.py")):
        if "node_modules" in path.parts:
            continue
        for id_, line in _marks(ast.parse(path.read_text())):
            places.setdefault(id_, f"{path.relative_to(ROOT)}:{line}")
    return places


def _marks(tree: ast.AST) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not ast.unparse(node.func).endswith("mark.case"):
            continue
        for argument in node.args:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value, argument.lineno


def report(cases: list[SecurityCase], named: dict[str, str]) -> int:
    """Print the cases without a test by group; returns how many there are."""
    missing = 0
    for group, members in groupby(cases, key=lambda case: case.group):
        all_of_it = list(members)
        open_ = [case for case in all_of_it if case.id not in named]
        missing += len(open_)
        print(f"{group}: {len(all_of_it) - len(open_)}/{len(all_of_it)} cases have a test")
        for case in open_:
            line = f"  {case.id} ({case.class_}{', race' if case.race else ''}) {case.attack}"
            print(line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…")
    return missing


def main() -> int:
    """Read the command line, report."""
    parser = argparse.ArgumentParser(description="Security cases without a test.")
    parser.add_argument("--groups", help="only these, separated by commas")
    parser.add_argument("--fail", action="store_true", help="exit code 1 if a case has no test")
    arguments = parser.parse_args()

    cases, named = load(), named_cases()
    unknown = sorted(named.keys() - {case.id for case in cases})
    for id_ in unknown:
        print(f"no such case: {id_} ({named[id_]})")
    if arguments.groups:
        groups = set(arguments.groups.split(","))
        if strange := groups - {case.group for case in cases}:
            parser.error(f"no such group: {', '.join(sorted(strange))}")
        cases = [case for case in cases if case.group in groups]
    missing = report(cases, named)
    print(f"{len(cases) - missing}/{len(cases)} cases have a test")
    return 1 if unknown or (arguments.fail and missing) else 0


if __name__ == "__main__":
    sys.exit(main())

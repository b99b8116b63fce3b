"""Refuses text that must not be committed: paths of one machine, download addresses, conflict marks."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def forbidden() -> dict[str, re.Pattern[str]]:
    """What is refused, by name; the folder around this checkout is among it."""
    around = ROOT.parent if (ROOT.parent / "shared").is_dir() else ROOT
    machine = rf"(?:/(?:home|Users)/\w[\w.-]*/|/root/|{re.escape(str(around))}/)"
    download = r'"resolved": "\w+:|^--(?:extra-)?index-url\b|registry = "\w+:|\S+ @ (?:https?|file):'
    return {
        "a path of one machine": re.compile(rf"(?<![\w.}}]){machine}[\w.-]+"),
        "a download address": re.compile(download, re.MULTILINE),
        "a conflict mark": re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE),
    }


def listed() -> list[Path]:
    """Files that are, or would be, committed."""
    command = ["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"]
    names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    return [path for name in names if name and (path := ROOT / name).is_file()]


def main() -> int:
    """Name every finding; exit code 1 if there is one."""
    found = False
    patterns = forbidden()
    for path in listed():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for name, pattern in patterns.items():
            for match in pattern.finditer(text):
                found = True
                line = text.count("\n", 0, match.start()) + 1
                print(f"{path.relative_to(ROOT)}:{line}: {name}: {match.group()}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

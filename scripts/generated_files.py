"""Files that are written from others: kept by ``make fix``, looked after by ``--check``."""

import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def write_or_check(files: Iterable[tuple[Path, str]], arguments: Sequence[str]) -> int:
    """Write each file, or with ``--check`` say which is out of date. Returns: the exit code."""
    stale = [(path, text) for path, text in files if not path.exists() or path.read_text(encoding="utf-8") != text]
    for path, text in stale:
        if "--check" in arguments:
            print(f"{path.relative_to(ROOT)} is out of date: run `make fix`", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
    return 1 if stale and "--check" in arguments else 0


def formatted(text: str, where: Path) -> str:
    """Returns: Python code as ``make fix`` would leave it at that path."""
    for step in (["check", "--fix", "--quiet", "--select", "I"], ["format"]):
        command = [sys.executable, "-m", "ruff", *step, "--stdin-filename", str(where), "-"]
        text = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    return text

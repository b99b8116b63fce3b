"""Printed programs under mypy in strict mode; what it learned of the package is kept for the next ones."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".mypy_cache" / "printed"

GROUP = "mypy"
"""Tests that use it run one after another: `pytest.mark.xdist_group(GROUP)`."""


def check_types(folder: Path) -> None:
    """Fail if there is anything to complain about in a folder."""
    command = [sys.executable, "-m", "mypy", "--strict", f"--cache-dir={CACHE}", "."]
    run = subprocess.run(command, cwd=folder, env=os.environ, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr

"""The project that docs/testing.md prints passes its own tests, and mypy."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import PAGES, blocks_of
from tests.docs.typed import GROUP, check_types

pytestmark = pytest.mark.slow


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The page's files in a folder."""
    for block in blocks_of(PAGES / "testing.md"):
        if (name := re.search(r'title="(\w+\.py)"', block.title)) is not None:
            (tmp_path / name[1]).write_text(block.code)
    return tmp_path


def _run(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", *arguments]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_the_printed_tests_pass(project: Path) -> None:
    """All six of them, and the app's own database is never opened."""
    said = _run(project, "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(project), str(project))

    assert "6 passed" in said
    assert not (project / "live.db").exists()


@pytest.mark.xdist_group(GROUP)
def test_the_printed_tests_satisfy_the_type_checker(project: Path) -> None:
    """Nothing about the fixtures and the kit has to be guessed."""
    check_types(project)

"""What the README prints works as printed."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live_server import ROOT, live_server

README = (ROOT / "README.md").read_text()
PRINTED = "http://127.0.0.1:8000"


def _block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert found is not None, f"the README has no {language} block"
    return found[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the README's main.py."""
    (tmp_path / "printed.py").write_text(_block("python"))
    (tmp_path / "main.py").write_text(
        "import os, pathlib\n"
        "source = pathlib.Path('printed.py').read_text()\n"
        f"exec(source.replace({PRINTED!r}, os.environ['BASE_URL']))\n"
    )
    return tmp_path


@pytest.fixture
def server(folder: Path) -> Iterator[str]:
    """The README's app, on another port than printed."""
    with live_server("main:app", folder=folder) as base:
        yield base


def test_the_printed_commands_sign_up_call_and_sign_out(server: str, folder: Path) -> None:
    """The three curl commands do what the text says."""
    commands = _block("sh").replace(PRINTED, server)

    out = subprocess.run(["bash", "-euc", commands], cwd=folder, capture_output=True, text=True, check=True).stdout

    assert '"email":"ada@example.com"' in out
    assert '"ada@example.com"{"success":true}' in out


def test_the_printed_javascript_signs_up(server: str, tmp_path: Path) -> None:
    """The snippet works with the official client."""
    script = ROOT / "tests" / "js" / f"readme-{tmp_path.name}.mjs"
    script.write_text(_block("js").replace(PRINTED, server) + "\nconsole.log('done');\n")
    try:
        out = subprocess.run(["node", script.name], cwd=script.parent, capture_output=True, text=True, check=True)
    finally:
        script.unlink()

    assert out.stdout.strip().endswith("done")


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    """``make demo`` and ``make test`` are there, and continuous integration calls the second."""
    makefile, ci = (ROOT / "Makefile").read_text(), (ROOT / ".ci" / "run").read_text()

    assert {"make demo", "make test"} <= set(re.findall(r"make \w+", README))
    assert re.search(r"^demo:", makefile, re.MULTILINE)
    assert re.search(r"^test:", makefile, re.MULTILINE)
    assert "make test" in ci

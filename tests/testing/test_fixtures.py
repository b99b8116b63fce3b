"""The plugin in a project of somebody else's."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

APP = """\
from typing import Annotated

from fastapi import Depends, FastAPI
from fastapi_betterauth import BetterAuth, CurrentSession

auth = BetterAuth(base_url="https://app.example", secret="x" * 16 + "0123456789abcdef", database="sqlite:///./live.db")
app = FastAPI()
app.include_router(auth.router)

@app.get("/me")
async def me(current: Annotated[CurrentSession, Depends(auth.current_session)]) -> str:
    return current.user.email
"""

CONFTEST = """\
import pytest
from app import app, auth
from fastapi_betterauth.testing import AppUnderTest

pytest_plugins = ["fastapi_betterauth.testing.fixtures"]

@pytest.fixture(scope="session")
def app_under_test():
    return AppUnderTest(app, auth)
"""

TESTS = """\
import pytest

@pytest.mark.anyio
async def test_async(as_user):
    assert (await (await as_user(email="a@b.test")).get("/me")).json() == "a@b.test"

def test_blocking(blocking_as_user):
    assert blocking_as_user(email="a@b.test").get("/me").json() == "a@b.test"
"""


def _pytest(folder: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_conftest_of_two_statements_is_enough(tmp_path: Path) -> None:
    """Both kinds of tests pass with anyio's defaults, and the app's own database is never opened."""
    for name, text in (("app.py", APP), ("conftest.py", CONFTEST), ("test_app.py", TESTS)):
        (tmp_path / name).write_text(text)

    run = _pytest(tmp_path)

    assert "2 passed" in run.stdout, run.stdout + run.stderr
    assert not (tmp_path / "live.db").exists()


def test_a_missing_app_is_said(tmp_path: Path) -> None:
    """Without the fixture each test says which one to define."""
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["fastapi_betterauth.testing.fixtures"]\n')
    (tmp_path / "test_app.py").write_text("def test_it(blocking_as_user): pass\n")

    run = _pytest(tmp_path)

    assert run.returncode != 0
    assert "define a fixture app_under_test in your conftest.py" in run.stdout


def test_a_missing_http_library_is_said(tmp_path: Path) -> None:
    """The error names the extra."""
    for name in ("httpx", "httpx2"):
        (tmp_path / f"{name}.py").write_text(f"raise ModuleNotFoundError('no {name}', name='{name}')\n")
    program = "import sys; sys.path.insert(0, '.'); import fastapi_betterauth.testing"

    run = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "httpx2 is not installed. Install fastapi-better-auth[testing]." in run.stderr


def test_the_package_does_without_pytest(tmp_path: Path) -> None:
    """Neither the core nor the kit itself imports it."""
    (tmp_path / "pytest.py").write_text("raise ImportError('not here')\n")
    program = "import sys; sys.path.insert(0, '.'); import fastapi_betterauth, fastapi_betterauth.testing"

    run = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stderr

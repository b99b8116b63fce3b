"""What docs/migrating-from-better-auth.md prints serves a database that the original server made."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.docs.blocks import PAGES, code_in
from tests.live_server import live_server
from tests.takeover.servers import REFERENCE, Server, reference

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("takeover")]

PAGE = PAGES / "migrating-from-better-auth.md"
SECRET = re.search(r'export const SECRET = "([^"]+)"', (REFERENCE / "profiles.mjs").read_text())


@dataclass(frozen=True)
class Moved:
    """The page's app, on a database that the original server made."""

    folder: Path
    environment: Mapping[str, str]

    @contextmanager
    def served(self) -> Iterator[Server]:
        """The app, alive."""
        with (
            live_server("main:app", self.environment, folder=self.folder) as base,
            httpx2.Client(base_url=base) as http,
        ):
            yield Server(base, http)


@pytest.fixture
def moved(postgres_url: str, tmp_path: Path) -> Moved:
    """The page's file and what it needs."""
    assert SECRET is not None
    (tmp_path / "main.py").write_text(code_in(PAGE, "python")[0])
    environment = {"DATABASE_URL": postgres_url, "BETTER_AUTH_SECRET": SECRET[1], "BETTER_AUTH_ENV": "development"}
    return Moved(tmp_path, environment)


def test_nobody_is_signed_out_there_and_back(moved: Moved, postgres_url: str) -> None:
    """A session of the original opens our guard; passwords chosen on either side are good on the other."""
    with reference(postgres_url, "first") as before:
        cookie = before.sign_up("ada")

    with moved.served() as ours:
        me = ours.http.get("/me", headers={"cookie": cookie})
        assert (me.status_code, me.json()) == (200, "ada@takeover.test")
        assert ours.sign_in("ada") == 200
        new = ours.sign_up("bob")

    with reference(postgres_url, "first") as again:
        assert (again.sign_in("ada"), again.sign_in("bob")) == (200, 200)
        assert (again.session(new) or {})["user"]["email"] == "bob@takeover.test"


def test_doctor_finds_the_schema_right(moved: Moved, postgres_url: str) -> None:
    """The printed command, on the tables as the original makes them with more plugins than the page's app has."""
    with reference(postgres_url, "first"):
        pass  # makes the tables
    program, *arguments = code_in(PAGE, "sh")[0].split()

    run = subprocess.run(
        [Path(sys.executable).with_name(program), *arguments, "--json"],
        cwd=moved.folder,
        env=os.environ | dict(moved.environment),
        capture_output=True,
        text=True,
        check=False,
    )

    found = {finding["subject"]: finding["level"] for finding in json.loads(run.stdout)}
    assert (found["schema"], found["database"]) == ("passed", "passed"), run.stdout

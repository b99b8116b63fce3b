"""The official JavaScript client against a live server."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.databases import unavailable
from tests.live_server import live_server

HERE = Path(__file__).resolve().parent


@pytest.mark.rule("client §2", "client §3")
@pytest.mark.slow
def test_official_clients_live_through_a_day(sqlite_url: str) -> None:
    """Signing up, in and out, reading and changing work with the pinned and a newer client."""
    if not (HERE / "node_modules").is_dir():
        unavailable("the Node packages of tests/js are missing: run `make install`")

    with live_server("tests.js.app:app", {"DATABASE_URL": sqlite_url}) as base_url:
        run = subprocess.run(
            ["node", "--test", "client.test.mjs"],
            cwd=HERE,
            env=os.environ | {"BASE_URL": base_url},
            capture_output=True,
            text=True,
            check=False,
        )

    assert run.returncode == 0, run.stdout + run.stderr

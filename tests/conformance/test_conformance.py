"""What the official client sees is what the reference shows it."""

import subprocess
import sys

import pytest

from scripts.conformance import HARNESS, ROOT
from tests.databases import DATABASE_KINDS, DatabaseKind, required, unavailable

SERVERS: dict[DatabaseKind, str] = {"postgres": "TEST_POSTGRES_URL", "mariadb": "TEST_MARIADB_URL"}


@pytest.mark.slow
@pytest.mark.parametrize("kind", DATABASE_KINDS)
@pytest.mark.parametrize("variant", ["core", "core-strict"])
def test_every_step_is_identical(variant: str, kind: DatabaseKind) -> None:
    """Every step of the scenarios gives the client the reference's answer, on each database."""
    if not (HARNESS / "node_modules").is_dir():
        unavailable("the Node packages of tests/conformance are missing: run `make install`")
    if kind in SERVERS:
        required(SERVERS[kind])

    command = [sys.executable, "-m", "scripts.conformance", "--variant", variant, "--database", kind]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stdout + run.stderr

"""What the official client sees is what the reference shows it."""

import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from scripts.conformance import HARNESS, ROOT, Variant, compare, judge
from tests.databases import DATABASE_KINDS, DatabaseKind, fresh_database, required, unavailable

SERVERS: dict[DatabaseKind, str] = {"postgres": "TEST_POSTGRES_URL", "mariadb": "TEST_MARIADB_URL"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variant", "kind"),
    [
        *product(["core", "core-strict"], DATABASE_KINDS),
        *product(["first", "social"], ["sqlite", "postgres"]),
        *product(["cookie-cache-compact", "cookie-cache-jwt", "cookie-cache-jwe"], ["sqlite"]),
    ],
)
def test_every_step_is_identical(variant: str, kind: DatabaseKind) -> None:
    """Every step of the scenarios gives the client the reference's answer, on each database."""
    if not (HARNESS / "node_modules").is_dir():
        unavailable("the Node packages of tests/conformance are missing: run `make install`")
    if kind in SERVERS:
        required(SERVERS[kind])

    command = [sys.executable, "-m", "scripts.conformance", "--variant", variant, "--database", kind]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.slow
@pytest.mark.rule("security-ratelimit-hooks §4")
def test_limits_are_identical(tmp_path: Path) -> None:
    """Without plugins, every step of the rate limiter's scenario but the one that signs in with a user name."""
    if not (HARNESS / "node_modules").is_dir():
        unavailable("the Node packages of tests/conformance are missing: run `make install`")

    with fresh_database("sqlite", tmp_path) as url:
        variant = Variant(name="rate-limit", profile="core", flags=("--rate-limit",))
        score, lines = judge(variant, compare(variant, url, tmp_path, None))

    different = [line.strip() for line in lines if line.startswith("  step")]
    assert different == ['step 6 "same rule, other path has its own count"']
    assert score.identical + score.accepted == score.steps - 1


@pytest.mark.slow
@pytest.mark.rule("sessions §7", "database §6")
@pytest.mark.parametrize("profile", ["core"])
def test_sessions_in_redis_make_no_difference(tmp_path: Path, redis_url: str, profile: str) -> None:
    """With sessions and verifications in Redis alone, every step gives the client the same answers."""
    if not (HARNESS / "node_modules").is_dir():
        unavailable("the Node packages of tests/conformance are missing: run `make install`")

    with fresh_database("sqlite", tmp_path) as url:
        variant = Variant(name=profile, profile=profile, flags=("--redis", redis_url))
        score, lines = judge(variant, compare(variant, url, tmp_path, None))

    assert score.is_full, "\n".join(lines)

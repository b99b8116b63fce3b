"""Throws generated requests at every endpoint: no 5xx, no undocumented status, no undocumented media type.

    python -m scripts.fuzz [--requests 20000]

Prints how many requests were made; exit code 1 when an answer broke its promise.
"""

import argparse
import json
import math
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import httpx2

from tests.live_server import live_server

CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance"
PER_EXAMPLE = 30
"""About how many requests a run makes for each example of ``--max-examples``: one per operation."""


def main() -> int:
    """Fuzz until enough requests were made."""
    parser = argparse.ArgumentParser(prog="python -m scripts.fuzz")
    parser.add_argument("--requests", type=int, default=20_000)
    wanted = parser.parse_args().requests
    made, seed = 0, 1
    while made < wanted:
        examples = max(5, math.ceil((wanted - made) / PER_EXAMPLE))
        count, code = fuzz(min(examples, 1000), seed)
        made, seed = made + count, seed + 1
        if code:
            return code
    print(f"{made} requests, no broken promise")
    return 0


def fuzz(examples: int, seed: int) -> tuple[int, int]:
    """One run on a fresh database. Returns: requests made, and schemathesis' exit code."""
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite+aiosqlite:///{folder}/fuzz.db"
        with live_server("tests.fuzz.app:app", {"DATABASE_URL": database}) as base:
            report = Path(folder) / "report.ndjson"
            schema = Path(folder) / "openapi.json"
            schema.write_text(json.dumps(_strict(httpx2.get(f"{base}/openapi.json").json())))
            command = [sys.executable, "-m", "schemathesis.cli", "run", str(schema), "--url", base, "--checks", CHECKS]
            command += ["--max-examples", str(examples), "--seed", str(seed), "--phases", "examples,coverage,fuzzing"]
            command += ["--header", f"Cookie:{_session(base)}", "--header", f"Origin:{base}"]
            command += ["--report-ndjson-path", str(report), "--no-color", "--continue-on-failure"]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                print(done.stdout[-8000:], done.stderr[-2000:], sep="\n")
            return _count(report), done.returncode


def _strict(document: dict[str, Any]) -> dict[str, Any]:
    """Leave out the catch-all answer, so that every status must be named."""
    for entry in document["paths"].values():
        for operation in entry.values():
            operation["responses"].pop("default", None)
    return document


def _session(base: str) -> str:
    body = {"name": "Fuzz", "email": "fuzz@fuzz.test", "password": "correct horse battery"}
    answer = httpx2.post(f"{base}/api/auth/sign-up/email", json=body)
    answer.raise_for_status()
    return str(answer.headers["set-cookie"]).split(";")[0]


def _count(report: Path) -> int:
    """Count the requests in a report."""
    total = 0
    for line in report.read_text().splitlines():
        scenario = json.loads(line).get("ScenarioFinished")
        if scenario is not None:
            total += len(scenario.get("recorder", {}).get("interactions", {}))
    return total


if __name__ == "__main__":
    sys.exit(main())

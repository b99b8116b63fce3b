"""Runs the official client's scenarios against our conformance server and compares with the reference.

    python -m scripts.conformance                                     # every built variant, on SQLite
    python -m scripts.conformance --variant core --database all       # one variant, on every database

The addresses of PostgreSQL and MariaDB come from `scripts/services.py`. Exit code 0 only if every step of
every chosen variant is identical, or its differences are listed in `tests/conformance/accepted.json`:

    [{"variant": "core", "scenario": "…", "step": "the step's label", "at": "…", "reason": "…"}]
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.services import free_port
from tests.databases import DATABASE_KINDS, DatabaseKind, fresh_database

ROOT = Path(__file__).resolve().parent.parent
HARNESS = ROOT / "tests" / "conformance"
ACCEPTED = HARNESS / "accepted.json"
ANYWHERE = "*"
"""Accepts all differences of a step: what comes after one that is accepted."""
NOT_BUILT = 2
START_TIMEOUT = 60.0
SHOWN_DIFFERENCES = 6
SHOWN_LENGTH = 160


class NotBuiltError(Exception):
    """The server says that it does not offer this variant yet."""


class RunError(Exception):
    """The server or the driver broke down."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Variant:
    """One way in which the server is configured."""

    name: str
    profile: str
    flags: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """How a variant compares."""

    identical: int
    accepted: int
    steps: int

    @property
    def is_full(self) -> bool:
        """Whether nothing differs that is not accepted."""
        return self.steps > 0 and self.identical + self.accepted == self.steps

    def __str__(self) -> str:
        note = f" ({self.accepted} differences accepted)" if self.accepted else ""
        return f"{self.identical}/{self.steps} steps identical{note}"


def variants() -> dict[str, Variant]:
    """All variants, from the driver's own list."""
    script = "import('./lib/variants.mjs').then(m => console.log(JSON.stringify(m.VARIANTS)))"
    listed: dict[str, Any] = json.loads(_node("--eval", script))
    return {
        name: Variant(name=name, profile=entry["profile"], flags=tuple(entry["flags"]))
        for name, entry in listed.items()
    }


@contextmanager
def serving(variant: Variant, database_url: str, idp_port: int, stripe_port: int) -> Iterator[str]:
    """Our server, configured for a variant; yields its base URL.

    Raises: NotBuiltError, RunError.
    """
    port = free_port()
    command = [sys.executable, "-m", "tests.conformance.server", "--port", str(port)]
    command += ["--profile", variant.profile, "--database-url", database_url, *variant.flags]
    command += ["--idp", f"http://127.0.0.1:{idp_port}/.well-known/openid-configuration"]
    command += ["--stripe", f"http://127.0.0.1:{stripe_port}"]
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        try:
            base_url = f"http://127.0.0.1:{port}"
            _wait_until_up(process, f"{base_url}/__test/info")
            yield base_url
        except RunError as error:
            log.seek(0)
            said = log.read()[-4000:].strip()
            if process.poll() == NOT_BUILT:
                raise NotBuiltError(said.splitlines()[-1] if said else "not built") from None
            raise RunError(f"{error}\n{said}") from None
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def compare(variant: Variant, database_url: str, folder: Path, only: str | None) -> list[dict[str, Any]]:
    """Drive our server through a variant's scenarios; the driver's report, one entry per scenario."""
    idp_port, stripe_port = free_port(), free_port()
    transcript = folder / f"{variant.name}.json"
    selection = ("--only", only) if only else ()
    with serving(variant, database_url, idp_port, stripe_port) as base_url:
        ports = ("--idp-port", str(idp_port), "--stripe-port", str(stripe_port))
        where = ("--base-url", base_url, "--variant", variant.name, "--out", str(transcript))
        _node("run.mjs", *where, *ports, *selection)
    golden = HARNESS / "golden" / f"{variant.name}.json"
    report: list[dict[str, Any]] = json.loads(
        _node("compare.mjs", str(golden), str(transcript), "--json", *selection, may_differ=True)
    )
    return report


def judge(variant: Variant, report: list[dict[str, Any]]) -> tuple[Score, list[str]]:
    """Count the steps, and describe each difference that is not accepted."""
    accepted = _accepted(variant)
    identical = forgiven = steps = 0
    lines: list[str] = []
    for scenario in report:
        described: list[str] = []
        for step in scenario["steps"]:
            steps += 1
            differences = step["differences"]
            here = (scenario["name"], step.get("label"))
            rest = [d for d in differences if not accepted & {(*here, d["at"]), (*here, ANYWHERE)}]
            identical += not differences
            forgiven += bool(differences) and not rest
            described += _describe(step, rest) if rest else []
        if described:
            stopped = [f"     stopped early: {scenario['failure']}"] if scenario.get("failure") else []
            lines += [f"DIFF {scenario['name']}", *stopped, *described]
    return Score(identical=identical, accepted=forgiven, steps=steps), lines


def run(variant: Variant, kind: DatabaseKind, only: str | None = None) -> Score:
    """Compare one variant on one database, printing what differs."""
    with tempfile.TemporaryDirectory() as name, fresh_database(kind, Path(name)) as database_url:
        score, lines = judge(variant, compare(variant, database_url, Path(name), only))
    for line in lines:
        print(line)
    print(f"{variant.name} on {kind}: {score}", flush=True)
    return score


def main() -> int:
    """Read the command line, run, sum up."""
    parser = argparse.ArgumentParser(description="Compare with the reference.")
    parser.add_argument("--variant", action="append", help="only this one; must be built (repeatable)")
    parser.add_argument("--database", choices=[*DATABASE_KINDS, "all"], default="sqlite")
    parser.add_argument("--only", help="only scenarios with this in their name")
    arguments = parser.parse_args()

    offered = variants()
    if unknown := set(arguments.variant or ()) - offered.keys():
        parser.error(f"no such variant: {', '.join(sorted(unknown))}")
    kinds: Sequence[DatabaseKind] = DATABASE_KINDS if arguments.database == "all" else [arguments.database]
    scores: list[Score] = []
    failed = False
    for name in arguments.variant or offered:
        try:
            scores += [run(offered[name], kind, arguments.only) for kind in kinds]
        except NotBuiltError as error:
            print(f"{name}: not built ({error})", flush=True)
            failed |= bool(arguments.variant)
        except RunError as error:
            print(f"{name}: broke down: {error}", flush=True)
            failed = True
    return 0 if scores and not failed and all(score.is_full for score in scores) else 1


def _accepted(variant: Variant) -> set[tuple[str, str, str]]:
    if not ACCEPTED.is_file():
        return set()
    entries = json.loads(ACCEPTED.read_text())
    return {(e["scenario"], e["step"], e["at"]) for e in entries if e["variant"] == variant.name}


def _describe(step: dict[str, Any], differences: list[dict[str, Any]]) -> Iterator[str]:
    yield f'  step {step["index"] + 1} "{step.get("label")}"'
    for difference in differences[:SHOWN_DIFFERENCES]:
        expected, got = (_short(difference, side) for side in ("reference", "candidate"))
        yield f"    {difference['at']}: expected {expected}, got {got}"
    if (more := len(differences) - SHOWN_DIFFERENCES) > 0:
        yield f"    and {more} more"


def _short(difference: dict[str, Any], side: str) -> str:
    text = json.dumps(difference[side], ensure_ascii=False) if side in difference else "(absent)"
    return text if len(text) <= SHOWN_LENGTH else f"{text[: SHOWN_LENGTH - 3]}..."


def _node(*arguments: str, may_differ: bool = False) -> str:
    done = subprocess.run(["node", *arguments], cwd=HARNESS, capture_output=True, text=True, check=False)
    if done.returncode != 0 and not (may_differ and done.stdout):
        raise RunError(f"node {arguments[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def _wait_until_up(process: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RunError(f"the server ended with code {process.returncode}")
        with suppress(OSError), urllib.request.urlopen(url, timeout=2):
            return
        time.sleep(0.05)
    raise RunError(f"the server did not answer at {url}")


if __name__ == "__main__":
    sys.exit(main())

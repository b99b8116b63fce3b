"""Compares, in interleaved rounds: guards, ways of keeping sessions, and a dead mail server with none.

    python -m benchmarks [--rounds 5] [--seconds 4] [--json FILE]

Every number is a median of its rounds; the ratios are what to read.
"""

import argparse
import compileall
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import mail
from benchmarks.load import Measure, measure, posting
from benchmarks.servers import serving, session_cookie

_SIGN_INS = 8


@dataclass(frozen=True)
class Row:
    """One comparison."""

    name: str
    ours: float
    theirs: float
    ratio: float
    target: str


@dataclass(frozen=True)
class Store:
    """A way of keeping sessions, and how the app under measurement is told."""

    name: str
    environment: dict[str, str]


STORES = (
    Store("cookie cache compact", {"COOKIE_CACHE": "compact"}),
    Store("cookie cache jwt", {"COOKIE_CACHE": "jwt"}),
    Store("cookie cache jwe", {"COOKIE_CACHE": "jwe"}),
    Store("sessions in Redis", {"REDIS_URL": "TEST_REDIS_URL"}),
)


def main() -> None:
    """Measure, print, and write JSON if asked to."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    database = os.environ.get("DATABASE_URL") or os.environ["TEST_POSTGRES_URL"]
    with serving("benchmarks.app:app", database) as ours, serving("benchmarks.bare:app", database) as bare:
        rows = compare(ours, bare, given.rounds, given.seconds)
    rows += [stored(store, database, given.rounds, given.seconds) for store in STORES]
    rows.append(imports(given.rounds))
    for row in rows:
        print(f"{row.name:<44} ours {row.ours:>10.1f}  other {row.theirs:>10.1f}  ratio {row.ratio:.2f}  {row.target}")
    print("mail by a server that says nothing, against none:")
    for delay in mail.compare(database, given.rounds * 8):
        print(delay)
    if given.json is not None:
        given.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


def compare(ours: str, bare: str, rounds: int, seconds: int) -> list[Row]:
    """Measure both servers round by round, so that a noisy moment hits both."""
    cookie = session_cookie(ours)

    def guard(connections: int) -> tuple[float, float]:
        return _interleaved(
            rounds,
            lambda: measure(f"{ours}/me", connections=connections, seconds=seconds, cookie=cookie).requests_per_second,
            lambda: measure(f"{bare}/me", connections=connections, seconds=seconds, cookie=cookie).requests_per_second,
        )

    public = _interleaved(
        rounds,
        lambda: measure(f"{ours}/public", connections=32, seconds=seconds).requests_per_second,
        lambda: measure(f"{bare}/public", connections=32, seconds=seconds).requests_per_second,
    )
    tail = _interleaved(rounds, lambda: _while_signing_in(ours, seconds).p99, lambda: _idle(ours, seconds).p99)
    return [
        _row("guard, 32 connections, req/s", *guard(32), "target >= 0.90"),
        _row("guard, 1 connection, req/s", *guard(1), "target >= 0.75"),
        _row("unguarded route with our router, req/s", *public, "target >= 0.95"),
        _row(f"/public p99 during {_SIGN_INS} sign-ins, ms", *tail, "target <= 3"),
    ]


def stored(store: Store, database: str, rounds: int, seconds: int) -> Row:
    """Compare our guard, with sessions kept in another way, with the same guard reading the database."""
    environment = {name: os.environ.get(value, value) for name, value in store.environment.items()}
    with serving("benchmarks.app:app", database, environment) as ours, serving("benchmarks.app:app", database) as plain:
        names = [f"{word}-{store.name.replace(' ', '-')}" for word in ("kept", "read")]
        cookies = session_cookie(ours, names[0]), session_cookie(plain, names[1])
        rates = _interleaved(
            rounds,
            lambda: measure(f"{ours}/me", connections=32, seconds=seconds, cookie=cookies[0]).requests_per_second,
            lambda: measure(f"{plain}/me", connections=32, seconds=seconds, cookie=cookies[1]).requests_per_second,
        )
    return _row(f"guard, {store.name}, req/s", *rates, "against the database")


def imports(rounds: int) -> Row:
    """Compare the time of importing us with that of importing FastAPI and SQLModel."""
    ours, theirs = _interleaved(
        rounds * 2, lambda: _import_time("fastapi_betterauth"), lambda: _import_time("fastapi, sqlmodel")
    )
    return _row("import, ms", ours, theirs, "target <= 1.3")


def _interleaved(rounds: int, ours: Callable[[], float], theirs: Callable[[], float]) -> tuple[float, float]:
    pairs = [(ours(), theirs()) for _ in range(rounds)]
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs)


def _row(name: str, ours: float, theirs: float, target: str) -> Row:
    return Row(name, round(ours, 2), round(theirs, 2), round(ours / theirs, 3) if theirs else 0.0, target)


def _idle(base: str, seconds: int) -> Measure:
    return measure(f"{base}/public", connections=_SIGN_INS, seconds=seconds)


def _while_signing_in(base: str, seconds: int) -> Measure:
    """Measure an unguarded route while people sign in without pause."""
    body = {"email": "bench@bench.test", "password": "correct horse battery"}
    sign_in = f"{base}/api/auth/sign-in/email"
    with posting(sign_in, body, base, connections=_SIGN_INS, seconds=seconds + 1):
        return _idle(base, seconds)


def _import_time(modules: str) -> float:
    compileall.compile_dir("fastapi_betterauth", quiet=1)
    code = f"import time; t = time.perf_counter(); import {modules}; print((time.perf_counter() - t) * 1000)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(out.stdout)


if __name__ == "__main__":
    main()

"""Load on one URL, by wrk."""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True, slots=True)
class Measure:
    """What one round showed."""

    requests_per_second: float
    p50: float
    """In milliseconds."""
    p99: float
    """In milliseconds."""


def measure(url: str, *, connections: int, seconds: int, cookie: str | None = None) -> Measure:
    """Ask for a URL as fast as it answers.

    Raises: RuntimeError: wrk is not installed, or an answer was not a success.
    """
    command = [*_wrk(connections, seconds), "--latency"]
    if cookie is not None:
        command += ["-H", f"Cookie: {cookie}"]
    out = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    _require_success(url, out)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
    if rate is None:
        raise RuntimeError(out)
    return Measure(float(rate[1]), _percentile(out, 50), _percentile(out, 99))


@contextmanager
def posting(url: str, body: Mapping[str, str], origin: str, *, connections: int, seconds: int) -> Iterator[None]:
    """Post a JSON body on so many connections without a pause while the block runs, at most so many seconds.

    By wrk as well: a client written in Python takes a core from those whose tail is measured.

    Raises: RuntimeError: an answer was not a success.
    """
    lines = [
        'wrk.method = "POST"',
        f"wrk.body = {json.dumps(json.dumps(body))}",
        'wrk.headers["Content-Type"] = "application/json"',
        f'wrk.headers["Origin"] = "{origin}"',
    ]
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder, "post.lua")
        script.write_text("\n".join(lines))
        command = [*_wrk(connections, seconds), "-s", str(script), url]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            yield
        finally:
            out, _ = process.communicate()
    _require_success(url, out)


def _wrk(connections: int, seconds: int) -> list[str]:
    if shutil.which("wrk") is None:
        raise RuntimeError("install wrk first: apt-get install wrk")
    return ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s"]


def _require_success(url: str, out: str) -> None:
    if "Non-2xx" in out or "Socket errors" in out:
        raise RuntimeError(f"{url} did not answer well:\n{out}")


def _percentile(out: str, which: int) -> float:
    found = re.search(rf"\s{which}%\s+([\d.]+)(us|ms|s)", out)
    return float(found[1]) * _UNITS[found[2]] if found else 0.0

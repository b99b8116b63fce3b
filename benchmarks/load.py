"""Load on one URL, by wrk."""

import re
import shutil
import subprocess
from dataclasses import dataclass

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
    if shutil.which("wrk") is None:
        raise RuntimeError("install wrk first: apt-get install wrk")
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    if cookie is not None:
        command += ["-H", f"Cookie: {cookie}"]
    out = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in out or "Socket errors" in out:
        raise RuntimeError(f"{url} did not answer well:\n{out}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", out)
    if rate is None:
        raise RuntimeError(out)
    return Measure(float(rate[1]), _percentile(out, 50), _percentile(out, 99))


def _percentile(out: str, which: int) -> float:
    found = re.search(rf"\s{which}%\s+([\d.]+)(us|ms|s)", out)
    return float(found[1]) * _UNITS[found[2]] if found else 0.0

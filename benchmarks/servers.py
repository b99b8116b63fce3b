"""Servers under measurement, each in a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import httpx2

from scripts.services import free_port

SECRET = "5d0f2a8b6c3e9174d0b7a6f5e4c3d2b1a09f8e7d6c5b4a39281706f5e4d3c2b1"
_START_TIMEOUT = 30.0


@contextmanager
def serving(app: str, database_url: str, extra: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serve an app with one worker on uvloop and httptools; yields its base URL."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    environment = {"DATABASE_URL": database_url, "BETTER_AUTH_SECRET": SECRET, "BASE_URL": base, **(extra or {})}
    command = [sys.executable, "-m", "uvicorn", app, "--port", str(port), "--log-level", "error"]
    command += ["--loop", "uvloop", "--http", "httptools"]
    process = subprocess.Popen(command, env=os.environ | environment)
    try:
        _wait(f"{base}/public", process)
        yield base
    finally:
        process.terminate()
        process.wait(10)


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx2.get(url).status_code == 200:  # noqa: PLR2004
                return
        except httpx2.TransportError:
            time.sleep(0.05)
    raise RuntimeError(f"{url} does not answer")


def session_cookie(base: str, name: str = "bench") -> str:
    """Sign somebody up; returns the Cookie header of their session."""
    body = {"name": name, "email": f"{name}@bench.test", "password": "correct horse battery"}
    answer = httpx2.post(f"{base}/api/auth/sign-up/email", json=body, timeout=30)
    answer.raise_for_status()
    return "; ".join(line.split(";")[0] for line in answer.headers.get_list("set-cookie"))

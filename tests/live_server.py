"""A real uvicorn in a process of its own, for tests that need a socket."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from scripts.services import free_port

ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT = 30.0


@contextmanager
def live_server(
    app: str,
    environment: Mapping[str, str] | None = None,
    *arguments: str,
    folder: Path = ROOT,
    port: int | None = None,
) -> Iterator[str]:
    """Serve an ASGI app on a free loopback port; yields its base URL, which the app finds in BASE_URL.

    Args:
        app: as uvicorn names it, for example `tests.js.app:app`.
        environment: added to ours.
        arguments: more options for uvicorn.
        folder: where it runs.
        port: if it has to be known before the start.
    """
    port = port or free_port()
    base_url = f"http://127.0.0.1:{port}"
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        app,
        "--port",
        str(port),
        "--log-level",
        "warning",
        *arguments,
    ]
    added = {"BASE_URL": base_url, **(environment or {})}
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | added, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            if not _answers(process, base_url):
                log.seek(0)
                raise RuntimeError(f"{app} did not start:\n{log.read()[-4000:]}")
            try:
                yield base_url
            except Exception as error:
                log.seek(0)
                error.add_note(f"{app} said:\n{log.read()[-4000:]}")
                raise
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            # Workers may outlive their parent, and keep their connections.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _answers(process: "subprocess.Popen[bytes]", base_url: str) -> bool:
    deadline = time.monotonic() + START_TIMEOUT
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(base_url, timeout=2):
                return True
        except urllib.error.HTTPError as answer:
            answer.close()
            return True
        except OSError:
            time.sleep(0.05)
    return False

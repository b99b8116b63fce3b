"""The reference and ours, one after the other on the same PostgreSQL database."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import make_url

from scripts.services import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
REFERENCE = ROOT / "tests" / "conformance" / "reference"
START_TIMEOUT = 30.0


@dataclass
class Server:
    """A running server, as a client without a browser sees it."""

    base: str
    http: httpx2.Client = field(repr=False)

    def call(self, method: str, path: str, body: Any = None, cookie: str | None = None) -> httpx2.Response:
        """One request to an endpoint of the auth routes."""
        headers = {"origin": self.base} | ({"cookie": cookie} if cookie else {})
        return self.http.request(method, f"/api/auth{path}", json=body, headers=headers)

    def sign_up(self, name: str) -> str:
        """Sign somebody up; returns the session cookie as a browser would send it."""
        body = {"name": name, "email": f"{name}@takeover.test", "password": f"password of {name}"}
        answer = self.call("POST", "/sign-up/email", body)
        assert answer.status_code == 200, answer.text
        return str(answer.headers["set-cookie"]).split(";")[0]

    def sign_in(self, name: str, password: str | None = None) -> int:
        """Sign in; returns the status."""
        body = {"email": f"{name}@takeover.test", "password": password or f"password of {name}"}
        return self.call("POST", "/sign-in/email", body).status_code

    def session(self, cookie: str) -> dict[str, Any] | None:
        """Who the server says it is."""
        found: dict[str, Any] | None = self.call("GET", "/get-session", cookie=cookie).json()
        return found

    def mailed_token(self, name: str, kind: str) -> str:
        """The token of the newest mail of a kind."""
        mails = self.http.get("/__test/mailbox", params={"to": f"{name}@takeover.test"}).json()
        return str([mail for mail in mails if mail["kind"] == kind][-1]["token"])


@contextmanager
def reference(database_url: str, profile: str = "core") -> Iterator[Server]:
    """The original server, on this database."""
    port = free_port()
    url = make_url(database_url).set(drivername="postgres").render_as_string(hide_password=False)
    command = ["node", "server.mjs", "--port", str(port), "--profile", profile, "--database-url", url]
    with _running(command, REFERENCE, port) as server:
        yield server


@contextmanager
def ours(database_url: str, profile: str = "core") -> Iterator[Server]:
    """Our server on the same database: camelCase tables, the reference's hashes."""
    port = free_port()
    command = [sys.executable, "-m", "tests.conformance.server", "--port", str(port), "--profile", profile]
    command += ["--database-url", database_url, "--naming", "camelCase", "--hasher", "scrypt", "--keep"]
    with _running(command, ROOT, port) as server:
        yield server


@contextmanager
def _running(command: list[str], folder: Path, port: int) -> Iterator[Server]:
    process = subprocess.Popen(command, cwd=folder, env=os.environ, stdout=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}"
    try:
        with httpx2.Client(base_url=base, timeout=30) as http:
            _wait(http, process)
            yield Server(base, http)
    finally:
        process.terminate()
        process.wait(10)


def _wait(http: httpx2.Client, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if http.get("/api/auth/ok").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.05)
    raise RuntimeError("the server did not start")

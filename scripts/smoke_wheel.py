"""Builds sdist and wheel, installs the wheel into a fresh environment and signs up through the README's first example.

The wheel is built from the sdist, so that nothing comes from elsewhere. The example is cut out of README.md as printed,
so this fails when the README does. Only the core is installed, plus uvicorn to serve it: an extra that sneaks into the
core shows here too.
"""

import http.cookiejar
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import time
import tomllib
import urllib.request
import venv
from contextlib import suppress
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from scripts.services import free_port

ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT = 30.0
EMAIL = "ada@example.test"
TOLD = {
    "License-Expression": "MIT",
    "License-File": "LICENSE",
    "Requires-Python": ">=3.11",
    "Description-Content-Type": "text/markdown",
}
"""Metadata that a registry shows."""

SOURCES = ("CHANGELOG.md", "LICENSE", "README.md", "SECURITY.md", "pyproject.toml", "fastapi_betterauth/py.typed")
"""What the sdist has to hold beside the code."""


class SmokeError(Exception):
    """The wheel is not fit to be published."""


class Browser:
    """A JSON client with a cookie jar, from the standard library."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)

    def get(self, path: str) -> Any:
        """The JSON at a path."""
        return self._open(urllib.request.Request(self._base_url + path))

    def post(self, path: str, body: dict[str, str]) -> Any:
        """The JSON that a path answers to a body."""
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._base_url + path, json.dumps(body).encode(), headers)
        return self._open(request)

    def _open(self, request: urllib.request.Request) -> Any:
        with self._opener.open(request, timeout=10) as response:
            return json.load(response)


def first_example() -> str:
    """The first Python block of the README."""
    found = re.search(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    if found is None:
        raise SmokeError("README.md prints no Python example")
    return found.group(1)


def build(folder: Path) -> Path:
    """Build both archives into a folder, check what they hold. Returns: the wheel."""
    _call(sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT))
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    if lost := [name for name in SOURCES if name not in held]:
        raise SmokeError(f"the sdist lacks {', '.join(lost)}")
    with ZipFile(wheel) as archive:
        names = archive.namelist()
    if "fastapi_betterauth/py.typed" not in names:
        raise SmokeError("the wheel lacks py.typed")
    if strays := sorted({name.split("/")[0] for name in names if not name.startswith("fastapi_better")}):
        raise SmokeError(f"the wheel holds strays: {', '.join(strays)}")
    check_metadata(metadata_of(wheel))
    return wheel


def metadata_of(wheel: Path) -> Message:
    """The wheel's METADATA."""
    with ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def check_metadata(metadata: Message) -> None:
    """Compare what a registry shows with what is so."""
    for field, value in TOLD.items():
        if metadata[field] != value:
            raise SmokeError(f"the wheel's metadata say {field}: {metadata[field]}, not {value}")
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    if lost := set(extras) ^ set(metadata.get_all("Provides-Extra", [])):
        raise SmokeError(f"the wheel's metadata know other extras: {', '.join(sorted(lost))}")
    if f"\n## {metadata['Version']}" not in (ROOT / "CHANGELOG.md").read_text():
        raise SmokeError(f"CHANGELOG.md does not know version {metadata['Version']}")


def packages_of_extras(metadata: Message) -> set[str]:
    """Names of packages that only extras bring."""
    required = [str(line).partition(";") for line in metadata.get_all("Requires-Dist", [])]
    names = {
        marked: {_name(line) for line, _, mark in required if ("extra" in mark) is marked} for marked in (True, False)
    }
    return names[True] - names[False] - {metadata["Name"]}


def install(wheel: Path, folder: Path) -> Path:
    """A fresh environment with the wheel and uvicorn; the path of its Python."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    lock = str(ROOT / "requirements" / "dev.lock")
    _call(str(python), "-m", "pip", "install", "--quiet", "--constraint", lock, str(wheel), "uvicorn")
    listed = json.loads(_call(str(python), "-m", "pip", "list", "--format", "json"))
    if extra := {package["name"].lower() for package in listed} & packages_of_extras(metadata_of(wheel)):
        raise SmokeError(f"the core install brings packages of extras: {', '.join(sorted(extra))}")
    return python


def sign_up(python: Path, folder: Path) -> None:
    """Serve the README's example from an empty folder and sign up through it."""
    (folder / "main.py").write_text(first_example())
    port = free_port()
    with (folder / "server.log").open("wb") as log:
        command = [
            str(python),
            "-W",
            "error::DeprecationWarning:fastapi_betterauth",
            "-m",
            "uvicorn",
            "main:app",
        ]
        server = subprocess.Popen([*command, "--port", str(port)], cwd=folder, env=_clean(), stdout=log, stderr=log)
        try:
            _use(server, Browser(f"http://127.0.0.1:{port}"))
        except (OSError, SmokeError) as error:
            said = (folder / "server.log").read_text(errors="replace")[-3000:]
            raise SmokeError(f"{error}\n{said}") from error
        finally:
            server.terminate()
            server.wait()


def main() -> int:
    """Build, install, sign up."""
    try:
        with tempfile.TemporaryDirectory(prefix="smoke-") as name:
            folder = Path(name)
            wheel = build(folder / "dist")
            python = install(wheel, folder / "venv")
            (folder / "app").mkdir()
            sign_up(python, folder / "app")
    except SmokeError as error:
        print(f"wheel: {error}", file=sys.stderr)
        return 1
    print(f"wheel: {wheel.name} installs, and the README's first example signs up")
    return 0


def _name(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    return found[0].lower() if found else requirement


def _use(server: "subprocess.Popen[bytes]", browser: Browser) -> None:
    _wait(server, browser)
    person = {"name": "Ada", "email": EMAIL, "password": "correct horse battery"}
    browser.post("/api/auth/sign-up/email", person)
    session = browser.get("/api/auth/get-session")
    if session is None or session["user"]["email"] != EMAIL:
        raise SmokeError(f"the session does not name the new user: {session}")


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}


def _wait(server: "subprocess.Popen[bytes]", browser: Browser) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while server.poll() is None and time.monotonic() < deadline:
        with suppress(OSError):
            browser.get("/openapi.json")
            return
        time.sleep(0.1)
    raise SmokeError("the README's example does not start")


def _call(*command: str) -> str:
    done = subprocess.run(command, env=_clean(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SmokeError(f"{' '.join(command[:4])} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())

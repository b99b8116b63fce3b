"""What the README prints works as printed; only the port is another."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from scripts.services import free_port
from tests.databases import unavailable
from tests.docs.blocks import README, code_in
from tests.live_server import live_server

PRINTED = "http://127.0.0.1:8000"
JS_TESTS = README.parent / "tests" / "js"

pytestmark = pytest.mark.slow


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """The README's Python blocks as one file, served from a folder; yields the base URL."""
    port = free_port()
    base_url = f"http://127.0.0.1:{port}"
    (folder / "main.py").write_text("\n\n".join(code_in(README, "python")).replace(PRINTED, base_url))
    with live_server("main:app", folder=folder, port=port) as served:
        assert served == base_url
        yield base_url


@pytest.fixture
def base_url(tmp_path: Path) -> Iterator[str]:
    """The README's app, alive."""
    with _served(tmp_path) as url:
        yield url


def _sh(number: int, base_url: str, folder: Path) -> str:
    """Run one of the README's shell blocks; a refusal by the server is a failure."""
    (folder / ".curlrc").write_text("silent\nshow-error\nfail-with-body\nwrite-out = \\n\n")
    script = code_in(README, "sh")[number].replace(PRINTED, base_url)
    environment = os.environ | {"CURL_HOME": str(folder)}
    run = subprocess.run(
        ["bash", "-euc", script], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


def test_curl_signs_up_out_and_in(base_url: str, tmp_path: Path) -> None:
    """The shell commands are answered as the text says."""
    lines = _sh(1, base_url, tmp_path).splitlines()

    assert '"email":"ada@example.com"' in lines[0]
    assert lines[1] == '"ada@example.com"'
    assert lines[2] == '{"success":true}'
    assert '"redirect":false' in lines[3]


def test_guards_refuse_as_the_comment_says(base_url: str) -> None:
    """The guarded route of the second block is a 401, then a 403, with the codes in its comment."""
    person = {"name": "Ada", "email": "ada@example.com", "password": "correct horse"}
    with httpx2.Client(base_url=base_url) as client:
        stranger = client.delete("/projects/moon")
        client.post("/api/auth/sign-up/email", json=person).raise_for_status()
        unverified = client.delete("/projects/moon")

    assert (stranger.status_code, stranger.json()["detail"]["code"]) == (401, "UNAUTHORIZED")
    assert (unverified.status_code, unverified.json()["detail"]["code"]) == (403, "EMAIL_NOT_VERIFIED")


def test_docs_show_what_the_readme_promises(base_url: str) -> None:
    """The OpenAPI document lists the endpoints of authentication beside the app's own."""
    paths = httpx2.get(f"{base_url}/openapi.json").json()["paths"]

    assert {"/api/auth/sign-up/email", "/api/auth/sign-in/email", "/api/auth/get-session", "/me"} <= set(paths)


def test_official_client_signs_in(base_url: str, tmp_path: Path) -> None:
    """The JavaScript runs against the app, with cookies kept as a browser keeps them."""
    if not (JS_TESTS / "node_modules").is_dir():
        unavailable("the Node packages of tests/js are missing: run `make install`")
    person = {"name": "Ada", "email": "ada@example.com", "password": "correct horse"}
    httpx2.post(f"{base_url}/api/auth/sign-up/email", json=person).raise_for_status()
    browser = JS_TESTS / "browser.mjs"
    (tmp_path / "node_modules").symlink_to(JS_TESTS / "node_modules")
    (tmp_path / "browser.mjs").write_text(
        f'import {{ browserFetch }} from "{browser.as_uri()}";\nglobalThis.fetch = browserFetch("{base_url}");\n'
    )
    (tmp_path / "page.mjs").write_text(code_in(README, "js")[0].replace(PRINTED, base_url))

    command = ["node", "--import", "./browser.mjs", "page.mjs"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)

    assert (run.stdout.strip(), run.returncode) == ("Ada", 0), run.stderr


def test_readme_names_the_tasks_of_the_makefile() -> None:
    """Both commands of the last block exist."""
    makefile = (README.parent / "Makefile").read_text()

    commands = [line.split("#")[0].split() for line in code_in(README, "sh")[2].splitlines()]

    assert [command[0] for command in commands] == ["make", "make"]
    assert all(f"\n{command[1]}:" in makefile for command in commands)


def test_readme_is_one_screen() -> None:
    """It stays short: what is longer belongs to docs/."""
    assert len(README.read_text().splitlines()) <= 90

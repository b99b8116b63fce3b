"""The Python that docs/ prints runs, and its pages tell everything there is to set."""

import dataclasses
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import griffe
import pytest

import fastapi_betterauth
from fastapi_betterauth import BetterAuth
from tests.docs.blocks import PAGES, blocks_of, programs_of
from tests.docs.typed import GROUP, check_types

EXECUTED = frozenset(
    {
        "client.md",
        "guards.md",
        "hooks.md",
        "index.md",
        "mail.md",
        "rate-limits.md",
        "security.md",
        "sessions.md",
        "social.md",
        "tables.md",
        "plugins/admin.md",
        "plugins/anonymous.md",
        "plugins/bearer.md",
        "plugins/email-otp.md",
        "plugins/generic-oauth.md",
        "plugins/index.md",
        "plugins/magic-link.md",
        "plugins/multi-session.md",
        "plugins/open-api.md",
        "plugins/two-factor.md",
        "plugins/username.md",
    }
)
"""Pages whose Python is run, each program in an empty folder."""

EXCUSED = {
    ("client.md", "js"): "the README prints the same calls, and tests/js runs both versions of the client",
    ("client.md", "sh"): "the README prints the same command, and its test runs it",
    ("tables.md", "sh"): "tests/cli runs both commands",
    ("testing.md", "python"): "a project, whose tests tests/docs/test_testing.py runs",
    ("testing.md", "sh"): "installs the package; `make wheel` does",
    ("index.md", "sh"): "installs the package; `make wheel` does",
    ("architecture.md", "text"): "a drawing",
    ("migrating-from-better-auth.md", "python"): "tests/migrating serves a database of the original server by it",
    ("migrating-from-better-auth.md", "sh"): "tests/migrating runs the command",
    ("migrating-from-fastapi-users.md", "python"): "tests/migrating runs it over a database of fastapi-users",
    ("migrating-from-fastapi-users.md", "sh"): "tests/migrating runs both commands",
    ("plugins/own.md", "python"): "a file of the example app, whose tests run it",
}
"""Languages of a page that are not run, with the reason."""

SPEAK_FOR_THEMSELVES = frozenset({"Caller", "CookieAttributesOverride", "DatabaseHooks", "ErrorPage", "TableHooks"})
"""Objects whose fields are named as CSS, cookies, tables and HTTP name them."""

RUN = """\
import asyncio, main, httpx2

async def live():
    app, job = getattr(main, "app", None), getattr(main, "main", None)
    if app is None:
        await job() if job else None
        await main.auth.close() if hasattr(main, "auth") else None
        return
    async with app.router.lifespan_context(app):
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1:8000") as client:
            (await client.get("/openapi.json")).raise_for_status()
            (await client.get("/api/auth/ok")).raise_for_status()
        await job() if job else None

asyncio.run(live())
"""


def _name(page: Path) -> str:
    return page.relative_to(PAGES).as_posix()


_PROGRAMS = [
    pytest.param(program, id=f"{_name(page).removesuffix('.md').replace('/', '-')}-{number}")
    for page in sorted(PAGES.rglob("*.md"))
    if _name(page) in EXECUTED
    for number, program in enumerate(programs_of(page), 1)
]


def _run(folder: Path, *arguments: str) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BETTER_AUTH")}
    command = [sys.executable, *arguments]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.slow
@pytest.mark.parametrize("program", _PROGRAMS)
def test_program_runs(program: str, tmp_path: Path) -> None:
    """It starts, serves its OpenAPI document, and its own checks hold."""
    (tmp_path / "main.py").write_text(program)

    _run(tmp_path, "-c", RUN)


@pytest.mark.slow
@pytest.mark.xdist_group(GROUP)
def test_programs_satisfy_the_type_checker(tmp_path: Path) -> None:
    """Who pastes them gets no complaint from mypy in strict mode."""
    for parameters in _PROGRAMS:
        (program,) = parameters.values
        (tmp_path / f"{str(parameters.id).replace('-', '_')}.py").write_text(str(program))

    check_types(tmp_path)


def test_every_page_with_code_is_executed_or_excused() -> None:
    """Code that nothing runs does not slip in, and no excuse outlives its code."""
    printed = {(_name(page), block.language) for page in PAGES.rglob("*.md") for block in blocks_of(page)}
    run = {(name, "python") for name in EXECUTED}

    assert printed == run | set(EXCUSED)


def test_options_page_names_every_public_option_object() -> None:
    """Each frozen, keyword-only object that a host may build has its place on the page."""
    page = (PAGES / "options.md").read_text()

    assert [name for name in _option_objects() if f"::: fastapi_betterauth.{name}\n" not in page] == []


def test_every_field_of_an_option_object_is_described() -> None:
    """The page is made of docstrings, so each field has one."""
    package = griffe.load("fastapi_betterauth")
    silent = [
        f"{name}.{field.name}"
        for name in _option_objects()
        if name not in SPEAK_FOR_THEMSELVES
        for field in dataclasses.fields(getattr(fastapi_betterauth, name))
        if not package[name].members[field.name].docstring
    ]

    assert silent == []


def test_every_argument_of_an_instance_is_described() -> None:
    """The class's own docstring lists them all, in their order."""
    described = re.findall(r"^    (\w+): ", inspect.getdoc(BetterAuth) or "", re.MULTILINE)

    assert described == list(inspect.signature(BetterAuth).parameters)


def _option_objects() -> list[str]:
    return [name for name in fastapi_betterauth.__all__ if _is_option_object(getattr(fastapi_betterauth, name))]


def _is_option_object(kind: object) -> bool:
    return dataclasses.is_dataclass(kind) and all(field.kw_only for field in dataclasses.fields(kind))

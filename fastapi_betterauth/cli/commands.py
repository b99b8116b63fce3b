"""The commands. Each says what it did, or what to do."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from alembic.config import Config
from alembic.util import CommandError
from rich.table import Table

from fastapi_betterauth.pipeline.clean_up import Removed

from . import environment, revisions
from .checks import Level, examine
from .console import done, err, fail, note, out
from .facts import facts_of
from .loading import load

app = typer.Typer(
    name="fastapi-betterauth",
    help="Accounts for FastAPI: tables, secrets, and a look at what production needs.",
    no_args_is_help=True,
    add_completion=False,
)
App = Annotated[str, typer.Option("--app", envvar="BETTER_AUTH_APP", help="Your instance, as module:name.")]
T = TypeVar("T")

_SIGNS = {Level.PASSED: "[bold green]✓[/]", Level.WARNED: "[bold yellow]![/]", Level.FAILED: "[bold red]✗[/]"}


@app.command()
def secret() -> None:
    """Print a new secret, for BETTER_AUTH_SECRET."""
    typer.echo(secrets.token_urlsafe(48))


@app.command()
def init(app: App) -> None:
    """Make an Alembic environment for the app, where there is none."""
    folder = Path.cwd()
    if environment.find(folder) is not None:
        done("there is an Alembic environment already")
        note("If env.py is your own, pass render_item=fastapi_betterauth.migrations.render_item to context.configure.")
        return
    load(app)
    for path in environment.make(folder, app):
        done(f"wrote {path.relative_to(folder)}")
    note(f"Next: fastapi-betterauth generate --app {app}")


@app.command()
def generate(
    app: App,
    message: Annotated[str, typer.Option("--message", "-m", help="What the revision is about.")] = "accounts",
) -> None:
    """Write a revision with what the database lacks; nothing is changed yet."""
    load(app)
    config = environment.find(Path.cwd())
    if config is None:
        init(app)
        config = environment.find(Path.cwd()) or _no_environment()
    written = _run(lambda: revisions.write(config, message))
    if written is None:
        done("the database has all that the app needs; nothing to write")
        return
    done(f"wrote {_shown(written.script.path)}")
    for change in written.changes:
        note(change)
    note(f"Read it, then: fastapi-betterauth migrate --app {app}")


@app.command()
def migrate(app: App) -> None:
    """Apply the revisions that are outstanding."""
    load(app)
    config = environment.find(Path.cwd()) or _no_environment()
    applied = _run(lambda: revisions.apply(config))
    if not applied:
        done("the database is up to date")
    for title in applied:
        done(f"applied {title}")


@app.command()
def info(app: App, *, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Show versions, database, plugins and tables of the app."""
    facts = facts_of(load(app))
    if as_json:
        typer.echo(json.dumps(facts))
        return
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in facts.items():
        table.add_row(f"[bold]{name}[/]", ", ".join(value) if isinstance(value, list) else value)
    out.print(table)


@app.command()
def doctor(app: App, *, as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Look at what production needs. The exit code is 1 if anything failed."""
    findings = examine(load(app))
    failed = [finding for finding in findings if finding.level is Level.FAILED]
    if as_json:
        typer.echo(json.dumps([finding.as_json() for finding in findings]))
    else:
        for finding in findings:
            out.print(f"{_SIGNS[finding.level]} [bold]{finding.subject}[/]: {finding.text}")
            if finding.remedy:
                note(finding.remedy)
    if failed:
        raise typer.Exit(1)


@app.command()
def cleanup(app: App) -> None:
    """Remove expired sessions, verifications and counters, in small batches; for cron."""
    auth = load(app)

    async def work() -> Removed:
        try:
            return await auth.clean_up()
        finally:
            await auth.close()

    removed = _run(lambda: asyncio.run(work()))
    done(
        f"removed expired rows: sessions {removed.sessions}, verifications {removed.verifications}, "
        f"counters {removed.rate_limits}"
    )


def _no_environment() -> Config:
    fail("there is no Alembic environment here.", "Run fastapi-betterauth init, or go to the folder of alembic.ini.")


def _run(work: Callable[[], T]) -> T:
    try:
        return work()
    except CommandError as error:
        text = str(error)
        remedy = "Run fastapi-betterauth migrate first." if "not up to date" in text else "See Alembic's documentation."
        fail(f"Alembic refuses: {text}", remedy)
    except Exception as error:  # noqa: BLE001 - drivers raise whatever they like
        err.print(f"[dim]{type(error).__name__}[/]")
        fail("the database could not be reached or changed.", "Check that it runs, and the URL of the app.")


def _shown(path: str) -> str:
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path

"""How the command line speaks."""

from __future__ import annotations

from typing import NoReturn

import typer
from rich.console import Console

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def fail(problem: str, remedy: str, code: int = 1) -> NoReturn:
    """Say what is wrong and what to do, and leave."""
    err.print(f"[bold red]✗[/] {problem}\n  {remedy}", markup=True)
    raise typer.Exit(code)


def done(text: str) -> None:
    """Say what was done."""
    out.print(f"[bold green]✓[/] {text}")


def note(text: str) -> None:
    """Say something beside it."""
    out.print(f"  {text}", style="dim")

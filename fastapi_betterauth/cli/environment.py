"""The Alembic environment of a host: found, or made."""

from __future__ import annotations

import tomllib
from pathlib import Path

from alembic.config import Config

_FOLDER = "migrations"
_INI = """\
# Alembic's own settings; the database is the one of the app.
[alembic]
script_location = %(here)s/{folder}
prepend_sys_path = .
file_template = %%(year)d%%(month).2d%%(day).2d_%%(rev)s_%%(slug)s
"""
_ENV = '''\
"""Runs the migrations of this app: Alembic executes this file."""

from alembic import context
from {module} import {name}

from fastapi_betterauth.migrations import run_migrations

run_migrations(context, {name})
'''
_MAKO = '''\
"""${message}.

Revision ${up_revision}${f", after {down_revision}" if down_revision else ""}, written ${create_date.date()}.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}

revision: str = ${repr(up_revision)}
down_revision: str | Sequence[str] | None = ${repr(down_revision)}
branch_labels: str | Sequence[str] | None = ${repr(branch_labels)}
depends_on: str | Sequence[str] | None = ${repr(depends_on)}


def upgrade() -> None:
    """Make the changes."""
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    """Take them back."""
    ${downgrades if downgrades else "pass"}
'''


def find(folder: Path) -> Config | None:
    """Returns: the environment in this folder, by ``alembic.ini`` or ``[tool.alembic]``; None if there is none."""
    ini, project = folder / "alembic.ini", folder / "pyproject.toml"
    if ini.is_file():
        return Config(ini)
    if project.is_file() and "alembic" in tomllib.loads(project.read_text(encoding="utf-8")).get("tool", {}):
        return Config(toml_file=project)
    return None


def make(folder: Path, target: str) -> list[Path]:
    """Write an environment for an instance.

    Args: target: it, as ``module:name``.
    Returns: the files that were written.
    """
    module, _, name = target.partition(":")
    base = folder / _FOLDER
    texts = {
        folder / "alembic.ini": _INI.format(folder=_FOLDER),
        base / "env.py": _ENV.format(module=module, name=name.partition(".")[0]),
        base / "script.py.mako": _MAKO,
    }
    (base / "versions").mkdir(parents=True, exist_ok=True)
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return list(texts)

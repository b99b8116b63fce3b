"""A host's project in a folder of its own, and the command line in it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

APP = """\
import os

from sqlmodel import Field, SQLModel

from fastapi_betterauth import BetterAuth, EmailAndPassword, IdType
from fastapi_betterauth.plugins import Admin, Username


class Note(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    user_id: str = Field(foreign_key="user.id", sa_type=IdType)
    text: str = Field(max_length=500)


plugins = [Admin()] if os.environ.get("WITH_ADMIN") else []
auth = BetterAuth(
    base_url="https://app.test",
    secret="5d0f2a8b6c3e9174d0b7a6f5e4c3d2b1a09f8e7d6c5b4a39281706f5e4d3c2b1",
    database=os.environ["DATABASE_URL"],
    email_and_password=EmailAndPassword(enabled=True),
    plugins=[Username(), *plugins],
)
"""


SESSION = """\
import asyncio, contextlib, io, json, sys
from alembic.config import main as alembic
from fastapi_betterauth.cli.commands import app
from fastapi_betterauth.cli.loading import load

async def start():
    auth = load("app.main:auth")
    await auth.start()
    await auth.database.engine.dispose()


said = []
for name, *rest in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as heard:
        if name == "alembic":
            alembic(rest)
        elif name == "start":
            asyncio.run(start())
        else:
            app([name, *rest], standalone_mode=False)
    said.append(heard.getvalue())
print(json.dumps(said))
"""


@dataclass
class Host:
    """A project: ``app/main.py`` with a table of its own, and a database."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, folder: Path, database_url: str, source: str = APP) -> "Host":
        """Write the project."""
        (folder / "app").mkdir()
        (folder / "app" / "__init__.py").touch()
        (folder / "app" / "main.py").write_text(source)
        return cls(folder, {"DATABASE_URL": database_url, "BETTER_AUTH_APP": "app.main:auth"})

    def run(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run a command."""
        return self.execute("-c", "from fastapi_betterauth.cli import main; main()", *arguments, **environment)

    def ok(self, *arguments: str, **environment: str) -> str:
        """Run a command that must succeed. Returns: what it said."""
        ran = self.run(*arguments, **environment)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def execute(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        """Run Python in the project."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BETTER_AUTH")}
        settings = kept | {"COLUMNS": "200", "NO_COLOR": "1"} | self.environment | environment
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=self.folder, env=settings, capture_output=True, text=True, check=False)

    def session(self, *steps: list[str], **environment: str) -> list[str]:
        """Run several commands, ours or ``alembic …``, that must succeed; in one process. Returns: what each said."""
        ran = self.execute("-c", SESSION, json.dumps(steps), **environment)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        said: list[str] = json.loads(ran.stdout.splitlines()[-1])
        return said

    def revisions(self) -> list[str]:
        """The revisions that were written, oldest first."""
        files = sorted((self.folder / "migrations" / "versions").glob("*.py"), key=lambda path: path.stat().st_mtime_ns)
        return [path.read_text() for path in files]

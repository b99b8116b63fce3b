"""The revisions in ``alembic/`` make the example app's tables."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_revisions_make_the_apps_tables(tmp_path: Path, database_url: str) -> None:
    """Up, down and up again on each database; then Alembic finds nothing that is missing."""
    settings = {"DEMO": "1", "DATABASE_URL": database_url, "DEMO_SECRET_FILE": str(tmp_path / "secret")}
    steps = "from alembic.config import main\nfor step in 'upgrade head', 'downgrade base', 'upgrade head', 'check':\n"
    command = [sys.executable, "-c", f"{steps}    main(step.split())"]
    ran = subprocess.run(command, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr

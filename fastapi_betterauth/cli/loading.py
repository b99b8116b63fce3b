"""Finds the instance that ``--app module:name`` names."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

from fastapi_betterauth.auth import BetterAuth
from fastapi_betterauth.errors import ConfigurationError

from .console import fail


def load(target: str) -> BetterAuth[Any, Any]:
    """Import an instance. Exits with what is wrong where it cannot be."""
    module, _, name = target.partition(":")
    if not module or not name:
        fail(f"--app {target!r} is no module:name.", "Write it like --app app.main:auth.")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found: Any = import_module(module)
    except ModuleNotFoundError as error:
        fail(f"there is no module {error.name!r} here.", f"Run this in the folder that holds {module.split('.')[0]!r}.")
    except ConfigurationError as error:
        fail(f"{module} cannot be imported: {error}", "Mend the option; the app would not start either.")
    for part in name.split("."):
        found = getattr(found, part, None)
    if not isinstance(found, BetterAuth):
        fail(f"{target} is no BetterAuth instance.", "Name the variable that holds BetterAuth(...).")
    return found

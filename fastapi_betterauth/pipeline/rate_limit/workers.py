"""Whether this process is one of several that serve the same app (SC-IP-09)."""

from __future__ import annotations

import multiprocessing
import re
from collections.abc import Mapping, Sequence

_WORKERS = re.compile(r"(?:--workers|-w)(?:[= ]|(?=\d))(\d+)")


def one_of_several(arguments: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Tell from what uvicorn, gunicorn, hypercorn and FastAPI's own command are told.

    Args: arguments: the command line of the process.
    Returns: whether other workers run beside this one, as far as it shows.
    """
    found = _WORKERS.search(" ".join(arguments))
    given = found.group(1) if found else environ.get("WEB_CONCURRENCY", "")
    if given.isdigit():
        return int(given) > 1
    # A server that was started from Python spawns its workers; so does one that reloads, which is no production.
    return multiprocessing.parent_process() is not None and "--reload" not in arguments

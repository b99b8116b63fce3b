"""A bound on work that only runaway work crosses."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

MOST = 30.0
"""Seconds of processor time: linear work takes a fraction of one, quadratic work on inputs of this size minutes."""


@contextmanager
def bounded() -> Iterator[None]:
    """Fail if what happens inside is not over by far."""
    begun = time.process_time()
    yield
    assert time.process_time() - begun < MOST

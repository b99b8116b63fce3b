"""A short run of the fuzzer; ``make fuzz`` is the long one."""

import pytest

from scripts.fuzz import fuzz


@pytest.mark.xdist_group("fuzz")
def test_generated_requests_break_no_promise() -> None:
    """No 5xx, no undocumented status and no undocumented media type in some hundred requests."""
    made, code = fuzz(examples=8, seed=7)

    assert code == 0
    assert made > 300

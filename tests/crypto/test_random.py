"""Random ids and tokens (formats: ids, tokens and dates)."""

import ast
import math
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

import fastapi_betterauth.crypto
from fastapi_betterauth.crypto.random import (
    ALPHANUMERIC,
    DIGITS,
    LETTERS,
    LOWER_ALPHANUMERIC,
    URL_SAFE,
    Alphabet,
    delete_account_token,
    random_id,
    random_string,
    reset_token,
    session_token,
)

MADE = {
    random_id: (32, ALPHANUMERIC),
    session_token: (32, ALPHANUMERIC),
    reset_token: (24, ALPHANUMERIC),
    delete_account_token: (32, LOWER_ALPHANUMERIC),
}


@pytest.mark.parametrize("make", MADE, ids=lambda make: make.__name__)
def test_tokens_have_the_length_and_alphabet_of_the_contract(make: Callable[[], str]) -> None:
    """Ids and tokens are as long as the reference's and use its characters, all of them."""
    length, alphabet = MADE[make]

    made = [make() for _ in range(200)]

    assert {len(token) for token in made} == {length}
    assert set("".join(made)) == set(alphabet)


@pytest.mark.parametrize(
    ("alphabet", "size"),
    [(ALPHANUMERIC, 62), (LOWER_ALPHANUMERIC, 36), (LETTERS, 52), (URL_SAFE, 64), (DIGITS, 10)],
)
def test_alphabets_hold_no_character_twice(alphabet: Alphabet, size: int) -> None:
    """Each alphabet has its full size; a doubled character would be drawn twice as often."""
    assert len(alphabet) == len(set(alphabet)) == size
    assert alphabet.isascii()


@pytest.mark.case("SC-SESS-01", "SC-RESET-07")
@pytest.mark.parametrize("make", MADE, ids=lambda make: make.__name__)
def test_tokens_carry_at_least_128_bits(make: Callable[[], str]) -> None:
    """No id or token can be guessed: length and alphabet give 128 bits and more."""
    length, alphabet = MADE[make]

    assert length * math.log2(len(alphabet)) >= 128


@pytest.mark.soak
@pytest.mark.case("SC-SESS-01")
def test_a_million_tokens_do_not_collide() -> None:
    """A million session tokens are a million different ones."""
    assert len({session_token() for _ in range(1_000_000)}) == 1_000_000


@pytest.mark.case("SC-SESS-01", "SC-CRYPTO-07")
@pytest.mark.parametrize("alphabet", [ALPHANUMERIC, DIGITS, LOWER_ALPHANUMERIC], ids=len)
def test_every_character_is_equally_likely(alphabet: Alphabet) -> None:
    """Alphabets that do not divide 256 are drawn from without bias: the chi-square statistic stays in its range."""
    expected = 2_000
    drawn = Counter(random_string(expected * len(alphabet), alphabet))

    statistic = sum((drawn[character] - expected) ** 2 / expected for character in alphabet)

    # Six standard deviations: a false alarm in a billion runs. Bytes taken modulo 62 would score over a hundred.
    freedom = len(alphabet) - 1
    assert statistic < freedom + 6 * math.sqrt(2 * freedom) + 6


@pytest.mark.case("SC-CRYPTO-05")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forked_workers_make_different_tokens() -> None:
    """Two workers forked after the first token do not repeat each other."""
    session_token()
    made = [_in_a_fork(session_token), _in_a_fork(session_token), session_token()]

    assert len(set(made)) == 3


@pytest.mark.case("SC-CRYPTO-05")
def test_randomness_comes_from_the_operating_system() -> None:
    """No module here imports a predictable source: `random`, `time` or `uuid`."""
    folder = Path(fastapi_betterauth.crypto.__file__ or "").parent

    imported = {name for file in folder.glob("*.py") for name in _imports(ast.parse(file.read_text("utf-8")))}

    assert "secrets" in imported
    assert imported.isdisjoint({"random", "time", "uuid", "numpy"})


def _imports(tree: ast.AST) -> set[str]:
    plain = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return plain | {n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and not n.level}


def _in_a_fork(make: Callable[[], str]) -> str:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, make().encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader) as made:
        return made.read()

"""How codes and tokens are kept until they come back."""

from typing import Any

import pytest

from fastapi_betterauth import ConfigurationError, Encryption, Hashing
from fastapi_betterauth.crypto.keeping import Keeper, check_keeping
from fastapi_betterauth.crypto.secret import Secret, SecretKeys

KEYS = SecretKeys(current=Secret("a secret that is long enough for this test, and then some"))


def _reversed(text: str) -> str:
    return text[::-1]


def _own(text: str) -> str:
    if not text.startswith("own:"):
        raise ValueError("not ours")
    return text.removeprefix("own:")


WAYS: list[Any] = ["plain", "hashed", "encrypted", Hashing(_reversed), Encryption(lambda text: f"own:{text}", _own)]


@pytest.mark.case("SC-TFA-22")
@pytest.mark.parametrize("way", WAYS, ids=["plain", "hashed", "encrypted", "own hash", "own encryption"])
def test_what_was_kept_matches_itself_only(way: Any) -> None:
    """Whatever the way: the same text, and no other; the kept form itself is only right where nothing is hidden."""
    keeper = Keeper(way, KEYS)
    kept = keeper.keep("123456")

    assert keeper.matches(kept, "123456")
    for other in ("123457", "", " 123456", "١٢٣٤٥٦"):
        assert not keeper.matches(kept, other), other
    assert keeper.matches(kept, kept) is (way == "plain")


@pytest.mark.parametrize(
    ("way", "shown"),
    list(zip(WAYS, ["123456", None, "123456", None, "123456"], strict=True)),
    ids=["plain", "hashed", "encrypted", "own hash", "own encryption"],
)
def test_what_can_be_read_again(way: Any, shown: str | None) -> None:
    """Hashes cannot; what somebody has tampered with is as good as absent."""
    keeper = Keeper(way, KEYS)
    assert keeper.reveal(keeper.keep("123456")) == shown
    if way != "plain":
        assert keeper.reveal("tampered") is None
        assert not keeper.matches("tampered", "123456")


@pytest.mark.case("SC-CRYPTO-03")
def test_the_ways_do_not_look_alike() -> None:
    """A hash is the reference's SHA-256; what is encrypted differs each time."""
    assert Keeper("hashed", KEYS).keep("a") == "ypeBEsobvcr6wjGzmiPcTaeG7_gUfE5yuYB3ha_uSLs"
    encrypting = Keeper("encrypted", KEYS)
    assert encrypting.keep("a") != encrypting.keep("a")


def test_unknown_ways_are_refused() -> None:
    """The option is named."""
    with pytest.raises(ConfigurationError, match="the option"):
        check_keeping("the option", "rot13")  # type: ignore[arg-type]

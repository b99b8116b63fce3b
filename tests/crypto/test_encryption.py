"""Encrypted text: the reference's envelope, and nothing that was touched."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastapi_betterauth.crypto.encryption import Cipher, DecryptionError
from fastapi_betterauth.crypto.secret import Secret, SecretKeys

VECTORS = json.loads((Path(__file__).parents[1] / "contract" / "vectors.json").read_text())
CASES = VECTORS["symmetricEncryption"]
ONE = SecretKeys(current=Secret(VECTORS["secret"]))
SECRETS = {int(version): Secret(text) for version, text in CASES["versioned"]["secrets"].items()}
ROTATED = SecretKeys(current=SECRETS[2], current_version=2, older={1: SECRETS[1]}, legacy=SECRETS[1])


@pytest.mark.parametrize("example", CASES["examples"], ids=lambda e: e["plaintext"])
def test_what_the_reference_encrypted_is_read(example: dict[str, str]) -> None:
    """With one secret, and with that secret as the legacy one of several."""
    assert Cipher(ONE, extra="x").decrypt(example["encrypted"]) == example["plaintext"]
    assert Cipher(ROTATED, extra="x").decrypt(example["encrypted"]) == example["plaintext"]


@pytest.mark.rule("core-config §3 secrets")
def test_versions_say_which_secret_it_was() -> None:
    """``$ba$<version>$`` chooses the key; what is written carries the current version."""
    cipher = Cipher(ROTATED, extra="x")
    older = Cipher(SecretKeys(current=SECRETS[1], current_version=1), extra="x").encrypt("old")

    assert cipher.decrypt(CASES["versioned"]["encrypted"]) == CASES["versioned"]["plaintext"]
    assert cipher.decrypt(older) == "old"
    assert cipher.encrypt("new").startswith("$ba$2$")
    with pytest.raises(DecryptionError):
        cipher.decrypt(older.replace("$ba$1$", "$ba$7$"))


@given(st.text())
def test_any_text_comes_back(text: str) -> None:
    """And never twice as the same ciphertext."""
    cipher = Cipher(ONE, extra="x")
    first, second = cipher.encrypt(text), cipher.encrypt(text)

    assert first != second
    assert cipher.decrypt(first) == cipher.decrypt(second) == text


@pytest.mark.case("SC-CRYPTO-04")
def test_every_flipped_bit_is_noticed() -> None:
    """Nonce, ciphertext and tag; and whatever is cut off or put on."""
    cipher = Cipher(ONE, extra="x")
    stored = cipher.encrypt("attack at dawn")
    raw = bytes.fromhex(stored)
    for position in range(len(raw) * 8):
        flipped = bytearray(raw)
        flipped[position // 8] ^= 1 << position % 8
        with pytest.raises(DecryptionError):
            cipher.decrypt(flipped.hex())
    for broken in ("", "00", stored[:-2], stored + "00", stored[:-1], stored.upper(), "$ba$2$" + stored, "plain"):
        with pytest.raises(DecryptionError):
            cipher.decrypt(broken)


@pytest.mark.case("SC-CRYPTO-04")
def test_nonces_do_not_repeat() -> None:
    """A hundred thousand encryptions, as many nonces: they are drawn from 192 bits."""
    cipher = Cipher(ONE, extra="x")

    assert len({cipher.encrypt("")[:48] for _ in range(100_000)}) == 100_000


@pytest.mark.case("SC-CRYPTO-03")
def test_the_secret_itself_is_no_key() -> None:
    """What signs cookies is the secret; what encrypts is its digest: neither stands in for the other."""
    with pytest.raises(DecryptionError):
        Cipher(SecretKeys(current=Secret("another secret")), extra="x").decrypt(Cipher(ONE, extra="x").encrypt("x"))

"""Signed values, as cookies carry them (formats: signed cookies)."""

import base64
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastapi_betterauth.crypto.secret import Secret, SecretKeys
from fastapi_betterauth.crypto.signing import Signer, sign, unsign
from tests.crypto.vectors import REFERENCE_SECRET, VECTORS

KEY = Secret("k" * 32)
OTHER = Secret("o" * 32)
SIGNED = sign("token", KEY)
EXAMPLES: list[dict[str, Any]] = VECTORS["signedCookies"]["examples"]


@pytest.mark.case("SC-CRYPTO-09")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["value"])
def test_we_sign_as_the_reference_does(example: dict[str, str]) -> None:
    """The signature of a value is the reference's, byte for byte."""
    assert sign(example["value"], REFERENCE_SECRET) == f"{example['value']}.{example['signature']}"


@pytest.mark.case("SC-CRYPTO-09")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["value"])
def test_we_accept_what_the_reference_signed(example: dict[str, str]) -> None:
    """A value signed by the reference is ours to read."""
    assert unsign(f"{example['value']}.{example['signature']}", [REFERENCE_SECRET]) == example["value"]


@given(value=st.text(st.characters(exclude_categories=["Cs"])))
def test_every_text_survives_signing(value: str) -> None:
    """Whatever is signed comes back, dots and all."""
    assert unsign(sign(value, KEY), [KEY]) == value


@pytest.mark.case("SC-SESS-03")
@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "token",
        "token.",
        SIGNED.rpartition(".")[2],
        SIGNED[:-1],
        SIGNED + "=",
        SIGNED + ".",
        SIGNED + " ",
        SIGNED + "\n",
        " " + SIGNED,
        SIGNED.replace("token", "Token"),
        SIGNED.replace(".", ".."),
        SIGNED.replace(".", "%2E"),
        SIGNED.replace("=", "%3D"),
        SIGNED.replace("=", "%253D"),
        sign("token", OTHER),
        f"token.{'=' * 44}",
        f"token.{'A' * 43}=",
    ],
)
def test_anything_but_the_signed_text_is_refused(text: str) -> None:
    """Cut, extended, re-encoded or signed by somebody else: worth nothing."""
    assert unsign(text, [KEY]) is None


@pytest.mark.case("SC-SESS-04")
@pytest.mark.parametrize("junk", ["é", "\ud800", "\x00", "\U0001f511", "\uff1d"])
def test_text_that_is_not_ascii_is_refused_without_an_error(junk: str) -> None:
    """Bytes no cookie should hold, in value or signature, mean no session and no crash."""
    value, _, signature = SIGNED.rpartition(".")

    assert unsign(f"{junk}{value}.{signature}", [KEY]) is None
    assert unsign(f"{value}.{junk}{signature[1:]}", [KEY]) is None
    assert unsign(f"{value}.{signature[:-1]}{junk}", [KEY]) is None


@pytest.mark.case("SC-SESS-04")
@given(text=st.text(st.characters()))
def test_no_text_makes_it_fail(text: str) -> None:
    """Junk of any kind is answered with None, never with an exception."""
    assert unsign(text, [KEY]) is None
    assert unsign(f"{text}.{'A' * 43}=", [KEY]) is None


@pytest.mark.case("SC-CRYPTO-08", "SC-SESS-03")
def test_a_signature_has_one_spelling() -> None:
    """Base64 that decodes to the same bytes but is spelt otherwise is refused."""
    value, _, signature = SIGNED.rpartition(".")
    decoded = base64.b64decode(signature)
    alphabet = string.ascii_letters + string.digits + "+/"
    twins = [f"{signature[:42]}{last}=" for last in alphabet if base64.b64decode(f"{signature[:42]}{last}=") == decoded]

    accepted = [twin for twin in twins if unsign(f"{value}.{twin}", [KEY]) == value]

    assert len(twins) == 4
    assert accepted == [signature]


@pytest.mark.case("SC-CRYPTO-08")
def test_the_url_alphabet_is_no_second_spelling() -> None:
    """Minus and underscore in place of plus and slash are refused."""
    signed = next(s for n in range(1000) if {"+", "/"} <= set(s := sign(str(n), KEY)))

    assert unsign(signed, [KEY]) is not None
    assert unsign(signed.replace("+", "-").replace("/", "_"), [KEY]) is None


@pytest.mark.case("SC-CRYPTO-02")
def test_an_older_secret_still_verifies_but_no_longer_signs() -> None:
    """While an old secret is listed its cookies are good; new ones carry the current signature."""
    signer = Signer(SecretKeys(current=KEY, current_version=2, older={1: OTHER}))

    assert signer.unsign(sign("token", OTHER)) == "token"
    assert signer.sign("token") == SIGNED
    assert signer.unsign(SIGNED) == "token"


@pytest.mark.case("SC-CRYPTO-02")
def test_a_removed_secret_verifies_nothing() -> None:
    """Once a secret is off the list its signatures are refused."""
    assert Signer(SecretKeys(current=KEY, current_version=2)).unsign(sign("token", OTHER)) is None


@pytest.mark.case("SC-CRYPTO-02")
@pytest.mark.rule("core-config §3 both")
def test_the_legacy_secret_verifies_no_signature() -> None:
    """The secret from before versions only decrypts."""
    signer = Signer(SecretKeys(current=KEY, current_version=1, legacy=OTHER))

    assert signer.unsign(sign("token", OTHER)) is None

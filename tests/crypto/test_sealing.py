"""Sealed claims: the reference's JWE, and no other (formats: cookie cache, jwe; RFC 7516)."""

import base64
import json
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe, jwt
from joserfc.jwk import OctKey

from fastapi_betterauth.crypto.sealing import ACCOUNT_SALT, SESSION_SALT, Sealer
from fastapi_betterauth.crypto.secret import Secret, SecretKeys
from tests.crypto.vectors import REFERENCE_SECRET, VECTORS

EXAMPLE: dict[str, Any] = VECTORS["cookieCache"]["jwe"]
KEY = Secret("k" * 32)
OTHER = Secret("o" * 32)
NOW = datetime(2026, 11, 20, 12, 0, 0, 750_000, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def _sealer(keys: SecretKeys, salt: str = SESSION_SALT) -> Sealer:
    return Sealer(keys, salt=salt, clock=lambda: NOW)


ONE = _sealer(SecretKeys(current=KEY))


def _encrypted(header: dict[str, Any], key: bytes, content: str = "{}", allowed: tuple[str, ...] = ()) -> str:
    names = [header["alg"], header["enc"], *allowed]
    return jwe.encrypt_compact(header, content, OctKey.import_key(key), algorithms=names)


def test_what_the_reference_sealed_is_opened() -> None:
    """Its example comes out to the byte, and carries the thumbprint of the key."""
    sealer = _sealer(SecretKeys(current=REFERENCE_SECRET))

    assert (sealer.open(EXAMPLE["value"]) or b"").decode() == EXAMPLE["plaintext"]
    header = json.loads(base64.urlsafe_b64decode(sealer.seal("{}", expires_in=MINUTE).split(".")[0] + "=="))
    assert header == EXAMPLE["header"]


def test_times_and_a_number_follow_the_claims() -> None:
    """The object keeps its order; whole seconds and a random id come after its own members."""
    opened = json.loads(ONE.open(ONE.seal('{"b":1,"a":"ü"}', expires_in=MINUTE)) or b"")

    assert list(opened) == ["b", "a", "iat", "exp", "jti"]
    assert opened["exp"] - opened["iat"] == 60
    assert opened["iat"] == int(NOW.timestamp())


@given(st.dictionaries(st.text(), st.text()))
def test_any_object_comes_back(content: dict[str, str]) -> None:
    """Whatever the text, opening gives what was sealed."""
    opened = json.loads(ONE.open(ONE.seal(json.dumps(content), expires_in=MINUTE)) or b"")

    assert content.items() <= opened.items()


@pytest.mark.rule("core-config §3 secrets")
def test_older_secrets_open_and_the_current_one_seals() -> None:
    """After a rotation old tokens are read, by the key they name; a secret from before there were versions counts."""
    old = ONE.seal('{"a":1}', expires_in=MINUTE)
    rotated = _sealer(SecretKeys(current=OTHER, current_version=2, older={1: KEY}))
    legacy = _sealer(SecretKeys(current=OTHER, current_version=2, legacy=KEY))

    assert rotated.open(old) is not None
    assert legacy.open(old) is not None
    assert ONE.open(rotated.seal("{}", expires_in=MINUTE)) is None


def test_a_token_that_names_no_key_is_tried_with_each() -> None:
    """Tokens from before keys had names are opened with whichever key fits."""
    key = bytes.fromhex(EXAMPLE["derivedKeyHex"])
    nameless = _encrypted({"alg": "dir", "enc": "A256CBC-HS512"}, key, '{"a":1}')
    sealer = _sealer(SecretKeys(current=OTHER, current_version=2, older={1: REFERENCE_SECRET}))

    assert sealer.open(nameless) == b'{"a":1}'
    assert ONE.open(nameless) is None


def test_keys_of_one_purpose_open_nothing_of_another() -> None:
    """What was sealed as account data is no session."""
    account = _sealer(SecretKeys(current=KEY), ACCOUNT_SALT)

    assert ONE.open(account.seal("{}", expires_in=MINUTE)) is None


def _zipped() -> str:
    header = {"alg": "dir", "enc": "A256CBC-HS512", "zip": "DEF"}
    return _encrypted(header, bytes.fromhex(EXAMPLE["derivedKeyHex"]), "0" * 200_000, allowed=("DEF",))


def _signed() -> str:
    return jwt.encode({"alg": "HS256"}, {"a": 1}, OctKey.import_key(REFERENCE_SECRET.encode()))


def _by_password(rounds: int) -> str:
    parts = EXAMPLE["value"].split(".")
    header = {"alg": "PBES2-HS256+A128KW", "enc": "A256CBC-HS512", "p2c": rounds, "p2s": "c2FsdHNhbHQ"}
    first = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    return ".".join([first, base64.urlsafe_b64encode(b"k" * 40).decode(), *parts[2:]])


REFUSED = {
    "compressed": _zipped(),
    "signed only": _signed(),
    "by password": _by_password(2**31 - 1),
    "other encryption": _encrypted({"alg": "dir", "enc": "A128CBC-HS256"}, b"k" * 32),
    "unsealed": EXAMPLE["plaintext"],
    "one part less": EXAMPLE["value"].rpartition(".")[0],
    "one part more": EXAMPLE["value"] + ".AAAA",
    "other tag": EXAMPLE["value"][:-4] + "AAAA",
    "not ascii": "ü.é.ñ.ß.ø",
    "raw deflate": base64.urlsafe_b64encode(zlib.compress(b"0" * 100_000)).decode(),
    "empty": "",
    "dots": "....",
}


@pytest.mark.case("SC-CACHE-07")
@pytest.mark.parametrize("token", REFUSED.values(), ids=REFUSED)
def test_nothing_else_is_opened(token: str) -> None:
    """Other algorithms, compression and damaged tokens are no sealed claims, and no error."""
    assert _sealer(SecretKeys(current=REFERENCE_SECRET)).open(token) is None


@given(st.text())
def test_no_text_is_an_error(token: str) -> None:
    """Whatever a cookie holds, the answer is that it is not ours."""
    assert ONE.open(token) is None

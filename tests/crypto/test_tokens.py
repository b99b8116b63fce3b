"""Tokens in mail links: HS256 JWTs (formats: mail-link tokens; RFC 8725)."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey

from fastapi_betterauth.crypto.secret import Secret, SecretKeys
from fastapi_betterauth.crypto.tokens import TokenError, TokenExpired, TokenInvalid, TokenSigner
from fastapi_betterauth.errors import ConfigurationError
from tests.crypto.vectors import REFERENCE_SECRET, VECTORS

EXAMPLES: list[dict[str, Any]] = VECTORS["emailTokens"]
KEY = Secret("k" * 32)
OTHER = Secret("o" * 32)
NOW = datetime(2026, 11, 20, 12, 0, 0, 750_000, tzinfo=UTC)
HOUR = timedelta(hours=1)
FOREVER = 99_999_999_999


class StoppedClock:
    """Stands still until it is set."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def _signer(key: Secret = KEY, *, older: Secret | None = None, now: datetime = NOW) -> TokenSigner:
    keys = SecretKeys(current=key, current_version=2, older={1: older} if older else {})
    return TokenSigner(keys, StoppedClock(now))


def _forged(payload: object, header: object = None, key: Secret = KEY) -> str:
    """A token with any header and payload, signed with the right key."""
    parts = [json.dumps(part).encode() if not isinstance(part, bytes) else part for part in (header, payload)]
    if header is None:
        parts[0] = b'{"alg":"HS256"}'
    text = b".".join(map(_base64url, parts))
    return (text + b"." + _base64url(hmac.digest(key.encode(), text, "sha256"))).decode()


def _base64url(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


@pytest.mark.case("SC-CRYPTO-09")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["purpose"])
def test_we_issue_what_the_reference_issues(example: dict[str, Any]) -> None:
    """Equal claims at an equal moment make the reference's token, byte for byte."""
    payload = dict(example["payload"])
    issued_at, expires_at = payload.pop("iat"), payload.pop("exp")
    signer = _signer(REFERENCE_SECRET, now=datetime.fromtimestamp(issued_at, UTC))

    assert signer.issue(payload, expires_in=timedelta(seconds=expires_at - issued_at)) == example["token"]


@pytest.mark.case("SC-CRYPTO-09")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["purpose"])
def test_we_read_what_the_reference_issued(example: dict[str, Any]) -> None:
    """A link mailed by the reference is good with us."""
    signer = _signer(REFERENCE_SECRET, now=datetime.fromtimestamp(example["payload"]["iat"], UTC))

    assert signer.read(example["token"]) == example["payload"]


@pytest.mark.case("SC-CRYPTO-09")
def test_an_independent_library_verifies_our_tokens() -> None:
    """python-jose, which shares no code with ours, accepts the signature and finds the claims."""
    from jose import jws  # type: ignore[import-untyped]  # noqa: PLC0415 - only here, as the judge

    token = _signer().issue({"email": "ada@exämple.test"}, expires_in=HOUR)
    payload = jws.verify(token, KEY.reveal(), algorithms=["HS256"])

    assert jws.get_unverified_header(token) == {"alg": "HS256"}
    assert json.loads(payload)["email"] == "ada@exämple.test"


def test_times_are_whole_seconds() -> None:
    """Issue and expiry are counted in whole seconds, half a second is dropped."""
    claims = _signer().read(_signer().issue({"email": "ada@example.test"}, expires_in=timedelta(seconds=90.5)))

    assert claims == {"email": "ada@example.test", "iat": 1795176000, "exp": 1795176090}


def test_claims_cannot_move_the_expiry() -> None:
    """Claims named `iat` and `exp` are replaced by the real ones."""
    claims = _signer().read(_signer().issue({"exp": "never", "iat": "long ago"}, expires_in=HOUR))

    assert claims == {"iat": 1795176000, "exp": 1795179600}


def test_a_token_ends_at_its_expiry() -> None:
    """It is good up to the last moment before its expiry, and expired from then on."""
    clock = StoppedClock()
    signer = TokenSigner(SecretKeys(current=KEY), clock)
    token = signer.issue({"email": "ada@example.test"}, expires_in=HOUR)

    clock.now = datetime.fromtimestamp(1795179600, UTC) - timedelta(microseconds=1)
    assert signer.read(token)["email"] == "ada@example.test"

    clock.now = datetime.fromtimestamp(1795179600, UTC)
    with pytest.raises(TokenExpired):
        signer.read(token)


@pytest.mark.case("SC-CRYPTO-02")
@pytest.mark.rule("email-password §7.1")
def test_an_older_secret_still_verifies_but_no_longer_signs() -> None:
    """While an old secret is listed, links in mailboxes stay good; new ones carry the current signature."""
    old = _signer(OTHER).issue({"email": "ada@example.test"}, expires_in=HOUR)
    rotated = _signer(KEY, older=OTHER)

    assert rotated.read(old)["email"] == "ada@example.test"
    assert _signer(KEY).read(rotated.issue({"email": "ada@example.test"}, expires_in=HOUR))


@pytest.mark.case("SC-CRYPTO-02", "SC-MAIL-01")
def test_a_secret_that_is_not_listed_verifies_nothing() -> None:
    """A token signed by any other secret is invalid, not expired."""
    with pytest.raises(TokenInvalid):
        _signer(KEY).read(_signer(OTHER, now=NOW - timedelta(days=1)).issue({}, expires_in=HOUR))


@pytest.mark.case("SC-MAIL-01")
@pytest.mark.rule("email-password §7.1")
@pytest.mark.parametrize("algorithm", ["none", "None", "HS384", "HS512", "RS256", "", None, 1, ["HS256"]], ids=repr)
def test_only_hs256_is_accepted(algorithm: object) -> None:
    """Whatever algorithm a token names, it must be ours; with the right key and without a signature alike."""
    signed = _forged({"exp": FOREVER}, {"alg": algorithm})

    for token in (signed, signed.rpartition(".")[0] + "."):
        with pytest.raises(TokenInvalid):
            _signer().read(token)


@pytest.mark.case("SC-MAIL-01")
@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_a_true_signature_of_another_algorithm_is_refused(algorithm: str) -> None:
    """A token well signed with our own key, but by another algorithm, is invalid."""
    key = OctKey.import_key(KEY.encode())
    token = jwt.encode({"alg": algorithm}, {"exp": FOREVER}, key, algorithms=[algorithm], default_type=None)

    with pytest.raises(TokenInvalid):
        _signer().read(token)


@pytest.mark.case("SC-MAIL-01")
@pytest.mark.parametrize(
    "extra",
    [{"typ": "at+jwt"}, {"typ": "JWT"}, {"kid": "1"}, {"jwk": {}}, {"crit": ["b64"], "b64": False}, {"x": 1}],
    ids=str,
)
def test_a_token_of_another_type_is_refused(extra: dict[str, Any]) -> None:
    """The header says the algorithm and nothing else; more is another kind of token."""
    with pytest.raises(TokenInvalid):
        _signer().read(_forged({"exp": FOREVER}, {"alg": "HS256", **extra}))


@pytest.mark.case("SC-MAIL-01")
@pytest.mark.parametrize("payload", [{}, {"exp": None}, {"exp": "9"}, {"exp": True}, {"exp": 1e12}, {"exp": [FOREVER]}])
def test_a_token_must_say_when_it_ends(payload: dict[str, Any]) -> None:
    """Without an expiry in whole seconds a token is invalid."""
    with pytest.raises(TokenInvalid):
        _signer().read(_forged(payload))


@pytest.mark.case("SC-MAIL-01")
@pytest.mark.parametrize(
    ("header", "payload"),
    [
        (None, b"[]"),
        (None, b"null"),
        (None, b"{"),
        (None, b"\xff{}"),
        (None, b"[" * 100_000),
        (None, b'{"exp":NaN}'),
        (None, b'{"exp":Infinity}'),
        (None, b'{"exp":' + b"9" * 5_000 + b"}"),
        ([], {}),
        ("alg", {}),
        (1, {}),
        (b"null", {}),
        (b"[" * 100_000, {}),
        ({"alg": "HS256", "crit": 1}, {}),
    ],
)
def test_a_well_signed_oddity_is_invalid_and_no_crash(header: object, payload: object) -> None:
    """Headers and payloads of the wrong shape are refused as invalid even under our own signature."""
    with pytest.raises(TokenInvalid):
        _signer().read(_forged(payload, header))


@pytest.mark.case("SC-MAIL-01")
@pytest.mark.parametrize("token", ["", ".", "..", "...", "é.é.é", "\ud800", "a.b.c", "A" * 1_000_000, "." * 10_000])
def test_text_that_is_no_token_is_invalid(token: str) -> None:
    """Junk in a link is an invalid token."""
    with pytest.raises(TokenInvalid):
        _signer().read(token)


@pytest.mark.case("SC-MAIL-01")
@given(parts=st.lists(st.text(st.characters()) | st.binary().map(lambda data: _base64url(data).decode()), max_size=4))
def test_no_text_makes_reading_fail_in_another_way(parts: list[str]) -> None:
    """Whatever is read, the answer is a token error."""
    with pytest.raises(TokenError):
        _signer().read(".".join(parts))


def test_every_changed_character_is_noticed() -> None:
    """A token with any one character replaced is refused."""
    token = _signer().issue({"email": "ada@example.test"}, expires_in=HOUR)

    for at, character in enumerate(token):
        with pytest.raises(TokenError):
            _signer().read(token[:at] + ("A" if character != "A" else "B") + token[at + 1 :])


def test_a_short_secret_warns_once_elsewhere() -> None:
    """A short development secret works without a second warning of the library below."""
    signer = _signer(Secret("short"))

    assert signer.read(signer.issue({"email": "ada@example.test"}, expires_in=HOUR))


@pytest.mark.case("SC-MAIL-01")
def test_a_public_key_is_no_secret() -> None:
    """A PEM public key in place of a secret stops the start: everybody could sign with it."""
    pem = (
        "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
        "-----END PUBLIC KEY-----\n"
    )

    with pytest.raises(ConfigurationError, match="public key"):
        _signer(Secret(pem))

"""Secrets and where they come from (core-config sheet §3)."""

import json
import pickle
import pprint
import re
import traceback
from collections.abc import Mapping
from typing import Any

import pytest

from fastapi_betterauth.clock import system_clock
from fastapi_betterauth.crypto.secret import Secret, SecretKeys, VersionedSecret, resolve_secret_keys
from fastapi_betterauth.crypto.signing import Signer
from fastapi_betterauth.crypto.tokens import TokenSigner
from fastapi_betterauth.errors import ConfigurationError

GOOD = "4f2a9c81d07be35612fa98c07d4b3e1f"
NEWER = "b7d0e6f3a1952c84773e0d9fbc615a28"
MARKER = "marker-of-a-secret-value-0123456789"
PUBLIC_DEFAULT = "better-auth-secret-12345678901234567890"
WEAK = {
    "default": PUBLIC_DEFAULT,
    "short": GOOD[:31],
    "low entropy": "a" * 64,
    "two characters": "ab" * 32,
    "space before": f" {GOOD}",
    "newline after": f"{GOOD}\n",
    "only spaces": " " * 64,
}
weak = pytest.mark.parametrize("value", WEAK.values(), ids=WEAK)


def _resolve(
    secret: str | None = None,
    secrets: list[VersionedSecret] | None = None,
    *,
    production: bool = True,
    environ: Mapping[str, str] | None = None,
) -> SecretKeys:
    return resolve_secret_keys(secret=secret, secrets=secrets, production=production, environ=environ or {})


def test_a_secret_gives_its_text_when_asked() -> None:
    """The text and its UTF-8 bytes are there for those who ask."""
    assert Secret("geheim-ü").reveal() == "geheim-ü"
    assert Secret("geheim-ü").encode() == "geheim-ü".encode()


def test_secrets_compare_by_their_text() -> None:
    """Equal texts are equal secrets and count once in a set; plain text is never equal to a secret."""
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2


@pytest.mark.case("SC-CRYPTO-06")
def test_secrets_are_compared_by_compare_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Equality goes through the constant-time comparison, on bytes."""
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return False

    monkeypatch.setattr("hmac.compare_digest", compare)

    assert Secret("é") != Secret("b")

    assert compared == [("é".encode(), b"b")]


@pytest.mark.case("SC-LOG-03")
def test_no_way_of_printing_shows_a_secret() -> None:
    """Formatting and pretty-printing of secrets and of all that holds them show stars."""
    secret = Secret(MARKER)
    keys = SecretKeys(current=secret, current_version=2, older={1: secret}, legacy=secret)
    holders = [secret, keys, VersionedSecret(1, MARKER), Signer(keys), TokenSigner(keys, system_clock)]

    for holder in holders:
        shown = f"{holder} {holder!r} {holder!a} {pprint.pformat(holder)} {[holder]} {[holder]!r:>9}"
        assert MARKER not in shown
    assert str(secret) == repr(secret) == "Secret('**********')"


@pytest.mark.case("SC-LOG-03")
def test_a_secret_does_not_leave_by_accident() -> None:
    """It cannot be pickled, iterated, joined or written as JSON."""
    secret: Any = Secret(MARKER)

    for attempt in (pickle.dumps, list, json.dumps, "".join, vars, bytes):
        with pytest.raises(TypeError) as refused:
            attempt(secret)
        assert MARKER not in str(refused.value)


@pytest.mark.rule("core-config §3 only secret")
def test_the_option_wins_over_the_environment() -> None:
    """The option comes first, then BETTER_AUTH_SECRET, then AUTH_SECRET; an empty one counts as missing."""
    environ = {"BETTER_AUTH_SECRET": NEWER, "AUTH_SECRET": MARKER}

    assert _resolve(GOOD, environ=environ).current == Secret(GOOD)
    assert _resolve(environ=environ).current == Secret(NEWER)
    assert _resolve("", environ={"BETTER_AUTH_SECRET": "", "AUTH_SECRET": GOOD}).current == Secret(GOOD)


@pytest.mark.rule("core-config §3 only secret")
def test_a_single_secret_has_no_version() -> None:
    """A plain secret brings neither version nor older keys, so what it encrypts has no envelope."""
    keys = _resolve(GOOD)

    assert keys == SecretKeys(current=Secret(GOOD), current_version=None, older={}, legacy=None)
    assert keys.verification == (Secret(GOOD),)


@pytest.mark.case("SC-CRYPTO-02")
@pytest.mark.rule("core-config §3 secrets")
def test_the_first_of_several_secrets_is_current() -> None:
    """The first entry is used for what is new, the others verify in the order given."""
    third = VersionedSecret(7, MARKER)

    keys = _resolve(secrets=[VersionedSecret(2, NEWER), VersionedSecret(5, GOOD), third])

    assert (keys.current, keys.current_version) == (Secret(NEWER), 2)
    assert list(keys.older) == [5, 7]
    assert keys.verification == (Secret(NEWER), Secret(GOOD), Secret(MARKER))


@pytest.mark.rule("core-config §3 both")
@pytest.mark.parametrize("environ", [{}, {"AUTH_SECRET": GOOD}], ids=["option", "environment"])
def test_beside_several_the_single_secret_is_legacy(environ: dict[str, str]) -> None:
    """Given both, the single secret stays for old ciphertexts and verifies nothing."""
    keys = _resolve(None if environ else GOOD, [VersionedSecret(1, NEWER)], environ=environ)

    assert keys.legacy == Secret(GOOD)
    assert keys.verification == (Secret(NEWER),)


@pytest.mark.case("SC-CRYPTO-01")
@pytest.mark.rule("core-config §3 both")
def test_the_public_default_is_no_legacy_secret() -> None:
    """What everybody knows decrypts nothing."""
    assert _resolve(PUBLIC_DEFAULT, [VersionedSecret(1, NEWER)]).legacy is None


@pytest.mark.rule("core-config §3 env format")
def test_several_secrets_come_from_the_environment() -> None:
    """Entries are split at commas and at their first colon, and trimmed."""
    keys = _resolve(environ={"BETTER_AUTH_SECRETS": f" 2 : {NEWER}:x , 1:{GOOD} "})

    assert keys.current_version == 2
    assert keys.current == Secret(f"{NEWER}:x")
    assert keys.older == {1: Secret(GOOD)}


@pytest.mark.rule("core-config §3 secrets")
def test_the_list_given_replaces_the_one_in_the_environment() -> None:
    """The option `secrets` wins over BETTER_AUTH_SECRETS, entry by entry."""
    keys = _resolve(secrets=[VersionedSecret(1, GOOD)], environ={"BETTER_AUTH_SECRETS": f"2:{NEWER}"})

    assert keys == SecretKeys(current=Secret(GOOD), current_version=1)


@pytest.mark.rule("core-config §3 env format")
@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        f":{GOOD}",
        f"x:{GOOD}",
        f"-1:{GOOD}",
        f"1.5:{GOOD}",
        f"²:{GOOD}",
        f"٣:{GOOD}",
        f"1:{GOOD},",
        ",",
        "1:",
    ],
)
@pytest.mark.parametrize("production", [True, False])
def test_a_malformed_list_in_the_environment_stops_the_start(text: str, production: bool) -> None:  # noqa: FBT001
    """Anything but `number:secret` is an error in every environment, which does not repeat the text."""
    with pytest.raises(ConfigurationError) as refused:
        _resolve(production=production, environ={"BETTER_AUTH_SECRETS": text})

    assert GOOD not in str(refused.value)


@pytest.mark.rule("core-config §3 secrets")
@pytest.mark.parametrize(
    "several",
    [
        [],
        [VersionedSecret(1, GOOD), VersionedSecret(1, NEWER)],
        [VersionedSecret(-1, GOOD)],
        [VersionedSecret(2, GOOD), VersionedSecret(1, "")],
    ],
    ids=["none", "twice the same version", "negative", "empty value"],
)
@pytest.mark.parametrize("production", [True, False])
def test_a_contradictory_list_stops_the_start(several: list[VersionedSecret], production: bool) -> None:  # noqa: FBT001
    """Versions are unique numbers from 0, values are not empty, and there is at least one."""
    with pytest.raises(ConfigurationError, match="secrets"):
        _resolve(secrets=several, production=production)


@pytest.mark.case("SC-CRYPTO-01")
def test_production_does_not_start_without_a_secret() -> None:
    """Without any secret production refuses to start and says how to make one."""
    with pytest.raises(ConfigurationError, match="openssl rand"):
        _resolve()


@pytest.mark.case("SC-CRYPTO-01")
@weak
def test_production_does_not_start_with_a_weak_secret(value: str) -> None:
    """Known, short, regular or padded secrets stop the start from wherever they come, and are not repeated."""
    ways: list[dict[str, object]] = [
        {"secret": value},
        {"environ": {"AUTH_SECRET": value}},
        {"secrets": [VersionedSecret(1, value)]},
    ]

    for way in ways:
        with pytest.raises(ConfigurationError) as refused:
            _resolve(**way)  # type: ignore[arg-type]
        assert repr(value)[1:-1] not in "".join(traceback.format_exception_only(refused.value))


@pytest.mark.case("SC-CRYPTO-01")
@weak
def test_production_does_not_verify_with_a_weak_older_secret(value: str) -> None:
    """An older secret signs sessions too: a weak one anywhere in the list stops the start and is named."""
    with pytest.raises(ConfigurationError, match="version 1"):
        _resolve(secrets=[VersionedSecret(2, GOOD), VersionedSecret(1, value)])


@pytest.mark.case("SC-CRYPTO-01")
@weak
def test_development_warns_of_a_weak_secret(value: str, caplog: pytest.LogCaptureFixture) -> None:
    """In development a weak secret works; the log says what is wrong and what to do, not the secret."""
    assert _resolve(value, production=False).current == Secret(value)

    assert [record.name for record in caplog.records] == ["fastapi_betterauth"]
    assert "openssl rand" in caplog.text
    assert value not in caplog.text


@pytest.mark.case("SC-CRYPTO-01")
def test_development_without_a_secret_gets_a_new_one_each_time(caplog: pytest.LogCaptureFixture) -> None:
    """Each process makes its own strong secret and says so: no constant can find its way into production."""
    one, two = _resolve(production=False), _resolve(production=False)

    assert one.current != two.current
    assert len(one.current.reveal()) >= 43
    assert "BETTER_AUTH_SECRET" in caplog.text
    assert one.current.reveal() not in caplog.text


@pytest.mark.case("SC-CRYPTO-01")
@pytest.mark.parametrize("production", [True, False])
def test_a_secret_that_is_no_text_stops_the_start(production: bool) -> None:  # noqa: FBT001
    """Bytes in the environment that are not UTF-8 are named at the start, not at the first sign-in."""
    with pytest.raises(ConfigurationError, match=re.escape("UTF-8")):
        _resolve(environ={"AUTH_SECRET": GOOD + "\udcff"}, production=production)


def test_a_good_secret_is_taken_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    """Thirty-two hexadecimal characters are exactly enough."""
    for production in (True, False):
        _resolve(GOOD, production=production)

    assert caplog.records == []

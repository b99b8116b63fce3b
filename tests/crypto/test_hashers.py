"""Ways of hashing passwords (e-mail sheet §1; formats: passwords)."""

import hashlib
import re
import unicodedata

import argon2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastapi_betterauth.crypto.hashers import Argon2Hasher, PasswordHasher, ScryptHasher
from tests.crypto.vectors import VECTORS

ARGON2 = Argon2Hasher()
SCRYPT = ScryptHasher()
HASHERS: list[PasswordHasher] = [ARGON2, SCRYPT]
PASSWORD = "correct horse battery"
HASHES = {hasher: hasher.hash(PASSWORD) for hasher in HASHERS}
each_hasher = pytest.mark.parametrize("hasher", HASHERS, ids=lambda hasher: type(hasher).__name__)

SALT_AND_KEY = "$c29tZXNhbHQxMjM0NTY3OA$" + "A" * 43
UNUSABLE = {
    "empty": "",
    "locked": "!",
    "unknown scheme": "$9$unknown$hash",
    "bcrypt": "$2b$12$" + "a" * 53,
    "truncated": HASHES[ARGON2][:60],
    "truncated scrypt": HASHES[SCRYPT][:-1],
    "2 TiB of memory": f"$argon2id$v=19$m=2147483648,t=3,p=4{SALT_AND_KEY}",
    "512 MiB of memory": f"$argon2id$v=19$m=524288,t=1,p=4{SALT_AND_KEY}",
    "a million passes": f"$argon2id$v=19$m=65536,t=1000000,p=4{SALT_AND_KEY}",
    "allowed memory, too many passes": f"$argon2id$v=19$m=262144,t=5,p=4{SALT_AND_KEY}",
    "thousands of threads": f"$argon2id$v=19$m=65536,t=3,p=999{SALT_AND_KEY}",
    "17 threads": f"$argon2id$v=19$m=65536,t=3,p=17{SALT_AND_KEY}",
    "too little memory for its threads": f"$argon2id$v=19$m=31,t=3,p=4{SALT_AND_KEY}",
    "negative memory": f"$argon2id$v=19$m=-65536,t=3,p=4{SALT_AND_KEY}",
    "no memory": f"$argon2id$v=19$m=0,t=3,p=4{SALT_AND_KEY}",
    "digits beyond reason": f"$argon2id$v=19$m={'9' * 5000},t=3,p=4{SALT_AND_KEY}",
    "underscored number": HASHES[ARGON2].replace("m=65536", "m=65_536"),
    "fullwidth digit": HASHES[ARGON2].replace("m=65536", "m=\uff165536"),
    "huge output": f"$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ${'A' * 1_000_000}",
    "argon2i": HASHES[ARGON2].replace("argon2id", "argon2i"),
    "no version": HASHES[ARGON2].replace("$v=19", ""),
    "NUL behind": HASHES[ARGON2] + "\x00",
    "newline behind": HASHES[ARGON2] + "\n",
    "newline behind scrypt": HASHES[SCRYPT] + "\n",
    "not ASCII": HASHES[ARGON2][:-1] + "é",
    "half a character": HASHES[ARGON2][:-1] + "\ud800",
    "upper-case scrypt": HASHES[SCRYPT].upper(),
    "scrypt with its cost": f"1073741824:{HASHES[SCRYPT]}",
    "PHC scrypt, N=2^30": "$scrypt$ln=30,r=8,p=1$c29tZXNhbHQ$" + "A" * 43,
}


@pytest.mark.case("SC-CRYPTO-09")
@pytest.mark.rule("email-password §1 password.hash")
@pytest.mark.parametrize("example", VECTORS["password"]["examples"], ids=lambda example: example["password"])
def test_hashes_of_the_reference_verify(example: dict[str, str]) -> None:
    """Every password the reference stored is recognised with us, and no other is."""
    assert SCRYPT.recognises(example["hash"])
    assert SCRYPT.verify(example["password"], example["hash"])
    assert not SCRYPT.verify(example["password"] + " ", example["hash"])


@pytest.mark.case("SC-CRYPTO-09")
@pytest.mark.rule("email-password §1 password.hash")
def test_our_scrypt_hashes_are_made_like_those_of_the_reference() -> None:
    """The salt is 16 random bytes used as hexadecimal text; the key follows from the published parameters."""
    stored = SCRYPT.hash("ﬁne Å")

    found = re.fullmatch(r"([0-9a-f]{32}):([0-9a-f]{128})", stored)
    assert found is not None
    by_hand = hashlib.scrypt("fine Å".encode(), salt=found[1].encode(), n=16384, r=16, p=1, maxmem=2**26, dklen=64)
    assert found[2] == by_hand.hex()


def test_argon2_hashes_follow_rfc_9106() -> None:
    """Passwords are kept as argon2id with 64 MiB, three passes and four lanes; argon2-cffi itself verifies them."""
    stored = ARGON2.hash(PASSWORD)

    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert argon2.PasswordHasher().verify(stored, PASSWORD)


@each_hasher
def test_equal_passwords_have_different_hashes(hasher: PasswordHasher) -> None:
    """Every hash has a salt of its own."""
    assert hasher.hash(PASSWORD) != HASHES[hasher]


@each_hasher
@pytest.mark.parametrize("other", ["", "Correct horse battery", f"{PASSWORD} ", f"\x00{PASSWORD}", f"\ufeff{PASSWORD}"])
def test_only_the_same_password_matches(hasher: PasswordHasher, other: str) -> None:
    """Neither case nor white space nor a NUL is ignored."""
    assert hasher.verify(PASSWORD, HASHES[hasher])
    assert not hasher.verify(other, HASHES[hasher])


@pytest.mark.case("SC-PW-13")
@each_hasher
@pytest.mark.parametrize(
    ("typed", "as_well"),
    [
        (unicodedata.normalize("NFC", "Ångström"), unicodedata.normalize("NFD", "Ångström")),
        ("password", "".join(chr(ord(letter) + 0xFEE0) for letter in "password")),
        ("fine", "ﬁne"),
        ("a b", "a\u00a0b"),
        ("Kelvin", "\u212aelvin"),
    ],
)
def test_a_password_is_the_same_however_it_is_typed(hasher: PasswordHasher, typed: str, as_well: str) -> None:
    """Composed, decomposed, fullwidth: what NFKC makes equal is one password."""
    assert hasher.verify(as_well, hasher.hash(typed))


@pytest.mark.case("SC-PW-13")
@each_hasher
@pytest.mark.parametrize("different", ["straße", "STRASSE ", "strasse\ufeff", "Strasse"])
def test_passwords_are_neither_trimmed_nor_folded(hasher: PasswordHasher, different: str) -> None:
    """Case, trailing spaces and a byte-order mark make another password."""
    assert not hasher.verify(different, hasher.hash("strasse"))


@pytest.mark.case("SC-PW-12", "SC-PW-10")
@each_hasher
def test_long_passwords_count_to_the_last_character(hasher: PasswordHasher) -> None:
    """Passwords that agree in their first hundred characters, or in all but the text behind a NUL, differ."""
    emoji = "\U0001f511" * 127

    assert not hasher.verify("a" * 100 + "c", hasher.hash("a" * 100 + "b"))
    assert not hasher.verify("a\x00c", hasher.hash("a\x00b"))
    assert hasher.verify(emoji + "x", stored := hasher.hash(emoji + "x"))
    assert not hasher.verify(emoji + "y", stored)


@pytest.mark.case("SC-PW-19")
@each_hasher
@pytest.mark.parametrize("password", ["password", "a few words and  spaces " * 3, "\U0001f511" * 8])
def test_no_kind_of_password_is_refused(hasher: PasswordHasher, password: str) -> None:
    """Plain letters, spaces and emoji are hashed like anything else."""
    assert hasher.verify(password, hasher.hash(password))


@pytest.mark.case("SC-PW-16")
@each_hasher
@pytest.mark.parametrize("stored", UNUSABLE.values(), ids=UNUSABLE)
def test_broken_and_overpriced_hashes_match_nothing(hasher: PasswordHasher, stored: str) -> None:
    """A stored hash that is no hash, or asks for absurd work, is not ours: no match, no error, no work."""
    assert not hasher.recognises(stored)
    assert not hasher.verify(PASSWORD, stored)
    assert hasher.needs_rehash(stored)


@pytest.mark.case("SC-PW-16")
@pytest.mark.parametrize("parameters", ["m=262144,t=4,p=1", "m=8,t=1,p=1", "m=128,t=16,p=16"])
def test_costs_up_to_the_bound_are_accepted(parameters: str) -> None:
    """Hashes a little dearer or cheaper than ours are recognised."""
    assert ARGON2.recognises(f"$argon2id$v=19${parameters}{SALT_AND_KEY}")


@pytest.mark.case("SC-PW-16")
@each_hasher
@given(stored=st.text(st.characters()))
def test_no_stored_text_makes_a_hasher_fail(hasher: PasswordHasher, stored: str) -> None:
    """Whatever the column holds, the answer is no."""
    assert not hasher.recognises(stored)
    assert not hasher.verify(PASSWORD, stored)


@pytest.mark.case("SC-PW-16")
def test_a_damaged_hash_of_the_right_shape_matches_nothing() -> None:
    """Base64 that cannot be decoded, in the place of salt or key, is a mismatch."""
    stored = HASHES[ARGON2]

    assert ARGON2.recognises(stored[:-2])
    assert not ARGON2.verify(PASSWORD, stored[:-2])


@pytest.mark.case("SC-PW-11")
@each_hasher
def test_half_a_character_matches_nothing(hasher: PasswordHasher) -> None:
    """A lone surrogate, which no encoding has, is a wrong password."""
    assert not hasher.verify("\ud83d", HASHES[hasher])


def test_argon2_hashes_with_other_parameters_want_to_be_replaced() -> None:
    """A hash made with older parameters still verifies, and says that it should be made anew."""
    cheap = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)

    assert ARGON2.verify(PASSWORD, cheap)
    assert ARGON2.needs_rehash(cheap)
    assert not ARGON2.needs_rehash(HASHES[ARGON2])
    assert not SCRYPT.needs_rehash(HASHES[SCRYPT])

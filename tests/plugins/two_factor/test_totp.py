"""Codes of authenticator apps."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pytest

from fastapi_betterauth import ConfigurationError
from fastapi_betterauth.plugins.two_factor import OtpOptions, TotpOptions, qr_code_svg
from fastapi_betterauth.plugins.two_factor.totp import Totp, new_secret

VECTORS = json.loads((Path(__file__).parents[2] / "contract" / "vectors.json").read_text())["twoFactor"]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """A moment, in seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize("vector", VECTORS["totp"], ids=lambda v: str(v["time"]))
def test_codes_are_those_of_the_reference(vector: dict[str, int | str]) -> None:
    """Of its own secret, at its own times."""
    totp = Totp(VECTORS["secret"], TotpOptions())

    assert totp.code_at(at(int(vector["time"]))) == vector["code"]
    assert totp.step_of(str(vector["code"]), at(int(vector["time"]))) == int(vector["time"]) // 30


@pytest.mark.rule("two-factor §5")
def test_the_uri_is_that_of_the_reference() -> None:
    """Label and query as apps know them; a space in the issuer is encoded in both."""
    totp = Totp(VECTORS["secret"], TotpOptions())

    assert totp.uri("Conformance", "ada@example.test") == VECTORS["totpURI"]
    assert "/Big%20Co:a%2Bb%40x.test?" in totp.uri("Big Co", "a+b@x.test")
    assert "issuer=Big+Co&" in totp.uri("Big Co", "a+b@x.test")


@pytest.mark.parametrize(
    ("digits", "seconds", "code"), [(8, 59, "94287082"), (8, 1111111109, "07081804"), (8, 20000000000, "65353130")]
)
def test_codes_are_those_of_the_rfc(digits: Literal[8], seconds: int, code: str) -> None:
    """RFC 6238, appendix B."""
    assert Totp("12345678901234567890", TotpOptions(digits=digits)).code_at(at(seconds)) == code


@pytest.mark.case("SC-TFA-10")
@pytest.mark.parametrize(("steps", "known"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_step_of_skew_is_allowed(steps: int, *, known: bool) -> None:
    """Codes further away are wrong."""
    totp = Totp(new_secret(), TotpOptions())
    code = totp.code_at(at(NOW.timestamp() + 30 * steps))

    assert (totp.step_of(code, NOW) is not None) is known


@pytest.mark.case("SC-TFA-11")
@pytest.mark.parametrize("change", ["{} ", " {}", "{}0", "0{}", "{}\\n", "+{}", "-{}"])
def test_codes_have_exactly_their_digits(change: str) -> None:
    """Nothing around them, and ten kilobytes are none either."""
    totp = Totp(new_secret(), TotpOptions())

    assert totp.step_of(change.format(totp.code_at(NOW)), NOW) is None
    assert totp.step_of(totp.code_at(NOW) * 1700, NOW) is None


@pytest.mark.case("SC-TFA-11")
@pytest.mark.parametrize("zero", [0x0660, 0xFF10, 0x1D7CE], ids=["arabic", "fullwidth", "mathematical"])
def test_other_digits_are_no_digits(zero: int) -> None:
    """Python takes more characters for digits than ASCII has; codes do not."""
    totp = Totp(new_secret(), TotpOptions())
    code = "".join(chr(zero + int(digit)) for digit in totp.code_at(NOW))

    assert code.isdigit()
    assert totp.step_of(code, NOW) is None


@pytest.mark.rule("two-factor §1")
def test_options_that_make_no_sense_are_refused() -> None:
    """At construction, naming the option."""
    with pytest.raises(ConfigurationError, match="TotpOptions"):
        TotpOptions(digits=7)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match=r"OtpOptions\.digits"):
        OtpOptions(digits=3)


def test_the_qr_code_is_a_picture() -> None:
    """An SVG element that says what it is."""
    drawn = qr_code_svg(VECTORS["totpURI"])

    assert drawn.startswith("<svg")
    assert "<title>QR code</title>" in drawn

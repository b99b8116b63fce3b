"""Values that do not fit into one cookie (sessions sheet §3.5)."""

import logging

import pytest

from fastapi_betterauth.pipeline.cookie_chunks import ChunkedCookie
from fastapi_betterauth.pipeline.cookie_codec import CookieAttributes
from fastapi_betterauth.pipeline.cookies import CookieSpec, ResponseCookies

SPEC = CookieSpec("better-auth.session_data", CookieAttributes(max_age=300, secure=True))
LONG = "0123456789" * 1000


def _lines(cookies: ResponseCookies) -> dict[str, str]:
    """The value of each cookie in a response; of a name that is deleted and set, the value."""
    pairs = (line.partition("; ")[0].partition("=") for line in cookies.lines())
    return {name: value for name, _, value in pairs}


def _written(value: str, header: str | None = None) -> dict[str, str]:
    cookies = ResponseCookies()
    ChunkedCookie(SPEC, header).write(cookies, value)
    return _lines(cookies)


def _header(pieces: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in pieces.items())


@pytest.mark.rule("sessions §3.5")
def test_a_short_value_is_one_cookie() -> None:
    """What fits is not split."""
    assert _written("short") == {SPEC.name: "short"}


@pytest.mark.case("SC-COOKIE-07")
@pytest.mark.rule("sessions §3.5")
def test_no_piece_is_larger_than_browsers_keep() -> None:
    """A long value comes in numbered pieces of at most 4050 bytes each, attributes included."""
    cookies = ResponseCookies()

    assert ChunkedCookie(SPEC, None).write(cookies, LONG)

    assert list(_lines(cookies)) == [f"{SPEC.name}.{number}" for number in range(3)]
    assert max(len(line) for line in cookies.lines()) <= 4050
    assert "".join(_lines(cookies).values()) == LONG


@pytest.mark.rule("sessions §3.5")
@pytest.mark.parametrize("order", [1, -1], ids=["as sent", "reversed"])
def test_pieces_are_put_together_by_number(order: int) -> None:
    """The order in which a browser sends the pieces does not matter, up to the hundredth."""
    pieces = {f"{SPEC.name}.{number}": f"<{number}>" for number in range(100)}
    header = _header(dict(list(pieces.items())[::order]))

    assert ChunkedCookie(SPEC, header).read() == "".join(f"<{number}>" for number in range(100))


@pytest.mark.case("SC-CACHE-09")
def test_of_a_piece_sent_twice_the_first_counts() -> None:
    """A planted second piece of the same number is not read."""
    header = f"{SPEC.name}.0=a; {SPEC.name}.1=b; {SPEC.name}.0=evil"

    assert ChunkedCookie(SPEC, header).read() == "ab"


@pytest.mark.rule("sessions §3.5")
@pytest.mark.parametrize("suffix", ["01", "-1", "1e1", "x", "", "+1", "٣", "1" * 400])
def test_only_plain_numbers_count_pieces(suffix: str) -> None:
    """A name that merely resembles a piece is left alone."""
    header = f"{SPEC.name}.{suffix}=evil; {SPEC.name}.0=a"

    assert ChunkedCookie(SPEC, header).read() == "a"


@pytest.mark.rule("sessions §3.5")
def test_a_whole_cookie_goes_before_pieces() -> None:
    """Pieces that stayed behind are not read beside a whole value."""
    assert ChunkedCookie(SPEC, f"{SPEC.name}.0=old; {SPEC.name}=new").read() == "new"


@pytest.mark.rule("sessions §3.5")
def test_an_empty_cookie_is_none() -> None:
    """A cookie without a value says nothing, and pieces beside it do."""
    assert ChunkedCookie(SPEC, f"{SPEC.name}=").read() is None
    assert ChunkedCookie(SPEC, f"{SPEC.name}=; {SPEC.name}.0=a").read() == "a"
    assert ChunkedCookie(SPEC, "other=1").read() is None
    assert ChunkedCookie(SPEC, None).read() is None


@pytest.mark.case("SC-CACHE-09")
@pytest.mark.rule("sessions §3.5")
def test_pieces_that_are_left_over_are_deleted() -> None:
    """A value that shrinks to two pieces takes the third from the browser, before the new ones are set."""
    before = _written(LONG)
    cookies = ResponseCookies()

    ChunkedCookie(SPEC, _header(before)).write(cookies, LONG[:5000])

    assert list(_lines(cookies)) == [f"{SPEC.name}.2", f"{SPEC.name}.0", f"{SPEC.name}.1"]
    assert "".join(_lines(cookies).values()) == LONG[:5000]
    assert "Max-Age=0" in cookies.lines()[0]


@pytest.mark.case("SC-CACHE-09")
def test_a_whole_value_takes_the_place_of_pieces() -> None:
    """When all fits into one cookie again, no piece stays behind."""
    after = _written("short", _header(_written(LONG)))

    assert after == {f"{SPEC.name}.0": "", f"{SPEC.name}.1": "", f"{SPEC.name}.2": "", SPEC.name: "short"}


@pytest.mark.rule("sessions §3.4")
def test_nothing_leaves_under_an_expired_name() -> None:
    """What was to be set before the cookie was expired stays on the server, piece by piece."""
    cookies = ResponseCookies()
    chunked = ChunkedCookie(SPEC, f"{SPEC.name}.7=old")
    chunked.write(cookies, LONG)

    chunked.expire(cookies)

    assert _lines(cookies) == {SPEC.name: "", f"{SPEC.name}.7": ""}


@pytest.mark.rule("sessions §3.5")
def test_what_is_too_long_even_in_pieces_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """More than a hundred pieces are not set; a warning says so, and the old value goes."""
    cookies = ResponseCookies()
    with caplog.at_level(logging.WARNING, "fastapi_betterauth"):
        stored = ChunkedCookie(SPEC, f"{SPEC.name}=old").write(cookies, "x" * 400_000)

    assert not stored
    assert _lines(cookies) == {SPEC.name: ""}
    assert SPEC.name in caplog.text

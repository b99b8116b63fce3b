"""Hashing off the event loop, at equal cost in every branch (e-mail sheet §10)."""

import asyncio
import threading
from collections.abc import Iterator

import pytest

from fastapi_betterauth.crypto.hashers import Argon2Hasher, ScryptHasher
from fastapi_betterauth.crypto.passwords import HashingOverloaded, PasswordCheck, Passwords
from tests.builders.hashing import CheapHasher
from tests.crypto.vectors import VECTORS

NO = PasswordCheck(matches=False)
YES = PasswordCheck(matches=True)
REFERENCE = VECTORS["password"]["examples"][0]


class OldHasher(CheapHasher):
    """Another scheme, from earlier times."""

    def hash(self, password: str) -> str:
        return super().hash(password).replace("cheap:", "old:")

    def verify(self, password: str, stored: str) -> bool:
        return super().verify(password, stored.replace("old:", "cheap:"))

    def recognises(self, stored: str) -> bool:
        return stored.startswith("old:")


class FussyHasher(OldHasher):
    """Fails on long passwords, as bcrypt 5 and passlib do."""

    def verify(self, password: str, stored: str) -> bool:
        if len(password) > 72:
            raise ValueError(f"password cannot be longer than 72 bytes: {password}")
        return super().verify(password, stored)


class GatedHasher(CheapHasher):
    """Works only once the gate is open; knows how many entered."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.entered = threading.Semaphore(0)

    def hash(self, password: str) -> str:
        self.entered.release()
        self.gate.wait(10)
        return super().hash(password)


@pytest.fixture
def cheap() -> CheapHasher:
    """The preferred hasher, counting."""
    return CheapHasher()


@pytest.fixture
def old() -> OldHasher:
    """A hasher from earlier times, counting."""
    return OldHasher()


@pytest.fixture
def passwords(cheap: CheapHasher, old: OldHasher) -> Iterator[Passwords]:
    """Both behind one door."""
    made = Passwords(cheap, [old])
    yield made
    made.close()


@pytest.fixture
def gated() -> Iterator[GatedHasher]:
    """A hasher that waits for its gate."""
    hasher = GatedHasher()
    yield hasher
    hasher.gate.set()


async def test_a_password_matches_the_hash_made_of_it(passwords: Passwords) -> None:
    """What was hashed verifies, without need of another hash; anything else does not."""
    stored = await passwords.hash("secret word")

    assert await passwords.verify("secret word", stored) == YES
    assert await passwords.verify("other word", stored) == NO


@pytest.mark.case("SC-PW-02")
@pytest.mark.parametrize(
    ("password", "stored"),
    [
        ("right", "cheap:right"),
        ("wrong", "cheap:right"),
        ("wrong", "old:right"),
        ("any", None),
        ("any", ""),
        ("any", "!"),
        ("any", "$9$unknown"),
        ("", "cheap:"),
        ("", None),
        ("a" * 4097, "cheap:right"),
        ("\ud800", "cheap:right"),
    ],
)
async def test_every_answer_costs_one_hash(
    passwords: Passwords, cheap: CheapHasher, old: OldHasher, password: str, stored: str | None
) -> None:
    """Right, wrong, no account, no password, odd hash: the work is the same, so time tells nothing."""
    await passwords.verify(password, stored)

    assert cheap.calls + old.calls == 1


@pytest.mark.case("SC-PW-17")
@pytest.mark.parametrize("password", ["", "any", "None", "cheap:"])
@pytest.mark.parametrize("stored", [None, ""])
async def test_nothing_matches_where_no_password_is_stored(
    passwords: Passwords, password: str, stored: str | None
) -> None:
    """An account without a password, as from a social sign-in, opens to no password."""
    assert await passwords.verify(password, stored) == NO


@pytest.mark.case("SC-PW-17")
async def test_the_empty_password_never_matches(passwords: Passwords) -> None:
    """Even where a hash of the empty password is stored, the empty password does not open the account."""
    stored = await passwords.hash("")

    assert await passwords.verify("", stored) == NO


@pytest.mark.case("SC-PW-17")
async def test_the_empty_password_of_the_reference_never_matches() -> None:
    """A hash of the empty password that the reference made does not open the account either."""
    empty = next(example for example in VECTORS["password"]["examples"] if not example["password"])
    passwords = Passwords(ScryptHasher())

    assert await passwords.verify("", empty["hash"]) == NO
    passwords.close()


@pytest.mark.case("SC-PW-03")
async def test_an_older_kind_of_hash_is_replaced(passwords: Passwords, cheap: CheapHasher) -> None:
    """The right password of an older scheme brings a new hash by the preferred one."""
    check = await passwords.verify("secret word", "old:secret word")

    assert check == PasswordCheck(matches=True, replacement="cheap:secret word")
    assert await passwords.verify("secret word", check.replacement) == YES


@pytest.mark.case("SC-PW-03")
async def test_a_wrong_password_replaces_nothing(passwords: Passwords) -> None:
    """Only a password that matched is hashed anew."""
    assert await passwords.verify("wrong", "old:secret word") == NO


async def test_outdated_parameters_are_replaced(
    passwords: Passwords, cheap: CheapHasher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hash of the preferred scheme with other parameters is made anew at a match."""
    monkeypatch.setattr(cheap, "needs_rehash", lambda stored: True)

    check = await passwords.verify("secret word", "cheap:secret word")

    assert check == PasswordCheck(matches=True, replacement="cheap:secret word")


@pytest.mark.case("SC-PW-03", "SC-CRYPTO-09")
async def test_a_user_of_the_reference_moves_to_argon2() -> None:
    """A hash from Better Auth verifies and is replaced by argon2id; the way back works as well."""
    forth, back = Passwords(Argon2Hasher(), [ScryptHasher()]), Passwords(ScryptHasher(), [Argon2Hasher()])

    moved = (await forth.verify(REFERENCE["password"], REFERENCE["hash"])).replacement
    returned = (await back.verify(REFERENCE["password"], moved)).replacement

    assert (moved or "").startswith("$argon2id$")
    assert ScryptHasher().verify(REFERENCE["password"], returned or "")
    forth.close()
    back.close()


@pytest.mark.case("SC-PW-09", "SC-PW-14")
@pytest.mark.rule("email-password §10")
@pytest.mark.parametrize("password", ["a" * 4097, "\ufdfa" * 1366, "\ufdfa" * 1_000_000], ids=["long", "bomb", "huge"])
async def test_an_overlong_password_reaches_no_hasher(passwords: Passwords, cheap: CheapHasher, password: str) -> None:
    """More than 4 096 bytes are neither normalised nor hashed; the decoy takes their place."""
    assert await passwords.verify(password, f"cheap:{password}") == NO

    assert cheap.hashed == ["decoy"]
    assert cheap.verified == []


@pytest.mark.case("SC-PW-09", "SC-PW-14")
@pytest.mark.parametrize("password", ["a" * 4097, "\ufdfa" * 1366, "\ud800"])
async def test_what_could_never_be_verified_is_not_hashed(passwords: Passwords, password: str) -> None:
    """A password that `verify` would turn away is refused when it is set."""
    with pytest.raises(ValueError, match="too long"):
        await passwords.hash(password)


@pytest.mark.case("SC-PW-14")
async def test_the_worst_expansion_within_bounds_is_hashed() -> None:
    """The longest text that grows eighteenfold under NFKC is an ordinary password."""
    passwords, bomb = Passwords(ScryptHasher()), "\ufdfa" * 1365

    assert await passwords.verify(bomb, await passwords.hash(bomb)) == YES
    passwords.close()


@pytest.mark.case("SC-PW-11", "SC-PW-12")
async def test_a_backend_that_fails_on_a_password_means_no(caplog: pytest.LogCaptureFixture) -> None:
    """A host's hasher that raises for long passwords is a mismatch at the usual cost, logged without the password."""
    preferred, fussy = CheapHasher(), FussyHasher()
    passwords = Passwords(preferred, [fussy])

    assert await passwords.verify("p" * 100, "old:" + "p" * 72) == NO

    assert preferred.calls + fussy.calls == 1
    assert "FussyHasher" in caplog.text
    assert "ppp" not in caplog.text
    passwords.close()


@pytest.mark.case("SC-PW-16")
@pytest.mark.parametrize("stored", ["!", "$9$unknown$hash", "cheap"])
async def test_an_unknown_hash_is_logged_once_and_not_shown(
    passwords: Passwords, stored: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A hash of no known kind matches nothing and leaves one line in the log, without the hash."""
    assert await passwords.verify("any", stored) == NO

    assert len(caplog.records) == 1
    assert caplog.records[0].args == ()
    assert stored not in caplog.records[0].getMessage().split()


async def test_accounts_without_a_password_are_not_worth_a_line(
    passwords: Passwords, caplog: pytest.LogCaptureFixture
) -> None:
    """Sign-in attempts for social accounts do not fill the log."""
    await passwords.verify("any", None)

    assert caplog.records == []


@pytest.mark.case("SC-LOG-03")
def test_a_check_does_not_show_the_new_hash() -> None:
    """The representation of a check holds no hash."""
    assert "marker" not in repr(PasswordCheck(matches=True, replacement="marker"))


@pytest.mark.case("SC-PW-15")
async def test_hashing_leaves_the_event_loop_free(gated: GatedHasher) -> None:
    """While every thread hashes, the loop goes on with other work."""
    passwords = Passwords(gated, max_workers=1)
    hashing = asyncio.create_task(passwords.hash("secret word"))

    await asyncio.to_thread(gated.entered.acquire)
    assert not hashing.done()
    gated.gate.set()

    assert await hashing == "cheap:secret word"
    passwords.close()


@pytest.mark.case("SC-PW-15")
async def test_a_full_queue_turns_the_next_one_away(gated: GatedHasher) -> None:
    """Beyond the threads and the waiting places a hash is refused at once, and welcome again later."""
    passwords = Passwords(gated, max_workers=1, max_waiting=2)
    accepted = [asyncio.create_task(passwords.hash(f"word {n}")) for n in range(3)]
    await asyncio.sleep(0)

    with pytest.raises(HashingOverloaded):
        await passwords.hash("one too many")
    with pytest.raises(HashingOverloaded):
        await passwords.verify("one too many", None)
    gated.gate.set()

    assert await asyncio.gather(*accepted) == ["cheap:word 0", "cheap:word 1", "cheap:word 2"]
    assert await passwords.hash("word 3") == "cheap:word 3"
    passwords.close()


@pytest.mark.case("SC-PW-15")
@pytest.mark.rule("email-password §10")
async def test_only_so_many_hash_at_a_time(gated: GatedHasher) -> None:
    """No more threads work than were allowed, however many wait."""
    passwords = Passwords(gated, max_workers=2, max_waiting=8)
    waiting = [asyncio.create_task(passwords.hash(f"word {n}")) for n in range(6)]
    for _ in range(2):
        await asyncio.to_thread(gated.entered.acquire)

    assert not await asyncio.to_thread(gated.entered.acquire, timeout=0.05)
    gated.gate.set()
    await asyncio.gather(*waiting)
    passwords.close()


@pytest.mark.case("SC-PW-15")
async def test_callers_who_leave_give_their_waiting_place_back(gated: GatedHasher) -> None:
    """A cancelled wait frees its place; a cancelled hash that has begun keeps its thread until it ends."""
    passwords = Passwords(gated, max_workers=1, max_waiting=1)
    begun = asyncio.create_task(passwords.hash("begun"))
    await asyncio.to_thread(gated.entered.acquire)
    waiting = asyncio.create_task(passwords.hash("waiting"))
    await asyncio.sleep(0)

    for task in (begun, waiting):
        task.cancel()
    await asyncio.gather(begun, waiting, return_exceptions=True)
    next_one = asyncio.create_task(passwords.hash("next one"))
    await asyncio.sleep(0)
    with pytest.raises(HashingOverloaded):
        await passwords.hash("one too many")
    gated.gate.set()

    assert await next_one == "cheap:next one"
    passwords.close()


async def test_threads_start_with_the_first_hash_and_end_with_close(cheap: CheapHasher) -> None:
    """Making the object costs no thread; closing it twice, or before the first hash, is harmless."""
    before = _hash_threads()
    passwords = Passwords(cheap)
    passwords.close()
    assert _hash_threads() <= before

    await passwords.hash("secret word")
    threads = _hash_threads() - before
    passwords.close()
    passwords.close()

    assert threads
    for thread in threads:
        await asyncio.to_thread(thread.join, 5)
        assert not thread.is_alive()


def _hash_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith("fastapi_betterauth_hash")}

"""What a mail server that takes connections and says nothing costs those whose requests send mail.

    python -m benchmarks.mail [--requests 40]

The requests go in turn to an app with such a server and to one that throws mails away, one at a time.
"""

import argparse
import os
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import httpx2

from benchmarks.servers import serving

_PASSWORD = "correct horse battery"
_MOST = 50.0


@dataclass(frozen=True, slots=True)
class Delay:
    """How long answers took with the dead server and without."""

    path: str
    dead: tuple[float, ...]
    """In milliseconds."""
    none: tuple[float, ...]
    """In milliseconds."""

    def __str__(self) -> str:
        median = statistics.median(self.dead) - statistics.median(self.none)
        tail = _ninetieth(self.dead) - _ninetieth(self.none)
        return f"{self.path:<26} median {median:>+7.1f} ms  9 of 10 {tail:>+7.1f} ms  target <= {_MOST:.0f}"


def compare(database: str, requests: int) -> list[Delay]:
    """Measure each endpoint that sends mail. Args: requests: of each kind to each app."""
    with (
        _silent_server() as url,
        serving("benchmarks.mail_app:app", database, {"SMTP_URL": url}) as dead,
        serving("benchmarks.mail_app:app", database) as none,
        _client(dead) as one,
        _client(none) as other,
    ):
        people = {client: _address() for client in (one, other)}
        for client, address in people.items():
            _post(client, "/sign-up/email", _newcomer(address))
        return [_delay(path, one, other, people, requests) for path in _BODIES]


def _delay(
    path: str, dead: httpx2.Client, none: httpx2.Client, people: dict[httpx2.Client, str], requests: int
) -> Delay:
    """Ask both in turn, each as often first as second."""
    took: dict[httpx2.Client, list[float]] = {dead: [], none: []}
    for number in range(requests):
        for client in (dead, none) if number % 2 else (none, dead):
            took[client].append(_post(client, path, _BODIES[path](people[client])))
    return Delay(path, tuple(took[dead]), tuple(took[none]))


def _newcomer(address: str) -> dict[str, str]:
    return {"name": "Bench", "email": address, "password": _PASSWORD}


def _ninetieth(times: tuple[float, ...]) -> float:
    return statistics.quantiles(times, n=10)[-1]


_BODIES: dict[str, Callable[[str], dict[str, str]]] = {
    "/sign-up/email": lambda _address_of_ours: _newcomer(_address()),
    "/request-password-reset": lambda address: {"email": address},
    "/send-verification-email": lambda address: {"email": address},
    "/sign-in/magic-link": lambda address: {"email": address},
}


def _address() -> str:
    return f"{uuid4().hex}@bench.test"


def _post(client: httpx2.Client, path: str, body: dict[str, str]) -> float:
    """Returns: how long the answer took, in milliseconds."""
    client.cookies.clear()
    begun = time.perf_counter()
    answer = client.post(f"/api/auth{path}", json=body)
    taken = (time.perf_counter() - begun) * 1000
    answer.raise_for_status()
    return taken


def _client(base: str) -> httpx2.Client:
    return httpx2.Client(base_url=base, headers={"origin": base}, timeout=60)


@contextmanager
def _silent_server() -> Iterator[str]:
    """Listen, and never say a word: worse than a closed port, which is refused at once."""
    with socket.create_server(("127.0.0.1", 0), backlog=4096) as server:
        yield f"smtp://127.0.0.1:{server.getsockname()[1]}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mail")
    parser.add_argument("--requests", type=int, default=40)
    given = parser.parse_args()
    print("mail by a server that says nothing, against none:")
    for delay in compare(os.environ.get("DATABASE_URL") or os.environ["TEST_POSTGRES_URL"], given.requests):
        print(delay)


if __name__ == "__main__":
    main()

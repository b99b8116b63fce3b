"""Private PostgreSQL, MariaDB and Redis servers for the suite, on free loopback ports, gone afterwards.

    python scripts/services.py run -- pytest -n 2     # start, run the command, stop; its exit code
    python scripts/services.py up                     # start, print the addresses, wait for Ctrl-C

A server whose address is already in the environment is not started. Missing programs are named loudly;
under CI=true they are an error. Standard library only.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType

START_TIMEOUT = 60.0
STOP_TIMEOUT = 15.0
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")

# Far from UTC on purpose: code that lets a server's time zone in must not pass.
POSTGRES_TIME_ZONE = "America/New_York"
MARIADB_TIME_ZONE = "+05:45"


class StartError(RuntimeError):
    """A server could not be set up or does not answer."""


class Server(ABC):
    """One server process with a data folder of its own."""

    name: str
    variable: str
    """The environment variable that carries its address."""
    account: str
    """Whom it runs as when we are root; it refuses, or should not, run as root."""
    stop_signal = signal.SIGTERM

    def __init__(self, folder: Path, port: int | None = None) -> None:
        self.folder = folder
        self.port = port or free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    @abstractmethod
    def programs(cls) -> Sequence[str | None]:
        """The programs it needs; None stands for one that was not found."""

    @property
    @abstractmethod
    def url(self) -> str:
        """Where the tests reach it."""

    @property
    @abstractmethod
    def command(self) -> Sequence[str]:
        """The server itself, in the foreground."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether it serves clients now."""

    def set_up(self) -> Sequence[str] | None:
        """The command that fills the empty data folder, if there is one."""
        return None

    def prepare(self) -> subprocess.Popen[bytes] | None:
        """Make the folder and begin to fill it; the caller waits, so that servers are set up side by side."""
        self.folder.mkdir(parents=True)
        if os.geteuid() == 0:
            shutil.chown(self.folder, self._user())
        command = self.set_up()
        return self._spawn(command, "setup.log") if command else None

    def start(self) -> None:
        """Start the server on its folder, for the first time or again."""
        self._process = self._spawn(self.command, "server.log")

    def wait(self, timeout: float = START_TIMEOUT) -> None:
        """Return when it answers."""
        deadline = time.monotonic() + timeout
        while not self.answers():
            if self._process is None or self._process.poll() is not None or time.monotonic() > deadline:
                raise StartError(f"{self.name} did not start:\n{self.log('server.log')}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop the server; its data stay, so it can be started again."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(self.stop_signal)
            try:
                self._process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None

    def log(self, name: str) -> str:
        """The end of one of its logs."""
        with suppress(OSError):
            return (self.folder / name).read_text(errors="replace")[-3000:]
        return ""

    def _user(self) -> str:
        try:
            return pwd.getpwnam(self.account).pw_name
        except KeyError:
            return "nobody"

    def _spawn(self, command: Sequence[str], log: str) -> subprocess.Popen[bytes]:
        as_root = os.geteuid() == 0
        user = self._user() if as_root else None
        with (self.folder / log).open("ab") as output:
            return subprocess.Popen(
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=user,
                group=pwd.getpwnam(user).pw_gid if user else None,
                extra_groups=() if as_root else None,
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - no threads have been started
            )


class Postgres(Server):
    """PostgreSQL without durability: the data live as long as the run."""

    name, variable, account = "PostgreSQL", "TEST_POSTGRES_URL", "postgres"
    stop_signal = signal.SIGINT  # the fast shutdown: does not wait for clients

    @classmethod
    def programs(cls) -> Sequence[str | None]:
        """The server and its initdb, which Debian keeps out of the way."""
        return [_postgres("postgres"), _postgres("initdb")]

    @property
    def url(self) -> str:
        """The superuser's address, of the maintenance database."""
        return f"postgresql+asyncpg://test@127.0.0.1:{self.port}/postgres"

    def set_up(self) -> Sequence[str]:
        """An empty cluster that trusts loopback."""
        options = ("--username=test", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        return [_postgres("initdb") or "initdb", f"--pgdata={self.folder / 'data'}", *options]

    @property
    def command(self) -> Sequence[str]:
        """The server with everything off that protects data across a crash."""
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.folder,
            "max_connections": 300,
            "timezone": POSTGRES_TIME_ZONE,
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "max_wal_size": "4GB",
            "autovacuum": "off",
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [_postgres("postgres") or "postgres", "-D", str(self.folder / "data"), *options]

    def answers(self) -> bool:
        """Asks for TLS: a server that is up says yes or no, one that is starting says nothing yet."""
        ready = _postgres("pg_isready")
        if ready is None:
            return _exchange(self.port, b"\x00\x00\x00\x08\x04\xd2\x16\x2f") in (b"N", b"S")
        call = [ready, "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(call, check=False).returncode == 0


class MariaDB(Server):
    """MariaDB without durability."""

    name, variable, account = "MariaDB", "TEST_MARIADB_URL", "mysql"

    @classmethod
    def programs(cls) -> Sequence[str | None]:
        """The server and its installer."""
        return [_which("mariadbd"), _which("mariadb-install-db")]

    @property
    def url(self) -> str:
        """The address of the system database, for an account that may do everything."""
        return f"mysql+aiomysql://test@127.0.0.1:{self.port}/mysql"

    def set_up(self) -> Sequence[str]:
        """The system tables, and the account that the server creates at its first start."""
        (self.folder / "accounts.sql").write_text(
            "CREATE USER IF NOT EXISTS test@'%';\nGRANT ALL ON *.* TO test@'%' WITH GRANT OPTION;\n"
        )
        return [
            _which("mariadb-install-db") or "mariadb-install-db",
            "--no-defaults",
            f"--datadir={self.folder / 'data'}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--innodb-flush-log-at-trx-commit=0",
        ]

    @property
    def command(self) -> Sequence[str]:
        """The server with everything off that protects data across a crash."""
        return [
            _which("mariadbd") or "mariadbd",
            "--no-defaults",
            f"--datadir={self.folder / 'data'}",
            f"--socket={self.folder / 'socket'}",
            f"--pid-file={self.folder / 'pid'}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            f"--init-file={self.folder / 'accounts.sql'}",
            f"--default-time-zone={MARIADB_TIME_ZONE}",
            "--character-set-server=utf8mb4",
            "--max-connections=300",
            "--innodb-flush-log-at-trx-commit=0",
            "--skip-innodb-doublewrite",
            "--innodb-fast-shutdown=2",
            "--skip-log-bin",
        ]

    def answers(self) -> bool:
        """A server that is up greets first, with version 10 of the protocol."""
        return _exchange(self.port, b"")[4:5] == b"\x0a"


class Redis(Server):
    """Redis in memory only."""

    name, variable, account = "Redis", "TEST_REDIS_URL", "redis"

    @classmethod
    def programs(cls) -> Sequence[str | None]:
        """The server."""
        return [_which("redis-server")]

    @property
    def url(self) -> str:
        """The address of database 0."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def command(self) -> Sequence[str]:
        """The server without snapshots and append-only file."""
        options = ("--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(self.folder))
        return [_which("redis-server") or "redis-server", "--port", str(self.port), *options]

    def answers(self) -> bool:
        """Says PONG to PING."""
        return _exchange(self.port, b"PING\r\n").startswith(b"+PONG")


SERVERS: tuple[type[Server], ...] = (Postgres, MariaDB, Redis)


def free_port() -> int:
    """A loopback port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(kinds: Sequence[type[Server]]) -> Iterator[dict[type[Server], Server]]:
    """Start servers of these kinds side by side; on leaving, stop them and remove their data."""
    with ExitStack() as stack:
        folder = tempfile.TemporaryDirectory(prefix="fba-", ignore_cleanup_errors=True)
        root = Path(stack.enter_context(folder))
        root.chmod(0o711)  # the servers' accounts must reach their own folders below
        servers = [kind(root / kind.account) for kind in kinds]
        set_ups = [(server, server.prepare()) for server in servers]
        for server, set_up in set_ups:
            if set_up is not None and set_up.wait() != 0:
                raise StartError(f"{server.name} could not be set up:\n{server.log('setup.log')}")
        for server in servers:
            stack.callback(server.stop)
            server.start()
        for server in servers:
            server.wait()
        yield {type(server): server for server in servers}


def find_browser() -> str | None:
    """The path of a Chromium on this machine."""
    return next((path for name in BROWSERS if (path := _which(name))), None)


def choose(environment: Mapping[str, str]) -> list[type[Server]]:
    """The servers to start; exits under CI=true when a program is missing."""
    wanted = [kind for kind in SERVERS if kind.variable not in environment]
    absent = [kind for kind in wanted if None in kind.programs()]
    names = [kind.name for kind in absent]
    if "TEST_CHROMIUM" not in environment and find_browser() is None:
        names.append("Chromium")
    if names:
        _say(f"!!! NOT ON THIS MACHINE: {', '.join(names)}. Tests that need them are SKIPPED. !!!")
        if environment.get("CI") == "true":
            sys.exit("Under CI=true nothing may be skipped: scripts/setup-machine installs what is missing.")
    return [kind for kind in wanted if kind not in absent]


def main() -> int:
    """Read the command line and do it."""
    parser = argparse.ArgumentParser(description="Private servers for the test suite.")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("up", help="start, print the addresses, wait for Ctrl-C")
    run = actions.add_parser("run", help="start, run a command, stop")
    run.add_argument("command", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    arguments = parser.parse_args()

    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGHUP, _leave)
    try:
        with running(choose(os.environ)) as servers:
            addresses = {server.variable: server.url for server in servers.values()}
            if (browser := find_browser()) is not None:
                addresses.setdefault("TEST_CHROMIUM", os.environ.get("TEST_CHROMIUM", browser))
            if arguments.action == "up":
                return _hold(addresses)
            command = arguments.command[1:] if arguments.command[:1] == ["--"] else arguments.command
            return _run(command, os.environ | addresses) if command else parser.error("run needs a command")
    except StartError as error:
        _say(str(error))
        return 1
    except KeyboardInterrupt:
        return 130


def _hold(addresses: Mapping[str, str]) -> int:
    for name, value in addresses.items():
        print(f"export {name}={value}", flush=True)
    _say("Press Ctrl-C to stop.")
    signal.pause()
    return 0


def _run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    with subprocess.Popen(command, env=environment) as process:
        try:
            return process.wait()
        except BaseException:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_TIMEOUT)
            process.kill()
            raise


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _which(name: str) -> str | None:
    folders = [os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]
    return shutil.which(name, path=os.pathsep.join(folders))


def _postgres(name: str) -> str | None:
    """The newest of Debian's side-by-side versions, or what PATH offers."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    return str(found[-1]) if found else _which(name)


def _exchange(port: int, message: bytes) -> bytes:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
        connection.sendall(message)
        return connection.recv(64)
    return b""


def _parent_death_signal() -> Callable[[], None]:
    """Linux can end a child with its parent: a killed run must not leave servers behind."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None).prctl
    set_parent_death_signal = 1

    def die_with_parent() -> None:
        prctl(set_parent_death_signal, signal.SIGKILL)

    return die_with_parent


_die_with_parent = _parent_death_signal()


if __name__ == "__main__":
    sys.exit(main())

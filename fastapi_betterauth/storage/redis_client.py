"""Builds Redis clients from URLs. The only module that imports the package ``redis``, an extra."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from redis.asyncio import ConnectionPool, Redis, RedisCluster, Sentinel
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeout

from fastapi_betterauth.errors import ConfigurationError

FAULTS = (RedisError, OSError)
"""What a client raises; a time-out is an OSError."""

_SINGLE = ("redis", "rediss", "unix")
_SENTINEL = ("redis+sentinel", "rediss+sentinel")
_CLUSTER = ("redis+cluster", "rediss+cluster")
_HELP = (
    "Write redis://host:6379/0, rediss:// for TLS, unix:///path.sock, "
    "redis+sentinel://host:26379,host2:26379/master-name/0 or redis+cluster://host:6379,host2:6379."
)
_SENTINEL_LOGIN = ("sentinel_username", "sentinel_password")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How a client treats its servers; times in seconds."""

    timeout: float
    max_connections: int
    retries: int
    backoff: float

    @property
    def settings(self) -> dict[str, Any]:
        """Returns: what every kind of client is told."""
        backoff = ExponentialWithJitterBackoff(cap=max(self.backoff, 0.5), base=self.backoff)
        return {
            "socket_timeout": self.timeout,
            "socket_connect_timeout": self.timeout,
            # Connections that a time-out interrupted may still be closing while the next ones open.
            "max_connections": 2 * self.max_connections,
            "retry": Retry(backoff, self.retries),
        }


@dataclass(frozen=True, slots=True)
class Connected:
    """A client, and how everything that it opened is closed."""

    client: Redis | RedisCluster
    closers: tuple[Callable[[], Awaitable[None]], ...] = ()


_ON_ERROR = {"retry_on_error": [RedisConnectionError, RedisTimeout, OSError]}


def connect(url: str, manners: Manners) -> Connected:
    """Build a client; nothing is contacted yet.

    Raises: ConfigurationError: the URL cannot be read.
    """
    try:
        parts = urlsplit(url)
        if parts.scheme in _SINGLE:
            client = Redis.from_pool(ConnectionPool.from_url(url, **manners.settings, **_ON_ERROR))
            return Connected(client, (client.aclose,))
        if parts.scheme in _SENTINEL:
            return _master(parts, manners)
        if parts.scheme in _CLUSTER:
            nodes = [ClusterNode(host, port) for host, port in _hosts(parts, 6379)]
            cluster = RedisCluster(startup_nodes=nodes, **manners.settings, **_login(parts), **_tls(parts))
            return Connected(cluster, (cluster.aclose,))
    except (ValueError, RedisError) as error:
        # The URL holds a password: it is not repeated.
        problem = f"it cannot be read ({type(error).__name__})."
        raise ConfigurationError("RedisStorage.url", problem, _HELP) from None
    raise ConfigurationError("RedisStorage.url", f"the scheme {parts.scheme!r} is not known.", _HELP)


def _master(parts: SplitResult, manners: Manners) -> Connected:
    """Follow a master through its sentinels; ``?sentinel_password=`` is theirs, user and password are the master's."""
    name, _, database = parts.path.strip("/").partition("/")
    if not name:
        raise ValueError("no master name")
    query = parse_qs(parts.query)
    theirs = {key.removeprefix("sentinel_"): values[0] for key, values in query.items() if key in _SENTINEL_LOGIN}
    timeouts = {"socket_timeout": manners.timeout, "socket_connect_timeout": manners.timeout}
    sentinel = Sentinel(  # type: ignore[no-untyped-call]  # redis has no annotations there
        _hosts(parts, 26379),
        sentinel_kwargs={**timeouts, **theirs, **_tls(parts)},
        db=int(database or 0),
        **{**manners.settings, **_ON_ERROR, **_login(parts), **_tls(parts)},
    )
    client = cast("Redis", sentinel.master_for(unquote(name)))
    return Connected(client, (client.aclose, *(one.aclose for one in sentinel.sentinels)))


def _tls(parts: SplitResult) -> dict[str, Any]:
    return {"ssl": True} if parts.scheme.startswith("rediss") else {}


def _hosts(parts: SplitResult, default_port: int) -> list[tuple[str, int]]:
    """Returns: the servers of a URL that may name several."""
    hosts: list[tuple[str, int]] = []
    for entry in parts.netloc.rpartition("@")[2].split(","):
        one = urlsplit(f"//{entry.strip()}")
        if not one.hostname:
            raise ValueError("no host")
        hosts.append((one.hostname, one.port or default_port))
    return hosts


def _login(parts: SplitResult) -> dict[str, Any]:
    """Returns: user and password of a URL, as far as it has them."""
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    given = {"username": unquote(user), "password": unquote(password)}
    return {name: value for name, value in given.items() if value}

"""Redis in its larger forms, each as small as it can be."""

import os
import shutil
from collections.abc import Sequence

from scripts.services import Redis, _exchange, free_port


class RedisCluster(Redis):
    """A cluster of one node that owns every slot."""

    @property
    def url(self) -> str:
        """The address of the cluster."""
        return f"redis+cluster://127.0.0.1:{self.port}"

    @property
    def command(self) -> Sequence[str]:
        """The server as a node."""
        return [*super().command, "--cluster-enabled", "yes", "--cluster-port", str(free_port())]

    def answers(self) -> bool:
        """Whether all slots are served; it takes them as soon as it listens."""
        _exchange(self.port, b"CLUSTER ADDSLOTSRANGE 0 16383\r\n")
        return b"cluster_state:ok" in _exchange(self.port, b"CLUSTER INFO\r\n")


class RedisSentinel(Redis):
    """A sentinel, and the server it watches."""

    def prepare(self) -> None:
        """Make folders for both, and the file in which the sentinel keeps what it learns."""
        super().prepare()
        self.master = Redis(self.folder / "master")
        self.master.prepare()
        config = self.folder / "sentinel.conf"
        config.write_text(f"sentinel monitor main 127.0.0.1 {self.master.port} 1\n")
        if os.geteuid() == 0:
            shutil.chown(config, self._user())

    @property
    def url(self) -> str:
        """The address of the master as the sentinel tells it."""
        return f"redis+sentinel://127.0.0.1:{self.port}/main/0"

    @property
    def command(self) -> Sequence[str]:
        """The sentinel; it is the same program."""
        program, *_ = super().command
        return [program, str(self.folder / "sentinel.conf"), "--sentinel", "--port", str(self.port)]

    def start(self) -> None:
        """Start both."""
        self.master.start()
        self.master.wait()
        super().start()

    def stop(self) -> None:
        """Stop both."""
        super().stop()
        self.master.stop()

"""A Redis of a test's own: one that may be stopped, silenced and filled with rubbish."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import redis


class RedisServer:
    """A running redis-server; `url` is its address."""

    def __init__(self, directory: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(directory)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self.url = f"redis://127.0.0.1:{self.port}/0"
        for _ in range(1000):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.01)
            else:
                return
        raise AssertionError("redis-server does not listen")

    def fall_silent(self) -> None:
        """Accept, and answer nothing."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def answer_again(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)

    def empty(self) -> None:
        """Forget everything, scripts too."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()
            client.script_flush()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()

"""What goes wrong beside a measurement: a port that stays silent, a Redis of its own that can be stopped."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.contenders import free_port
from bench.upstreams import LOOPBACK


def connections(port: int) -> int:
    """Connections to `port` that are open now."""
    ending = f":{port:04X}"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]]
    return sum(line[2].endswith(ending) and line[3] == "01" for line in lines)


@contextmanager
def silent() -> Iterator[int]:
    """A port where connections come about and nothing is ever said."""
    with socket.create_server((LOOPBACK, 0), backlog=4096) as listener:
        yield int(listener.getsockname()[1])


@contextmanager
def redis_server(directory: Path) -> Iterator[tuple[int, str]]:
    """A Redis of this measurement's own: its process id and address."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", LOOPBACK, "--save", "", "--dir", str(directory)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            time.sleep(0.3)
            yield process.pid, f"redis://{LOOPBACK}:{port}/0"
        finally:
            process.kill()

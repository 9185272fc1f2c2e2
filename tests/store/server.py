"""A PostgreSQL of a test's own, which it may stop and start as it likes."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.needs import missing


class PostgreSQL:
    """A server in a directory and on a port of its own. As root it runs under the user `postgres`, as it demands."""

    def __init__(self) -> None:
        for program in ("initdb", "pg_ctl"):
            if shutil.which(program) is None:
                missing(f"{program} is not installed: a server that may be restarted is needed")
        # Not below pytest's own directory: that is closed to the other user.
        self._directory = Path(tempfile.mkdtemp(prefix="huiju-postgresql-"))
        self._data = self._directory / "pg"
        self._who: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        if self._who:
            shutil.chown(self._directory, "postgres", "postgres")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self._run("initdb", "-D", str(self._data), "-U", "huiju", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        self.url = f"postgresql+asyncpg://huiju@127.0.0.1:{self._port}/postgres"

    def start(self) -> None:
        """Start it and wait until it answers."""
        options = f"-p {self._port} -k {self._data} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("pg_ctl", "-D", str(self._data), "-w", "-l", str(self._data / "log"), "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop it, by default as a crash does."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", mode, "stop")

    def remove(self) -> None:
        """Stop it, where it runs, and take its files away."""
        if (self._data / "postmaster.pid").exists():
            self.stop()
        shutil.rmtree(self._directory)

    def _run(self, *words: str) -> None:
        done = subprocess.run(words, check=False, capture_output=True, text=True, cwd=self._directory, **self._who)
        assert done.returncode == 0, done.stdout + done.stderr

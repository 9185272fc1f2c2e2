"""Programs of others that sign-on is tried against: `make peers` installs them and runs these tests."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

PEERS = Path(__file__).parents[2] / "peers"
INSTALLED = pytest.mark.skipif(not (PEERS / "node_modules").is_dir(), reason="the peers are not installed: make peers")


@contextmanager
def node(*arguments: str) -> Iterator[tuple[IO[str], IO[str]]]:
    """A program of the peers, with what it reads and what it writes."""
    with subprocess.Popen(
        ["node", *arguments], cwd=PEERS, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdin, process.stdout
        finally:
            process.kill()

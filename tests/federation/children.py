"""Work for child processes of the supervisor's tests; each writes its process number into a file first."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from federation.processes import stopping


def _sign(file: Path) -> None:
    with file.open("a") as out:
        out.write(f"{os.getpid()}\n")


def steady(file: Path, ready: Callable[[], None]) -> None:
    """Run until told to stop, and say so."""

    async def work() -> None:
        async with stopping() as stop:
            _sign(file)
            ready()
            await stop.wait()

    asyncio.run(work())
    with file.open("a") as out:
        out.write("ended\n")


def broken(ready: Callable[[], None]) -> None:
    """End before being ready."""
    sys.exit(3)


def deaf(file: Path, ready: Callable[[], None]) -> None:
    """Never end by itself."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _sign(file)
    ready()
    time.sleep(60)

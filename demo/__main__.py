"""`python -m demo [DIRECTORY]`: the demo sources alone, until they are stopped."""

import asyncio
import signal
import sys
from contextlib import suppress
from pathlib import Path

from demo.world import LOOPBACK, SERVED, World


async def _serve(directory: Path) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with World(directory) as world:
        for name in SERVED:
            print(f"{name}: http://{LOOPBACK}:{world.ports[name]}", flush=True)
        print(f"hangzhou-school: {world.sqlite_directory}", flush=True)
        await stop.wait()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(Path(sys.argv[1] if len(sys.argv) > 1 else "var/demo/sources")))

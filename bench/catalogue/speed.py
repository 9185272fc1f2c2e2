"""How fast the catalogue is harvested, by two processes as in the product, beside the floor and step by step."""

from __future__ import annotations

import asyncio
import resource
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from bench.catalogue import harvesting
from bench.catalogue.floor import Floor, floor
from bench.catalogue.stages import costs

ROOT = Path(__file__).parents[2]

SAMPLE = 5000
"""Records whose steps are measured one by one."""


def harvest_speed(directory: Path, size: int) -> dict[str, float]:
    """Harvest in one process while another indexes, until everything can be searched; then the floor, and each step by itself.

    `directory` holds the feed, `catalogue.ndjson`, and an empty folder `data`.
    """
    peaks: Counter[str] = Counter()
    asyncio.run(harvesting.database(directory).migrate())
    before = _spent()
    with _role("index", directory) as index:
        began = time.perf_counter()
        with _role("harvest", directory) as harvest:
            while harvest.poll() is None:
                peaks["harvest"] = _peak(harvest.pid) or peaks["harvest"]
                peaks["index"] = _peak(index.pid) or peaks["index"]
                time.sleep(0.1)
        if harvest.returncode:
            raise SystemExit(harvest.returncode)
        harvested, harvest_cpu = time.perf_counter() - began, _spent() - before
        asyncio.run(harvesting.wait_until_indexed(directory))
        whole = time.perf_counter() - began
        peaks["index"] = max(peaks["index"], _peak(index.pid))
    index_cpu = _spent() - before - harvest_cpu
    print(f"harvest: {harvested:.1f} s, searchable after {whole:.1f} s; peaks in MB {dict(peaks)}", flush=True)
    by_hand = _floor(directory)
    print(f"floor: {by_hand.cpu:.1f} µs of CPU a record, {1e6 / by_hand.wall:.0f} records/s", flush=True)
    steps = _steps(directory)
    print("µs of CPU a record by step:", ", ".join(f"{name} {cost:.1f}" for name, cost in steps.items()), flush=True)
    return {
        "harvest_records_per_s": size / whole,
        "harvest_peak_rss_mb": max(peaks.values()),
        "harvest_cpu_us": harvest_cpu / size * 1e6,
        "index_cpu_us": index_cpu / size * 1e6,
        "harvest_cpu_ratio": harvest_cpu / size * 1e6 / by_hand.cpu,
        "harvest_wall_ratio": whole / size * 1e6 / by_hand.wall,
        **{f"harvest_{name}_us": cost for name, cost in steps.items()},
    }


def _floor(directory: Path) -> Floor:
    """What the same rows cost by hand, beside."""
    beside = directory / "floor"
    (beside / "data").mkdir(parents=True)
    asyncio.run(harvesting.database(beside).migrate())
    try:
        return floor(directory / "catalogue.ndjson", beside / "data" / "catalog.sqlite3")
    finally:
        shutil.rmtree(beside)


def _steps(directory: Path) -> dict[str, float]:
    with (directory / "catalogue.ndjson").open("rb") as lines:
        return costs(list(islice(lines, SAMPLE)))


def _spent() -> float:
    """Seconds of CPU of the processes that have ended."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


@contextmanager
def _role(name: str, directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "bench.catalogue.harvesting", name, str(directory)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE) as process:
        yield process


def _peak(process: int) -> int:
    """The most memory that a process has held, in MB; 0 where it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text("ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in status.splitlines() if line.startswith("VmHWM")), 0)

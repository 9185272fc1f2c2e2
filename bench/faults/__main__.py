"""`python -m bench.faults`: every way to fail x every kind, live, in harvest and pushed; the last lines are `figure NAME VALUE`."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.contenders import DidNotStart
from bench.faults.engines import ENGINES, installed
from bench.faults.feed_modes import FEED_MODES
from bench.faults.feed_trials import PushedFeed
from bench.faults.http_patients import http_patients
from bench.faults.lone_feeds import LONE_FEEDS
from bench.faults.matrix import Found, tried
from bench.faults.sql_patients import sql_patients
from bench.faults.trials import Patient
from bench.trouble import redis_server


def main() -> int:
    """Try everything, print a table, what is wrong, and the figures; 1 where something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    parser.add_argument("--only", default="", help="cases whose name holds this: rest, hang, sqlite-lock …")
    parser.add_argument("--together", type=int, default=4, help="cases at a time (default 4)")
    parser.add_argument("--setting", action="append", default=[], metavar="HUIJU_X=Y", help="start the product with this setting too")
    parser.add_argument("--plain", action="store_true", help="without the cache and Redis, which take part by default")
    asked = parser.parse_args()
    settings = dict(each.split("=", 1) for each in asked.setting)
    with TemporaryDirectory(prefix="huiju-faults-") as directory, ExitStack() as stack:
        if not asked.plain and shutil.which("redis-server") is not None:
            settings |= {"HUIJU_REDIS_URL": stack.enter_context(redis_server(Path(directory)))[1]}
        try:
            chosen = [
                [each for each in _patients() if way in each.ways and asked.only in f"{each.kind}-{each.mode}"]
                for way in ("live", "harvest")
            ]
            feeds = [each for each in (*map(PushedFeed, FEED_MODES), *LONE_FEEDS) if asked.only in f"feed-{each.mode}"]
            work = tried(Path(directory), *chosen, feeds, together=asked.together, settings=settings, tell=_tell, kept=not asked.plain)
            found = asyncio.run(work)
        except DidNotStart as error:
            print(error, file=sys.stderr)
            return 1
    _say_table(found)
    failed = [each for each in found.cases if each.problems]
    for each in failed:
        print(f"{each.name}:")
        print("".join(f"  {problem}\n" for problem in each.problems), end="")
    print(f"figure faults_passed {len(found.cases) - len(failed)}")
    print(f"figure faults_total {len(found.cases)}")
    print(f"figure fault_peak_rss_mb {found.peak_mb:.0f}")
    return 1 if failed else 0


def _patients() -> Iterator[Patient]:
    here = [engine.kind for engine in ENGINES if installed(engine)]
    for engine in ENGINES:
        if engine.kind not in here:
            _tell(f"left out: {engine.kind}, because {' and '.join(engine.programs)} are not installed")
    yield from http_patients()
    yield from sql_patients(here)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _say_table(found: Found) -> None:
    kinds = list(dict.fromkeys(each.kind for each in found.cases))
    modes = list(dict.fromkeys(each.mode for each in found.cases))
    cells = {(each.mode, each.kind, each.way): "FAILED" if each.problems else "ok" for each in found.cases}
    ways = list(dict.fromkeys(each.way for each in found.cases))
    columns = [(kind, way) for kind in kinds for way in ways if any((mode, kind, way) in cells for mode in modes)]
    width = max(map(len, modes))
    print(f"{'':{width}}  " + "  ".join(f"{kind} {way}" for kind, way in columns))
    for mode in modes:
        row = (f"{cells.get((mode, kind, way), ''):{len(kind) + 1 + len(way)}}" for kind, way in columns)
        print(f"{mode:{width}}  {'  '.join(row)}".rstrip())
    print()


if __name__ == "__main__":
    sys.exit(main())

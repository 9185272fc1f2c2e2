"""`python -m bench`: what the product costs against a hand-written program; the last lines are `figure NAME VALUE`."""

from __future__ import annotations

import argparse
import platform
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from importlib.metadata import version
from os import cpu_count
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from bench import queries
from bench.contenders import DidNotStart, Upstreams, by_hand, product, upstreams
from bench.floor import record_id
from bench.measure import Client, Series, WrongAnswer, agree, calls, compare
from bench.records import COUNT, SEED, SOURCES

ROUNDS = 15
REQUESTS = {"list": 30, "join": 25, "byid": 150}
"""Requests of one round, for each question."""


def main() -> int:
    """Measure, print a table and the figures; 1 where something did not start or answered wrongly."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds of each question (default {ROUNDS})")
    rounds = parser.parse_args().rounds
    try:
        with ExitStack() as stack:
            directory = Path(stack.enter_context(TemporaryDirectory(prefix="huiju-bench-")))
            sources = stack.enter_context(upstreams())
            floor = stack.enter_context(Client(stack.enter_context(by_hand("floor", sources, directory))))
            naive = stack.enter_context(Client(stack.enter_context(by_hand("naive", sources, directory))))
            ours = stack.enter_context(Client(stack.enter_context(product(sources, directory))))
            _measure(sources, floor, naive, ours, rounds)
    except (DidNotStart, WrongAnswer) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _measure(sources: Upstreams, floor: Client, naive: Client, ours: Client, rounds: int) -> None:
    bodies = {
        "list": queries.list_query(),
        "join": queries.join_query(),
        "byid": queries.byid_query(record_id(*queries.byid_key())),
    }
    entrants = {"list": (floor, ours, naive), "join": (floor, ours), "byid": (floor, ours)}
    for name, body in bodies.items():
        agree(entrants[name], body)
    _say_conditions(sources, ours, bodies, rounds)
    made = {name: calls(ours, sources, body) for name, body in bodies.items()}
    found = {name: compare(entrants[name], body, rounds=rounds, count=REQUESTS[name]) for name, body in bodies.items()}
    _say_table(found, made)
    joined = ours.data(bodies["join"])
    figures: Mapping[str, float] = {
        **{f"{name}_cpu_ratio": series["product"].cpu_ratio(series["floor"]) for name, series in found.items()},
        "list_p50_ratio": found["list"]["product"].p50_ratio(found["list"]["floor"]),
        "list_upstream_calls": made["list"],
        "join_upstream_calls": made["join"],
        "join_data_bytes": len(joined) / len(orjson.dumps(orjson.loads(joined))),
        "naive_list_cpu_ratio": found["list"]["naive"].cpu_ratio(found["list"]["floor"]),
    }
    for name, value in figures.items():
        print(f"figure {name} {value if isinstance(value, int) else format(value, '.3f')}")


def _say_conditions(sources: Upstreams, ours: Client, bodies: Mapping[str, bytes], rounds: int) -> None:
    print(f"{cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, ", end="")
    print(", ".join(f"{name} {version(name)}" for name in ("strawberry-graphql", "graphql-core", "aiohttp", "uvicorn", "uvloop")))
    print(f"seed {SEED}: {len(SOURCES)} REST sources x {COUNT} records x 10 fields; {rounds} rounds in turn, one more to warm up")
    for name, body in bodies.items():
        sources.counted()
        size = len(ours.data(body))
        print(f"{name}: {len(body)} bytes asked, {size} bytes of data, {sources.counted()[1]} bytes from upstream")
    print()


def _say_table(found: Mapping[str, Mapping[str, Series]], made: Mapping[str, int]) -> None:
    print(f"{'question':9} {'program':8} {'CPU ms':>8} {'x floor':>8} {'p50 ms':>8} {'p99 ms':>8}  upstream calls")
    for question, all_series in found.items():
        for name, series in all_series.items():
            figures = (series.cpu, series.cpu_ratio(all_series["floor"]), series.percentile(50), series.percentile(99))
            told = f"{made[question]} (fewest: {queries.CALLS[question]})" if name == "product" else ""
            print(f"{question:9} {name:8} {' '.join(f'{figure:8.2f}' for figure in figures)}  {told}".rstrip())
    print()


if __name__ == "__main__":
    sys.exit(main())

"""The floor: the same feed into the same tables by hand, parsed and inserted: nothing is checked, compared, compressed or indexed."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import orjson

TRANSACTION = 500
"""Rows in a transaction."""

_PRAGMAS = ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "cache_size=-32000", "wal_autocheckpoint=16000")
_RECORD = f"INSERT INTO records VALUES ({', '.join('?' * 20)})"
_AT = "2026-11-24 08:00:00.000000"


class Floor(NamedTuple):
    """Microseconds for one record: of CPU, and by the clock."""

    cpu: float
    wall: float


def floor(feed: Path, store: Path) -> Floor:
    """Copy `feed` into `store`, an empty catalog that is migrated."""
    began, used, count = time.perf_counter(), _cpu(), 0
    connection = sqlite3.connect(store, isolation_level=None)
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("INSERT INTO visibility_sets VALUES (1, x'00')")
    with feed.open("rb") as lines:
        for some in _chunks(lines):
            _write(connection, count + 1, some)
            count += len(some)
    connection.close()
    return Floor((_cpu() - used) / count * 1e6, (time.perf_counter() - began) / count * 1e6)


def _chunks(lines: Any) -> Iterator[list[bytes]]:
    while some := list(islice(lines, TRANSACTION)):
        yield some


def _write(connection: sqlite3.Connection, first: int, lines: list[bytes]) -> None:
    records, terms, payloads, changes, seen = [], [], [], [], []
    for number, line in enumerate(lines, first):
        item = orjson.loads(line)
        key = item["id"]
        identity = f"rcatalogue{key}"
        records.append(
            (
                number, identity, "catalogue", key, number.to_bytes(16, "big"), 1, hash(item["updated"]), item["title"], item["kind"],
                "national", "public", item["province"], item["school"], item["library"], None, None, item["published"], item["updated"],
                item["seconds"], line,
            )
        )  # fmt: skip
        terms.append((number, "major", item["major"]))
        terms.extend((number, "creator", person) for person in item["people"])
        payloads.append((number, line))
        changes.append((identity, "catalogue", "upsert", 1, _AT))
        seen.append(("catalogue", "resources", key))
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(_RECORD, records)
    connection.executemany("INSERT INTO record_terms VALUES (?, ?, ?)", terms)
    connection.executemany("INSERT INTO payloads VALUES (?, ?)", payloads)
    connection.executemany("INSERT INTO changes (record, source, op, public, at) VALUES (?, ?, ?, ?, ?)", changes)
    connection.executemany("INSERT INTO harvest_seen VALUES (?, ?, ?)", seen)
    connection.execute("COMMIT")


def _cpu() -> float:
    spent = os.times()
    return spent.user + spent.system

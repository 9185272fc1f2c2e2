"""Copies of the school's database that misbehave: a held lock, a renamed column, damaged pages, no file."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

FAULTS = ("hang", "slow", "fail", "garble", "down")


def variant(path: Path, fault: str) -> Path:
    """Where the copy with `fault` lies; a file cannot be slow, so that one is the good one."""
    return path if fault == "slow" else path.with_stem(f"{path.stem}-{fault}")


def build_variants(path: Path) -> sqlite3.Connection:
    """Write the copies beside `path`. The connection given back holds the lock that hangs readers until it is closed."""
    variant(path, "down").unlink(missing_ok=True)
    hanging, garbled, damaged = (variant(path, fault) for fault in ("hang", "garble", "fail"))
    for copy in (hanging, garbled, damaged):
        shutil.copyfile(path, copy)
    with closing(sqlite3.connect(garbled)) as connection, connection:
        connection.execute("DROP VIEW 数字资源总览")
        connection.execute("ALTER TABLE ODS_SZZYJBSJ RENAME COLUMN zymc TO zymc_v2")
    with damaged.open("r+b") as file:  # the header and the schema stay, every other page is zeroes
        file.seek(4096 * 2)
        rest = len(file.read())
        file.seek(4096 * 2)
        file.write(bytes(rest))
    lock = sqlite3.connect(hanging, isolation_level=None, check_same_thread=False)
    lock.execute("BEGIN EXCLUSIVE")
    return lock

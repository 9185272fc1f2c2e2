"""The state of a push, in a small SQLite file beside the definition: what was pushed, how far it is, the part on its way."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import orjson

from agent.report import Refused

_TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS pushed (collection TEXT, key TEXT, digest BLOB NOT NULL, PRIMARY KEY (collection, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS met (collection TEXT, key TEXT, PRIMARY KEY (collection, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refused (collection TEXT, key TEXT, told BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS refused_key ON refused (collection, key);
CREATE TABLE IF NOT EXISTS part (body BLOB NOT NULL, following BLOB NOT NULL, refused BLOB NOT NULL);
"""


class StateHeld(RuntimeError):
    """Another agent works with this state, or the file is none; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The reading under way of one collection: its push over there, the number of the next part, and the source's position after the last.

    `since` limits it to what changed, None reads everything; `date` is the source's own clock when it began. Moments are ISO 8601.
    """

    collection: str
    push: str
    part: int = 1
    cursor: str | None = None
    since: str | None = None
    date: str | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A part on its way: its lines, the window as it is when it has arrived, and what of the source could not become a line."""

    body: bytes
    following: Window
    refused: Sequence[Refused]


class State:
    """One state file, held for this process alone until it is closed."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> State:
        try:
            self._db = sqlite3.connect(self._path, timeout=0.5, isolation_level=None)
            self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._db.execute("PRAGMA synchronous=FULL")
            with self._written():
                for statement in _TABLES.split(";"):
                    self._db.execute(statement)
        except sqlite3.Error as error:
            self._db.close()
            if "locked" in str(error):
                raise StateHeld(f"another push works with {self._path.name}: wait for its end") from error
            raise StateHeld(f"{self._path.name} is no state of a push: move it away to begin anew") from error
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    def fact(self, name: str) -> Any:
        """A remark, None where there is none."""
        row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else orjson.loads(row[0])

    def note(self, **facts: Any) -> None:
        """Write remarks down; None takes one away."""
        with self._written():
            self._note(facts)

    def forget(self) -> None:
        """Forget everything that was pushed: the next push begins anew."""
        with self._written():
            for table in ("facts", "pushed", "met", "refused", "part"):
                self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - names of our own

    @property
    def window(self) -> Window | None:
        """The reading under way."""
        found = self.fact("window")
        return Window(**found) if found is not None else None

    def open_window(self, window: Window) -> None:
        """Begin a reading, in the place of another."""
        with self._written():
            self._db.execute("DELETE FROM part")
            self._db.execute("DELETE FROM met WHERE collection = ?", (window.collection,))
            self._db.execute("DELETE FROM refused WHERE collection = ? AND key IS NULL", (window.collection,))
            self._note({"window": asdict(window)})

    def digests(self, collection: str, keys: Sequence[str]) -> dict[str, bytes]:
        """What was pushed of some keys, by key."""
        found: dict[str, bytes] = {}
        for start in range(0, len(keys), 500):
            some = keys[start : start + 500]
            marks = ",".join("?" * len(some))
            statement = f"SELECT key, digest FROM pushed WHERE collection = ? AND key IN ({marks})"  # noqa: S608 - marks only
            found.update(self._db.execute(statement, (collection, *some)).fetchall())
        return found

    def prepare(self, part: Part) -> None:
        """Keep a part before it is sent."""
        refused = [asdict(each) for each in part.refused]
        with self._written():
            self._db.execute("DELETE FROM part")
            values = (part.body, orjson.dumps(asdict(part.following)), orjson.dumps(refused))
            self._db.execute("INSERT INTO part VALUES (?, ?, ?)", values)

    def part(self) -> Part | None:
        """The part that was prepared and has not arrived for certain."""
        row = self._db.execute("SELECT body, following, refused FROM part").fetchone()
        if row is None:
            return None
        refused = tuple(Refused(**each) for each in orjson.loads(row[2]))
        return Part(row[0], Window(**orjson.loads(row[1])), refused)

    def arrived(self, window: Window, held: Mapping[str, bytes | None], met: Iterable[str], refused: Sequence[Refused]) -> None:
        """The prepared part was received: what is held there of each key now (None: nothing, or something else), what the reading has
        met, what was not taken.
        """
        collection = window.collection
        told_of = {*held, *(each.key for each in refused)}
        with self._written():
            self._db.executemany("DELETE FROM pushed WHERE collection = ? AND key = ?", ((collection, key) for key in held))
            self._db.executemany("DELETE FROM refused WHERE collection = ? AND key = ?", ((collection, key) for key in told_of))
            kept = ((collection, key, digest) for key, digest in held.items() if digest is not None)
            self._db.executemany("INSERT INTO pushed VALUES (?, ?, ?)", kept)
            self._db.executemany("INSERT OR IGNORE INTO met VALUES (?, ?)", ((collection, key) for key in met))
            told = ((collection, each.key, orjson.dumps(asdict(each))) for each in refused)
            self._db.executemany("INSERT INTO refused VALUES (?, ?, ?)", told)
            self._db.execute("DELETE FROM part")
            self._note({"window": asdict(window)})

    def complete(self, window: Window, **facts: Any) -> None:
        """End a reading; after one of everything, what it did not meet is not held there any more."""
        with self._written():
            if window.since is None:
                for table in ("pushed", "refused"):
                    self._db.execute(
                        f"DELETE FROM {table} WHERE collection = ? AND key NOT IN (SELECT key FROM met WHERE collection = ?)",  # noqa: S608
                        (window.collection, window.collection),
                    )
                self._db.execute("DELETE FROM met WHERE collection = ?", (window.collection,))
            self._note({"window": None, **facts})

    def refused(self) -> list[Refused]:
        """The rows that were not taken, of this push and of earlier ones, until they are taken or gone."""
        rows = self._db.execute("SELECT told FROM refused ORDER BY collection, key").fetchall()
        return [Refused(**orjson.loads(row[0])) for row in rows]

    def _note(self, facts: Mapping[str, Any]) -> None:
        for name, value in facts.items():
            if value is None:
                self._db.execute("DELETE FROM facts WHERE name = ?", (name,))
            else:
                self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, orjson.dumps(value)))

    @contextmanager
    def _written(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

"""Where a node keeps its index: one directory per edition, a file that names the current one, a lock for the one writer."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zlib import crc32

from store.search.schema import LAYOUT, version

_FOOTER_MAGIC = 1337
"""What the last four bytes of a file of tantivy say; before them stands the length of a JSON footer with the checksum."""


class IndexDirectory:
    """The directory of a node's indexes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._current = path / "current"
        self._wanted = path / "rebuild"
        self._progress = path / "progress.json"

    def current(self) -> Path | None:
        """The index that is searched, None where there is none that this version can read."""
        try:
            name = self._current.read_text("utf-8").strip()
        except OSError:
            return None
        found = self.path / name
        return found if name.startswith(f"{LAYOUT}-") and "/" not in name and (found / "meta.json").is_file() else None

    def up_to_date(self) -> bool:
        """Tell whether the current index was made with this version's layout and dictionary."""
        found = self.current()
        return found is not None and found.name.rpartition(".")[0] == version()

    def fresh(self) -> Path:
        """A new empty directory beside the current one; what an earlier attempt left is removed."""
        self.tidy()
        numbers = [int(each.name.rpartition(".")[2]) for each in self._indexes()]
        made = self.path / f"{version()}.{max(numbers, default=0) + 1}"
        made.mkdir(parents=True)
        return made

    def switch(self, to: Path) -> None:
        """Let `to` be the current index, for all processes at one moment."""
        waiting = self._current.with_suffix(".new")
        waiting.write_text(to.name, encoding="utf-8")
        os.replace(waiting, self._current)
        self._wanted.unlink(missing_ok=True)
        self._progress.unlink(missing_ok=True)

    def tidy(self) -> None:
        """Remove every index but the current one; who still reads a removed one keeps its files until it lets go."""
        current = self.current()
        for each in self._indexes():
            if each != current:
                shutil.rmtree(each, ignore_errors=True)

    def ask_for_rebuild(self) -> None:
        """Ask the process that indexes to make the index anew."""
        self.path.mkdir(parents=True, exist_ok=True)
        self._wanted.touch()

    def rebuild_asked(self) -> bool:
        """Tell whether somebody asked for a new index that is not current yet."""
        return self._wanted.exists()

    def tell_progress(self, done: int, total: int) -> None:
        """Let other processes know how far a rebuild has come, in records."""
        self._progress.write_text(json.dumps([done, total]), encoding="utf-8")

    def progress(self) -> tuple[int, int] | None:
        """How far a rebuild of another process has come, None where none goes on."""
        try:
            done, total = json.loads(self._progress.read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return done, total

    @contextmanager
    def writing(self) -> Iterator[bool]:
        """Hold the writer's lock within this block; False where another process holds it. The system frees it with the process."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("w") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def _indexes(self) -> list[Path]:
        if not self.path.is_dir():
            return []
        return [each for each in self.path.iterdir() if each.is_dir() and each.name.rpartition(".")[2].isdigit()]


def marks(index: Path) -> dict[str, tuple[int, int]]:
    """Size and time of every file that the last commit of `index` needs: none of them is ever written twice. Raises OSError, ValueError."""
    needed = _files(index)
    while True:
        try:
            return {path.name: (found.st_size, found.st_mtime_ns) for path in needed if (found := path.stat())}
        except FileNotFoundError:  # segments are merged beside us: where others are needed by now, those that are gone were in order
            before, needed = needed, _files(index)
            if needed == before:
                raise


def verify(index: Path) -> None:
    """Read every file of the last commit and compare its checksum. Raises OSError or ValueError where something is damaged."""
    for path in _files(index):
        content = path.read_bytes()
        length, magic = int.from_bytes(content[-8:-4], "little"), int.from_bytes(content[-4:], "little")
        if magic != _FOOTER_MAGIC or length > len(content) - 8:
            raise ValueError(f"{path.name} has no footer")
        end = len(content) - 8 - length
        if crc32(content[:end]) != json.loads(content[end:-8])["crc"]:
            raise ValueError(f"{path.name} does not match its checksum")


def _files(index: Path) -> list[Path]:
    meta = json.loads((index / "meta.json").read_text("utf-8"))
    found: list[Path] = []
    for segment in meta["segments"]:
        name = segment["segment_id"].replace("-", "")
        files = [index / f"{name}.{kind}" for kind in ("idx", "term", "fast", "fieldnorm")]
        if segment["deletes"] is not None:
            files.append(index / f"{name}.{segment['deletes']['opstamp']}.del")
        found += files
    return found

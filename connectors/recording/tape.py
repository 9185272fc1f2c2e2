"""The directory of a recording: one file an exchange, in the order in which they were made, each readable by itself."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from connectors.recording.redaction import Redactor

MOST_BYTES, MOST_EXCHANGES = 50_000_000, 2_000
"""Of one recording; what comes after is left out, and said to be."""

_VERSION = 1
_ABOUT = "about.json"


class RecordingInvalid(ValueError):
    """A directory cannot be recorded into, or holds no recording that can be played; the text says what to do."""


@dataclass(slots=True)
class Tape:
    """A recording that is being made in an empty directory. `left_out` counts exchanges beyond its bounds."""

    directory: Path
    redactor: Redactor
    left_out: int = 0
    _count: int = 0
    _bytes: int = 0

    @classmethod
    def made_in(cls, directory: Path, redactor: Redactor) -> Tape:
        """Begin a recording; nobody but its owner may read it. Raises RecordingInvalid."""
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            if any(directory.iterdir()):
                raise RecordingInvalid(f"{directory} is not empty: name a directory that is, or a new one")
        except OSError as error:
            raise RecordingInvalid(f"{directory} cannot be written to: {error.strerror}") from error
        return cls(directory, redactor)

    def about(self, **facts: object) -> None:
        """Write down what holds for the whole recording."""
        self._write(_ABOUT, {"huiju_recording": _VERSION, **facts})

    def add(self, asked: Mapping[str, Any], answered: Mapping[str, Any]) -> None:
        """Write down one exchange, redacted already."""
        content = {"asked": asked, **answered}
        raw = orjson.dumps(content)
        if self._count >= MOST_EXCHANGES or self._bytes + len(raw) > MOST_BYTES:
            self.left_out += 1
            return
        self._count += 1
        self._bytes += len(raw)
        self._write(f"{self._count:04}.json", content)

    def _write(self, name: str, content: Mapping[str, Any]) -> None:
        raw = orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        handle = os.open(self.directory / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(raw)


@dataclass(slots=True)
class Played:
    """A recording that is played: answers by what was asked, in their order; the last of equal questions answers from then on."""

    about: Mapping[str, Any]
    _answers: defaultdict[bytes, list[Mapping[str, Any]]] = field(default_factory=lambda: defaultdict(list))

    def put(self, exchange: Mapping[str, Any]) -> None:
        """Take an exchange in."""
        self._answers[_key(exchange["asked"])].append(exchange)

    def answer(self, asked: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """What was answered, None where that was never asked."""
        found = self._answers.get(_key(asked))
        if not found:
            return None
        return found.pop(0) if len(found) > 1 else found[0]


def read_tape(directory: Path) -> Played:
    """Read a recording. Raises RecordingInvalid."""
    played = Played(_document(directory / _ABOUT))
    if played.about.get("huiju_recording") != _VERSION:
        raise RecordingInvalid(f"{directory} holds no recording of this version of Huiju: record it anew")
    for path in _exchanges(directory):
        played.put(_document(path))
    return played


def _exchanges(directory: Path) -> Iterator[Path]:
    found = sorted(directory.glob("[0-9][0-9][0-9][0-9].json"))
    if sum(path.stat().st_size for path in found) > 4 * MOST_BYTES:
        raise RecordingInvalid(f"{directory} is larger than a recording may be")
    yield from found


def _document(path: Path) -> Mapping[str, Any]:
    try:
        found = orjson.loads(path.read_bytes())
    except OSError as error:
        raise RecordingInvalid(f"{path} cannot be read: name the directory of a recording") from error
    except orjson.JSONDecodeError as error:
        raise RecordingInvalid(f"{path} is not JSON: {error}") from error
    if not isinstance(found, dict) or (path.name != _ABOUT and "asked" not in found):
        raise RecordingInvalid(f"{path} is no part of a recording")
    return found


def _key(asked: Mapping[str, Any]) -> bytes:
    return orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)

"""Golden queries with judged answers: what a resource must be about to be a good answer, and how good.

A judgement names courses, things and majors of the catalogue as they were drawn, not words of a title: a synonym, a homophone or a question
is judged by what it means. Grade 3 is what was asked for, 2 is close, 1 is of the same trade; everything else is 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.catalogue.generator import Drawn


class Golden(NamedTuple):
    """A query of a class, and by grade the courses, things and majors that answer it."""

    form: str
    text: str
    best: frozenset[str]
    close: frozenset[str]
    trade: frozenset[str]

    def grade(self, drawn: Drawn) -> int:
        """How good an answer an item is, 0 to 3."""
        about = {drawn.course, drawn.thing, drawn.trade.code}
        return 3 if about & self.best else 2 if about & self.close else 1 if drawn.trade.code in self.trade else 0


def _read() -> Iterator[Golden]:
    form = ""
    for line in (Path(__file__).parent / "golden.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            form = line.strip("[]")
        elif line and not line.startswith("#"):
            text, *grades = (part.strip() for part in f"{line} | | |".split("|"))
            best, close, trade = (frozenset(part.split(",")) - {""} for part in grades[:3])
            yield Golden(form, text, best, close, trade)


GOLDEN = tuple(_read())
"""In classes; the text stands as a person would type it."""

"""From text to words: plain cutting for queries, with all words inside for the index, a dictionary of the trades for both."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from itertools import chain
from operator import add
from typing import NamedTuple

import rjieba

from store.search.normal import normal

HANZI = r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff々〇]+"
_RUNS = re.compile(rf"({HANZI})|([a-z0-9]+(?:\+[a-z0-9]+|[+#]+)?)|([^\W_]+)")
_HANZI = re.compile(HANZI)

LONGEST = 64
"""Characters of a word that is not written in hanzi."""


class Word(NamedTuple):
    """A word of a query and the shorter words of the dictionary inside it."""

    text: str
    parts: tuple[str, ...]


class Asked(NamedTuple):
    """A query's text taken apart: words, pairs of neighbouring hanzi, and the whole in search form."""

    words: tuple[Word, ...]
    bigrams: tuple[str, ...]
    whole: str

    @property
    def halves(self) -> bool:
        """Some hanzi stand alone: they may be half a word, which only the pairs find."""
        return not self.words or any(_HANZI.fullmatch(word.text) for word in self.words if len(word.text) == 1)

    @property
    def joints(self) -> list[str]:
        """The pairs of hanzi in which two words meet: where they stand in a record, the words stand side by side there too."""
        return [pair for pair in self.bigrams if not any(pair in word.text for word in self.words)]


def edition() -> str:
    """Names the dictionary: it changes with every word, so that an index made with other words is told apart."""
    return hashlib.blake2b("".join(map(_text, ("words.txt", "synonyms.txt", "traditional.txt"))).encode(), digest_size=4).hexdigest()


def index_words(text: str) -> list[str]:
    """The words of a text in search form, with the shorter words inside them."""
    words: list[str] = []
    for hanzi, latin, other in _RUNS.findall(text):
        if hanzi:
            words += chain.from_iterable(map(_inside, _segmenter().cut(hanzi, False)))
        elif latin:
            words += _latin(latin)
        else:
            words.append(other[:LONGEST])
    return words


def bigrams(text: str) -> list[str]:
    """All pairs of neighbouring hanzi of a text in search form."""
    return [pair for run in _HANZI.findall(text) for pair in map(add, run, run[1:])]


def query_words(text: str) -> Iterator[str]:
    """The words of a query in search form, stop words among them."""
    for hanzi, latin, other in _RUNS.findall(text):
        if hanzi:
            yield from _segmenter().cut(hanzi, False)
        else:
            yield (latin or other)[:LONGEST]


@lru_cache(maxsize=4096)
def ask(text: str) -> Asked:
    """Take a query's text apart. Stop words count only where there is nothing else."""
    whole = " ".join(normal(text).split())
    words = list(dict.fromkeys(query_words(whole)))
    telling = [word for word in words if word not in _stopped()]
    return Asked(
        tuple(Word(word, _parts(word)) for word in telling or words),
        tuple(dict.fromkeys(bigrams(whole))) if telling else (),
        whole,
    )


def bigram_spans(text: str) -> Iterator[tuple[str, int, int]]:
    """All pairs of neighbouring hanzi of a text in search form, with their places."""
    for run in _HANZI.finditer(text):
        yield from ((text[start : start + 2], start, start + 2) for start in range(run.start(), run.end() - 1))


def spans(text: str) -> Iterator[tuple[str, int, int]]:
    """The words of a text in search form with their places, shorter words inside longer ones too."""
    for found in _RUNS.finditer(text):
        start = found.start()
        if found[1]:
            for word, first, _ in _segmenter().tokenize(found[1], "default", False):
                yield from ((inner, start + first + at, start + first + at + len(inner)) for inner, at in _places(word))
        else:
            for word in _latin(found[2]) if found[2] else [found[0][:LONGEST]]:
                at = text.find(word, start, found.end())
                yield word, at, at + len(word)


@lru_cache(maxsize=30_000)
def _inside(word: str) -> tuple[str, ...]:
    return tuple(inner for inner, _ in _places(word))


def _places(word: str) -> Iterator[tuple[str, int]]:
    """The words of the dictionary inside a word, of every length, with their places, and the word itself.

    The segmenter's own search mode tells those of two and three hanzi only: 工业机器人 would not be found in 工业机器人技术.
    """
    knows = _segmenter().has_word
    for length in range(2, len(word)):
        yield from ((inner, at) for at in range(len(word) - length + 1) if knows(inner := word[at : at + length]))
    yield word, 0


def _parts(word: str) -> tuple[str, ...]:
    """The fewest shorter words that lie end to end in a word of hanzi; none where they leave a hanzi out."""
    tiled: dict[int, tuple[str, ...]] = {0: ()}
    for part, start in sorted(_places(word), key=lambda place: (place[1], -len(place[0]))):
        end = start + len(part)
        if part != word and start in tiled and (end not in tiled or len(tiled[start]) + 1 < len(tiled[end])):
            tiled[end] = (*tiled[start], part)
    return tiled.get(len(word), ()) if len(word) > 2 else ()


def _latin(run: str) -> list[str]:
    """`1+x` is one word and its two halves."""
    run = run[:LONGEST]
    halves = [half for half in run.replace("#", "+").split("+") if half]
    return [run] if halves == [run] else [run, *halves]


@cache
def _segmenter() -> rjieba.Jieba:
    made = rjieba.Jieba()
    for word in (*_listed("words.txt"), *_listed("synonyms.txt")):
        if _HANZI.fullmatch(word):
            made.add_word(word, None, None)
    return made


@cache
def _stopped() -> frozenset[str]:
    return frozenset(_listed("stopped.txt"))


def _listed(name: str) -> list[str]:
    return [word for line in _text(name).splitlines() if not line.startswith("#") for word in line.split()]


def _text(name: str) -> str:
    return (files("store.search") / "data" / name).read_text("utf-8")

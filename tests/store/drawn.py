"""Records and questions drawn from a seed, such that most conditions let some records through and not all."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, TypeVar

from store.filters import MajorCondition, ResourceFilter
from store.identity import library_id, resource_id
from store.ordering import Order
from store.record import Creator, License, MajorRef, Record, Reference

T = TypeVar("T")

SOURCES = ("aaaaaaaa", "bbbbbbbb", "cccccccc")
KEYS = ("pub", "member", "p:33", "r:teacher@s:4133010001", "none")
WORDS = ("数控", "Ａbc", "abc", "ABD", "Éa", "z-z", "zz", "", "车工\U0001f600", "%", "_")
DATES = ("2022", "2023", "2023-05", "2023-05-17", "2023-06", "2024-01-01")
INSTANTS = [datetime(2023, 5, 17, tzinfo=UTC) + timedelta(microseconds=each) for each in (0, 1, 999, 1000, 86_400_000_000)]
CODES = ("46", "4601", "460103", "460104", "51", "")
IDS = [resource_id(source, str(number)) for source in SOURCES for number in range(8)]
LIBRARIES = [Reference(source, key) for source in SOURCES[:2] for key in ("l1", "l2")]


HOSTILE = ("a\0b", "\ud800", "'; --", "长" * 5000)


class Drawn:
    """A catalog and questions drawn from a seed: evenly, so that most conditions let some records through and not all."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.records = [self._record(source, str(key)) for source in SOURCES for key in range(self.random.randrange(1, 8))]

    def questions(self) -> Iterator[tuple[ResourceFilter, frozenset[str], Sequence[str] | None, Order, int]]:
        for _ in range(10):
            sources = self._some(SOURCES, 3) if self.random.random() < 0.4 else None
            keys = frozenset({"pub", *self._some(KEYS, 2)} if self.random.random() < 0.9 else self._some(KEYS, 2))
            yield self._filter(), keys, sources, self.random.choice(list(Order)), self.random.randrange(1, 5)

    def _record(self, source: str, key: str) -> Record:
        choice, some, maybe = self.random.choice, self._some, self._maybe
        return Record(
            id=resource_id(source, key),
            source=source,
            key=key,
            title="".join(some(WORDS, 3)),
            kind=choice(("video", "course")),
            tier=choice(("national", "school")),
            access=choice(("public", "members")),
            visibility=("pub",) if self.random.random() < 0.6 else some(KEYS, 3),
            library=maybe(LIBRARIES),
            institution=maybe(("4133010001", "4144010002")),
            province=maybe(("33", "44")),
            majors=tuple(MajorRef("m", maybe(CODES), maybe((2015, 2021))) for _ in range(self.random.randrange(3))),
            creators=tuple(map(Creator, some(WORDS, 2))),
            languages=some(("zh", "en"), 2),
            license=maybe((License("CC-BY"), License("CC0"), License(None, text="words"))),
            format=maybe(("mp4", "MP4")),
            duration_seconds=maybe((0, 1, 60, 2**40)),
            published=maybe(DATES),
            updated_at=maybe((*INSTANTS, None, None)),
            part_of=some(IDS, 2),
        )

    def _filter(self) -> ResourceFilter:
        some, maybe = self._some, self._maybe
        conditions: dict[str, Callable[[], Any]] = {
            "tiers": lambda: some(("national", "school", *HOSTILE), 2),
            "kinds": lambda: some(("video", *HOSTILE), 2),
            "provinces": lambda: some(("33", "44"), 2),
            "institutions": lambda: some(("4133010001", *HOSTILE), 3),
            "libraries": lambda: some((*(library_id(each.source, each.key) for each in LIBRARIES), *HOSTILE), 4),
            "majors": lambda: tuple(MajorCondition(self.random.choice((2015, 2021)), code) for code in some((*CODES, *HOSTILE), 3)),
            "languages": lambda: some(("zh", "en", *HOSTILE), 2),
            "licenses": lambda: some(("CC-BY", "CC0", *HOSTILE), 3),
            "access": lambda: some(("public", "members"), 2),
            "formats": lambda: some(("mp4", "MP4", *HOSTILE), 3),
            "creators": lambda: some((*WORDS, *HOSTILE), 4),
            "published": lambda: (maybe(DATES), maybe(DATES)),
            "updated": lambda: (maybe(INSTANTS), maybe(INSTANTS)),
            "duration_seconds": lambda: (maybe((0, 1, 60)), maybe((1, 60, 2**40))),
            "part_of": lambda: some((*IDS, *HOSTILE), 6),
            "ids": lambda: some((*IDS, *HOSTILE), 20),
        }
        return ResourceFilter(**{name: conditions[name]() for name in self._some(tuple(conditions), 2)})

    def _some(self, values: Sequence[T], most: int) -> tuple[T, ...]:
        return tuple(self.random.sample(values, self.random.randint(0, min(most, len(values)))))

    def _maybe(self, values: Sequence[T]) -> T | None:
        return self.random.choice((*values, None))

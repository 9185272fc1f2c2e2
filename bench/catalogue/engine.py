"""The index by itself: how long its answers take, and how good they are. `python -m bench.catalogue.engine` makes only the index."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import fmean, median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import tantivy

from bench.catalogue import harvesting
from bench.catalogue.generator import SEED, WHOLE, Drawn, draw
from bench.catalogue.questions import mix
from bench.catalogue.relevance import judged, whole_term_recall
from connectors.mapping import compile_mapping
from connectors.protocol import Collection, Item
from resolvers.sources import bind
from store.search.view import Question, View
from store.search.writing import IndexWriter

QUESTIONS = 400
ROUNDS = 3
FACETS = ("kind", "major_category", "province", "tier")
BROAD = 0.2
_BATCH = 1000


def main() -> int:
    """Make the index or open the one that was kept, measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.catalogue.engine", description=__doc__)
    parser.add_argument("--size", type=int, default=WHOLE, help=f"records (default {WHOLE}, the whole catalogue)")
    parser.add_argument("--keep", type=Path, help="a directory in which the index stays, to be measured again")
    parser.add_argument("--no-relevance", action="store_true", help="leave out how good the answers are")
    given = parser.parse_args()
    print(f"{given.size} records, seed {SEED}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}", flush=True)
    with ExitStack() as stack:
        directory = given.keep or Path(stack.enter_context(TemporaryDirectory(prefix="huiju-bench-"))) / "index"
        if not directory.exists():
            make(directory, given.size)
        view = opened(directory)
        figures = latency(view, given.size)
        if not given.no_relevance:
            figures |= relevance(view, dict(enumerate(draw(given.size), 1)))
    print(f"load at the end {os.getloadavg()[0]:.2f}")
    for name, value in figures.items():
        print(f"figure {name} {value:.4g}")
    return 0


def make(directory: Path, size: int) -> None:
    """Write the index of the first `size` records, numbered from 1, as the indexer makes it anew."""
    began = time.perf_counter()
    writer = IndexWriter(_new(directory))
    for rows in _batches(size):
        writer.add(rows)
    writer.commit(1)
    writer.close()
    print(f"indexed in {time.perf_counter() - began:.0f} s", flush=True)


def opened(directory: Path) -> View:
    """The index in `directory`."""
    index = tantivy.Index.open(str(directory))
    index.reload()
    searcher = index.searcher()
    print(f"index: {sum(path.stat().st_size for path in directory.iterdir()) / 1e6:.0f} MB in {searcher.num_segments} segments", flush=True)
    return View(searcher)


def latency(view: View, size: int) -> dict[str, float]:
    """How long searches and facets take, each asked for the first time: nothing that a view remembers helps."""
    questions = mix(QUESTIONS)
    broad = sum(1 for question in questions if view.count(question) > BROAD * size) / len(questions)
    print(f"mix: {len(questions)} questions, {broad:.1%} match over a fifth")
    figures = {}
    for name, ask in (("search_engine", _search), ("facets", _count)):
        asks = [(lambda question=question: ask(View(view.searcher), question)) for question in questions]  # type: ignore[misc]  # noqa: B023
        taken = timed(asks)
        alone = timed(asks, time.thread_time)
        print(f"{name}: p50 {median(taken):.2f} ms; in CPU time of its thread p50 {median(alone):.2f} ms, p99 {p99(alone):.2f} ms")
        slow = sorted(zip(alone, questions * ROUNDS, strict=True), key=lambda each: -each[0])[:30]
        print("slowest:", dict.fromkeys((question.text, view.count(question)) for _, question in slow).keys())
        figures |= {f"{name}_p99_ms": p99(taken), f"{name}_p99_cpu_ms": p99(alone)}
    bare = [lambda keys=keys: _count(View(view.searcher), Question(keys=keys)) for keys in {question.keys for question in questions}]  # type: ignore[misc]
    print(f"facets without a text, once per commit and key set: {max(timed(bare)):.1f} ms at most, then remembered", flush=True)
    return figures


def relevance(view: View, items: dict[int, Drawn]) -> dict[str, float]:
    """How good the answers are; `items` by the number of their record."""
    by_form: defaultdict[str, list[float]] = defaultdict(list)
    for each in judged(view, items):
        by_form[each.golden.form].append(each.ndcg)
        if each.ndcg < 0.6:
            print(f"weak: {each.golden.form} {each.golden.text} {each.ndcg:.2f}")
    for form, found in by_form.items():
        print(f"nDCG@10 {form}: {fmean(found):.3f} over {len(found)}")
    exact = fmean([*by_form["code"], *by_form["whole term"]])
    print(f"nDCG@10 of codes and whole terms: {exact:.3f}", flush=True)
    recall = whole_term_recall(view, items)
    return {"ndcg10": fmean(score for found in by_form.values() for score in found), "ndcg10_exact": exact, "whole_term_recall": recall}


def timed(asks: Sequence[Callable[[], object]], clock: Callable[[], float] = time.perf_counter) -> list[float]:
    """Milliseconds of each, in `ROUNDS` rounds after one that warms up."""
    rounds = [once(asks, clock) for _ in range(ROUNDS + 1)]
    return [each for taken in rounds[1:] for each in taken]


def once(asks: Sequence[Callable[[], object]], clock: Callable[[], float] = time.perf_counter) -> list[float]:
    """Milliseconds of each."""
    taken: list[float] = []
    for each in asks:
        began = clock()
        each()
        taken.append((clock() - began) * 1000)
    return taken


def p99(taken: Sequence[float]) -> float:
    """What all but one in a hundred stay under."""
    return quantiles(taken, n=100)[98]


def mapped(items: Iterator[Drawn]) -> Iterator[Any]:
    """The records of what was drawn."""
    said = harvesting.definition()
    section = said.section(Collection.RESOURCES)
    if section is None:
        raise AssertionError
    read = compile_mapping(Collection.RESOURCES, section.mapping, bind(harvesting.KEY, said, version=1, keys_by_name={}))
    for item in items:
        yield read(Item(item.native["id"], item.native), _refuse)


def _refuse(field: str, message: str) -> None:
    raise ValueError(f"{field}: {message}")


def _batches(size: int) -> Iterator[list[tuple[int, bytes]]]:
    rows: list[tuple[int, bytes]] = []
    for number, record in enumerate(mapped(draw(size)), 1):
        rows.append((number, msgspec.json.encode(record)))
        if len(rows) == _BATCH or number == size:
            yield rows
            rows = []


def _new(directory: Path) -> Path:
    directory.mkdir(parents=True)
    return directory


def _search(view: View, question: Question) -> None:
    view.hits(question)


def _count(view: View, question: Question) -> None:
    view.facets(question, FACETS, 10)


if __name__ == "__main__":
    sys.exit(main())

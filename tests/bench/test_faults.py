"""The quick part of the fault matrix, and that the matrix sees what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from bench.faults.feed_modes import FEED_MODES, FeedMode
from bench.faults.feed_trials import PushedFeed
from bench.faults.http_patients import HttpPatient, http_patients
from bench.faults.matrix import Found, tried
from bench.faults.modes import DROPPED, MODES, REFUSED, WHOLE
from bench.faults.sql_patients import sql_patients
from bench.faults.trials import Patient, leaks
from bench.faults.voices import VOICES

SLOW = {"hang", "drip", "drip-headers", "length-long", "gzip-bomb", "ten-gigabytes", "lock", "endless"}
"""Modes that last until a time limit, or take long to make."""


def quick() -> list[Patient]:
    return [each for each in (*http_patients(), *sql_patients(())) if each.mode not in SLOW]


async def found(directory: Path, live: Sequence[Patient], harvested: Sequence[Patient], feeds: Sequence[PushedFeed]) -> Found:
    settings = {"HUIJU_WORKERS": "1"}
    return await tried(directory, live, harvested, feeds, together=4, settings=settings, tell=lambda _: None)


def test_every_kind_fails_in_at_least_twenty_ways() -> None:
    ways = Counter(each.kind for each in (*http_patients(), *sql_patients(("mariadb", "postgresql"))))
    assert set(ways) == {*VOICES, "sqlite", "mariadb", "postgresql"}
    assert min(ways.values()) >= 20
    assert len({mode.name for mode in FEED_MODES}) == len(FEED_MODES) >= 20


async def test_a_source_that_fails_in_any_way_is_one_outcome_and_one_harmless_run(tmp_path: Path) -> None:
    live, harvested = ([each for each in quick() if way in each.ways] for way in ("live", "harvest"))
    feeds = [PushedFeed(mode) for mode in FEED_MODES if not mode.slow]
    everything = await found(tmp_path, live, harvested, feeds)
    assert {each.name: each.problems for each in everything.cases if each.problems} == {}
    assert len(everything.cases) == len(live) + len(harvested) + len(feeds) + 2
    assert everything.peak_mb > 50


async def test_what_is_not_as_it_must_be_is_told(tmp_path: Path) -> None:
    mistaken = {"html": REFUSED, "404": WHOLE, "none": REFUSED, "duplicate-ids": DROPPED, "schema-change": WHOLE}
    wrong = [replace(mode, code=mistaken[mode.name]) for mode in MODES if mode.name in mistaken]
    live, harvested = ([HttpPatient(VOICES["rest"], mode) for mode in wrong] for _ in range(2))
    feeds = [PushedFeed(mode) for mode in wrong_pushes()]
    cases = (await found(tmp_path, live, harvested, feeds)).cases
    assert [each.name for each in cases if each.kind in ("rest", "feed") and not each.problems] == []


def wrong_pushes() -> Iterator[FeedMode]:
    """Modes that promise what does not hold: another code, rules that are not broken, rows that are not kept out."""
    modes = {mode.name: mode for mode in FEED_MODES}
    yield replace(modes["wrong-secret"], code="busy")
    yield replace(modes["html"], rules={"not-json": 2})
    yield replace(modes["none"], kept=True)
    yield replace(modes["empty-snapshot"], push=lambda pusher: pusher.push(b"", mode="snapshot", confirm="true"))


def test_what_nobody_may_see_is_found_in_an_answer() -> None:
    assert leaks('{"message": "no route to :4711"}', [":4711"])
    assert leaks("Traceback (most recent call last)", [])
    assert not leaks('{"message": "the source cannot be reached"}', [":4711"])

"""Everybody sees exactly what is theirs, on every path: random callers and questions against an oracle that knows only the rules.

Guards are then broken one by one, some written out and some drawn, and each break has to show.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from tests.federation.guards import drawn, written_out
from tests.federation.oracle import Oracle
from tests.federation.paths import Paths

SEED: Final = random.SystemRandom().randrange(10**6)
DRAWN: Final = 3
ENOUGH: Final = 500
"""Rounds in which a break must show; most show in the first few."""

_KEPT: Final = '[cache]\nlists = "5m"\nrecords = "5m"\n[limits]\ntimeout = 30\n'


def _keeping(definition: str) -> str:
    """Keep what live sources answer, so that what was kept for one could be given to another; and wait for them on a busy machine."""
    return f"{definition}\n{_KEPT}" if 'mode = "live"' in definition else definition


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory, running_demo: Callable[..., Any]) -> Iterator[Paths]:
    directory = tmp_path_factory.mktemp("visibility")
    with running_demo(directory, changed=_keeping, HUIJU_REQUEST_DEADLINE_MS="40000") as product:
        for _ in range(600):
            oracle = Oracle(directory)
            found = Paths(product, oracle)
            if oracle.whole and found.settled():
                break
            threading.Event().wait(0.1)
        yield found


def test_every_path_shows_what_the_oracle_says(paths: Paths) -> None:
    print("seed", SEED)
    assert len({row.keys for row in paths.oracle.rows}) > 20
    assert paths.oracle.texts
    assert list(paths.differences(SEED, 8)) == []


@pytest.mark.parametrize("name", written_out(()))
def test_a_guard_that_is_broken_shows(paths: Paths, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    print("seed", SEED)
    mutant = written_out(paths.oracle.keys)[name]
    for owner, attribute, broken in mutant.patches:
        monkeypatch.setattr(owner, attribute, broken)
    paths.forget()
    assert next(paths.differences(SEED, ENOUGH, mutant.path), None) is not None


def test_a_key_too_many_or_too_few_shows(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    print("seed", SEED)
    for name, mutant in drawn(SEED, paths.oracle.harvested_keys, DRAWN).items():
        with monkeypatch.context() as patch:
            for owner, attribute, broken in mutant.patches:
                patch.setattr(owner, attribute, broken)
            paths.forget()
            assert next(paths.differences(SEED, ENOUGH, mutant.path), None) is not None, name


def test_after_the_guards_are_back_everything_holds(paths: Paths) -> None:
    paths.forget()
    assert list(paths.differences(SEED + 1, 4)) == []


@pytest.mark.parametrize("source", ["guangdong", "hangzhou-school"])
def test_what_a_live_source_hides_costs_what_is_absent_costs(paths: Paths, source: str) -> None:
    hidden, absent = paths.hidden_and_absent(source)
    assert paths.traced(None, source, hidden) == paths.traced(None, source, absent)

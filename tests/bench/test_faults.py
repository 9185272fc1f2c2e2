"""The quick part of the fault matrix, and that the matrix sees what is wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bench.faults.http_patients import HttpPatient, http_patients
from bench.faults.matrix import Found, tried
from bench.faults.modes import MODES, REFUSED, WHOLE
from bench.faults.voices import VOICES

SLOW = {"hang", "drip", "drip-headers", "length-long", "gzip-bomb"}
"""Modes that last until a time limit, or take long to make."""


def quick() -> list[HttpPatient]:
    return [each for each in http_patients() if each.mode not in SLOW]


async def found(directory: Path, patients: list[HttpPatient], twins: list[HttpPatient]) -> Found:
    return await tried(directory, patients, twins, together=4, settings={}, tell=lambda _: None)


def test_every_kind_fails_in_at_least_twenty_ways() -> None:
    assert all(times >= 20 for times in Counter(each.kind for each in http_patients()).values())


async def test_a_source_that_fails_in_any_way_is_one_outcome_and_one_harmless_run(tmp_path: Path) -> None:
    everything = await found(tmp_path, quick(), quick())
    assert {each.name: each.problems for each in everything.cases if each.problems} == {}
    assert len(everything.cases) == 2 * len(quick()) + 2
    assert 50 < everything.peak_mb < 600


@pytest.mark.parametrize(("mode", "code"), [("html", REFUSED), ("html", WHOLE), ("none", REFUSED), ("duplicate-ids", REFUSED)])
async def test_what_is_not_as_it_must_be_is_told(tmp_path: Path, mode: str, code: str) -> None:
    wrong = replace(next(each for each in MODES if each.name == mode), code=code)
    patients = [HttpPatient(VOICES["rest"], wrong) for _ in range(2)]
    cases = (await found(tmp_path, patients[:1], patients[1:])).cases
    assert [bool(each.problems) for each in cases if each.kind == "rest"] == [True, True]

"""The table of provinces."""

import json
import os
import re
from pathlib import Path

import pytest

from store.provinces import PROVINCES

SAMPLES = Path(os.environ.get("CORPUS", Path(__file__).parents[3] / "shared" / "samples"))


def test_it_holds_thirty_one_provinces_three_apart_and_the_corps() -> None:
    assert len(PROVINCES) == 35
    assert {"66", "71", "81", "82"} < PROVINCES.keys()
    assert list(PROVINCES) == sorted(PROVINCES)


def test_every_row_has_its_own_code_and_names_in_two_languages() -> None:
    for code, province in PROVINCES.items():
        assert province.code == code
        assert re.fullmatch(r"[1-8][0-9]", code)
        assert re.fullmatch("[\u4e00-\u9fff]{3,}", province.zh)
        assert re.fullmatch(r"[A-Z][A-Za-z ]+", province.en)
    assert len({province.zh for province in PROVINCES.values()}) == len({province.en for province in PROVINCES.values()}) == 35


def test_nobody_can_change_it() -> None:
    with pytest.raises(TypeError):
        PROVINCES["99"] = PROVINCES["11"]  # type: ignore[index]


def test_it_agrees_with_the_published_table() -> None:
    path = SAMPLES / "codes" / "gbt2260_provinces.json"
    if not path.exists():
        pytest.skip("the samples of real sources are not beside the checkout; CORPUS=DIR names their folder")
    for row in json.loads(path.read_text("utf-8")):
        assert PROVINCES[row["code"]].zh == row["name"]

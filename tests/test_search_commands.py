"""`huiju index` and `huiju term`: what they print and leave behind."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commands import app
from store.search.directory import IndexDirectory, verify

RUN = CliRunner()


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIJU_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("HUIJU_LANG", "en")


def test_a_rebuild_makes_an_index_where_nobody_serves(tmp_path: Path) -> None:
    first = RUN.invoke(app, ["index", "rebuild", "--json"])
    assert (first.exit_code, json.loads(first.stdout)) == (0, {"records": 0})
    made = IndexDirectory(tmp_path / "var" / "index").current()
    second = RUN.invoke(app, ["index", "rebuild"])
    assert second.exit_code == 0
    assert "rebuilt: 0 records" in second.stdout
    again = IndexDirectory(tmp_path / "var" / "index").current()
    assert again is not None
    assert again != made
    verify(again)


def test_terms_are_blocked_listed_and_allowed() -> None:
    assert RUN.invoke(app, ["term", "block", "數控", "ABC"]).stdout.split() == ["abc", "数控"]
    assert json.loads(RUN.invoke(app, ["term", "list", "--json"]).stdout) == ["abc", "数控"]
    assert RUN.invoke(app, ["term", "allow", "数控"]).stdout.split() == ["abc"]
    assert RUN.invoke(app, ["term", "block"]).exit_code == 2

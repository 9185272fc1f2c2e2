"""The files of an index: what its last commit needs, also while segments are merged."""

import json
from pathlib import Path
from typing import Any

import pytest

from store.search.directory import marks

KINDS = ("idx", "term", "fast", "fieldnorm")


def committed(index: Path, segment: str) -> None:
    for kind in KINDS:
        (index / f"{segment}.{kind}").write_bytes(segment.encode())
    (index / "meta.json").write_text(json.dumps({"segments": [{"segment_id": segment, "deletes": None}]}), "utf-8")


def test_a_merge_between_the_list_and_its_files_is_not_taken_for_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    committed(tmp_path, "first")
    read = Path.read_text

    def merged_behind(path: Path, *options: Any, **named: Any) -> str:
        text = read(path, *options, **named)
        monkeypatch.setattr(Path, "read_text", read)
        committed(tmp_path, "merged")
        for kind in KINDS:
            (tmp_path / f"first.{kind}").unlink()
        return text

    monkeypatch.setattr(Path, "read_text", merged_behind)
    assert set(marks(tmp_path)) == {f"merged.{kind}" for kind in KINDS}


def test_a_file_that_the_last_commit_needs_and_that_is_gone_is_told(tmp_path: Path) -> None:
    committed(tmp_path, "first")
    (tmp_path / "first.term").unlink()
    with pytest.raises(FileNotFoundError):
        marks(tmp_path)

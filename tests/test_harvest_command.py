"""`huiju harvest` and what is told of it, as an operator types it: JSON, lines, the bar, mapping once more, history, quarantine."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from commands import app
from commands.progress import Meter
from connectors.protocol import Collection
from harvest import Progress
from tests.federation.shelf import DEFINITION, Library, library

RUN = CliRunner()
ROWS = [{"id": str(n), "title": f"数控 {n}", "type": "v"} for n in range(30)]
LIBRARIES = """
[libraries]
identifier = "id"
list = { path = "libraries" }
[libraries.mapping]
name = "title"
"""


@pytest.fixture
async def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Library]:
    async with library(tmp_path / "var", ROWS) as made:
        monkeypatch.setenv("HUIJU_DATA_DIR", str(made.directory))
        monkeypatch.setenv("HUIJU_LANG", "en")
        monkeypatch.setenv("HUIJU_ALLOW_PRIVATE", f"127.0.0.1/32:{made.url.rpartition(':')[2]}")
        (made.directory / "sources").mkdir(parents=True)
        define(made)
        yield made


def define(shelf: Library, **replaced: str) -> None:
    text = DEFINITION.format(name=shelf.name, url=shelf.url, more="") + LIBRARIES
    for old, new in replaced.items():
        assert old in text
        text = text.replace(old, new)
    (shelf.directory / "sources" / "shelf.toml").write_text(text, "utf-8")


async def huiju(*words: str) -> Result:
    return await asyncio.to_thread(RUN.invoke, app, list(words))


def told(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


async def test_a_script_and_a_person_are_told_what_a_run_did_and_what_came_of_mapping_once_more(shelf: Library) -> None:
    shelf.rows = [*ROWS, {"id": "x", "type": "v", "short": "短"}]
    report = told(await huiju("harvest", "shelf", "--json"))
    assert (report["seen"], report["quarantined"], report["error"], report["full"]) == (62, 2, None, True)
    plain = await huiju("harvest", "shelf")
    assert plain.stdout.startswith("shelf: 62 seen, 0 changed, 0 gone, 2 in quarantine in ")
    assert "shelf resources: 31 / 31" in plain.stderr
    history = (await huiju("source", "show", "shelf", "--history")).stdout.splitlines()
    assert ["62 seen, 0 changed" in history[0], "62 seen, 60 changed" in history[1], len(history)] == [True, True, 2]
    quarantine = (await huiju("source", "show", "shelf", "--quarantine")).stdout.splitlines()
    assert [line.split("  ")[1:3] for line in quarantine] == [["libraries", "x"], ["resources", "x"]]
    assert all("title" in line or "name" in line for line in quarantine)
    # A definition that reads what was kept: without a question to the source, of libraries as well.
    shelf.rows = []
    define(shelf, **{'title = "title"': 'title = { join = ["title", "id"], separator = " " }', 'name = "title"': 'name = "id"'})
    report = told(await huiju("harvest", "shelf", "--remap", "--json"))
    assert (report["seen"], report["changed"], report["quarantined"], report["unmapped"]) == (60, 60, 0, [])
    assert "0 changed" in (await huiju("harvest", "shelf", "--remap")).stdout
    retried = told(await huiju("harvest", "shelf", "--retry-quarantined", "--json"))
    assert (retried["seen"], retried["changed"], retried["quarantined"]) == (2, 2, 0)
    assert (await huiju("source", "show", "shelf", "--quarantine")).stdout == ""


async def test_what_cannot_be_done_says_what_to_do(shelf: Library) -> None:
    for words, status, says in (
        (("harvest", "shelf", "--remap"), 1, "harvest it first"),
        (("harvest", "nowhere"), 2, "no harvested source named nowhere"),
        (("harvest", "--remap", "--retry-quarantined"), 2, "alone"),
        (("harvest", "--remap", "--sweep"), 2, "alone"),
    ):
        result = await huiju(*words)
        assert (result.exit_code, says in result.stderr) == (status, True), result.output
    await huiju("harvest")
    shelf.rows = []
    refused = await huiju("harvest")
    assert (refused.exit_code, "confirm" in refused.stdout) == (1, True)
    confirmed = await huiju("harvest", "--confirm", "--json")
    assert told(confirmed)["gone"] == 60


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("total", [200, None])
def test_on_a_terminal_one_line_is_drawn_over_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch, total: int | None) -> None:
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("COLUMNS", "60")
    meter = Meter()
    for seen in (50, 100):  # the second comes at once, and is not drawn
        meter.show(_progress(seen, total))
    meter.end()
    drawn = screen.getvalue()
    assert "\n" not in drawn
    assert drawn.endswith("\r\x1b[K")
    assert ("25% 50 / 200" in drawn) == (total is not None)
    assert "shelf resources" in drawn
    assert max(len(each) for each in drawn.split("\r")) < 60 + len("\x1b[K")


def _progress(seen: int, total: int | None) -> Progress:
    return Progress(
        name="shelf", collection=Collection.RESOURCES, seen=seen, seen_before=0, changed=seen, gone=0, quarantined=0, total=total
    )

"""The command line: exit status 0, 1 or 2, texts that say what to do, JSON where a script reads."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commands import app
from demo.world import World

RUN = CliRunner()
DEFINITIONS = Path(__file__).parents[1] / "demo" / "definitions"


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIJU_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("HUIJU_LANG", "en")


def test_schema_prints_the_published_schema() -> None:
    result = RUN.invoke(app, ["schema"])
    assert result.exit_code == 0
    assert result.stdout == (Path(__file__).parents[1] / "schema" / "schema.graphql").read_text("utf-8")


def test_a_wrong_setting_is_misuse_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIJU_PROT", "8000")
    result = RUN.invoke(app, ["serve"])
    assert result.exit_code == 2
    assert "HUIJU_PORT" in result.stderr


def test_the_demo_stays_on_this_machine() -> None:
    result = RUN.invoke(app, ["demo", "--host", "0.0.0.0"])
    assert result.exit_code == 2
    assert "this machine only" in result.stderr


def test_a_port_that_is_taken_fails_and_names_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = RUN.invoke(app, ["serve", "--port", str(port)])
        assert result.exit_code == 1
        assert f"127.0.0.1:{port}" in result.stderr


def test_harvesting_nothing_says_where_it_looked(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["harvest"])
    assert result.exit_code == 0
    assert "no harvested source in" in result.stderr


def test_an_unknown_fault_is_misuse() -> None:
    result = RUN.invoke(app, ["demo", "--port", "0", "--fault", "nowhere=hang"])
    assert result.exit_code == 2
    assert "guangdong" in result.stderr


def test_harvesting_a_source_that_is_not_there_is_misuse() -> None:
    result = RUN.invoke(app, ["harvest", "nowhere"])
    assert result.exit_code == 2
    assert "nowhere" in result.stderr


def test_a_definition_that_cannot_be_used_fails_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "var" / "sources").mkdir(parents=True)
    (tmp_path / "var" / "sources" / "bad.toml").write_text('name = "bad"\nconnector = "rest"\ntitel = "x"\n', "utf-8")
    result = RUN.invoke(app, ["harvest"])
    assert result.exit_code == 1
    assert "titel" in result.stderr
    assert "`title`" in result.stderr


def test_two_definitions_of_one_name_are_refused(tmp_path: Path) -> None:
    sources = tmp_path / "var" / "sources"
    sources.mkdir(parents=True)
    for file in ("one", "two"):
        (sources / f"{file}.toml").write_text((DEFINITIONS / "national-portal.toml").read_text("utf-8"), "utf-8")
    result = RUN.invoke(app, ["harvest"])
    assert result.exit_code == 1
    assert "2 definitions have this name" in result.stderr


def test_a_damaged_key_file_fails_without_showing_it(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "secret.key").write_text("hunter2", "utf-8")
    result = RUN.invoke(app, ["harvest"])
    assert result.exit_code == 1
    assert "hunter2" not in result.stderr


async def test_harvest_copies_a_source_and_tells_its_numbers_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    async with World(tmp_path / "world", "free") as world:
        sources = tmp_path / "var" / "sources"
        sources.mkdir(parents=True)
        (sources / "portal.toml").write_text(world.definition("national-portal"), "utf-8")
        monkeypatch.setenv("HUIJU_ALLOW_PRIVATE", f"127.0.0.1/32:{world.ports['national-portal']}")
        result = await asyncio.to_thread(RUN.invoke, app, ["harvest", "--json"])
        assert result.exit_code == 0, result.stderr
        report = json.loads(result.stdout)
        assert report["name"] == "national-portal"
        assert report["changed"] == report["seen"] > 1000
        again = await asyncio.to_thread(RUN.invoke, app, ["harvest", "national-portal"])
        assert "0 changed" in again.stdout
    result = await asyncio.to_thread(RUN.invoke, app, ["harvest"])
    assert result.exit_code == 1
    assert "SOURCE_UNAVAILABLE" in result.stdout

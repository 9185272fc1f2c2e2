"""`huiju source`: exit status, languages and JSON of the commands of those who register sources."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from commands import app
from demo.world import World

RUN = CliRunner()
DEFINITIONS = Path(__file__).parents[1] / "demo" / "definitions"


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIJU_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("HUIJU_LANG", "en")


async def run(*arguments: object) -> Result:
    return await asyncio.to_thread(RUN.invoke, app, ["source", *map(str, arguments)])


def defined(world: World, directory: Path, name: str, monkeypatch: pytest.MonkeyPatch, fault: str | None = None) -> Path:
    """The definition of a demo source in a file, and leave to reach it."""
    monkeypatch.setenv("HUIJU_ALLOW_PRIVATE", ",".join(f"127.0.0.1/32:{port}" for port in world.ports.values()))
    monkeypatch.setenv("HUIJU_SQLITE_DIR", str(world.sqlite_directory))
    path = directory / f"{name}.toml"
    path.write_text(world.definition(name, fault), "utf-8")
    return path


async def test_a_sound_source_is_checked_in_either_language_and_leaves_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with World(tmp_path / "world", "free") as world:
        file = defined(world, tmp_path, "hangzhou-school", monkeypatch)
        english, chinese, told = await run("check", file), await run("check", file, "--lang", "zh"), await run("check", file, "--json")
    assert english.exit_code == chinese.exit_code == told.exit_code == 0, english.output
    assert english.stdout.endswith("hangzhou-school: usable\n")
    assert chinese.stdout.endswith("hangzhou-school: 可用\n")
    check: dict[str, Any] = json.loads(told.stdout)
    assert check["usable"]
    assert len(check["collections"][0]["pairs"]) == 20
    assert not (tmp_path / "var").exists()


async def test_a_failing_source_is_told_and_not_registered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with World(tmp_path / "world", "free") as world:
        file = defined(world, tmp_path, "guangdong", monkeypatch, "garble")
        checked, registered = await run("check", file), await run("register", file)
    assert checked.exit_code == registered.exit_code == 1
    assert "SOURCE_MALFORMED" in checked.stdout
    assert "SOURCE_MALFORMED" in registered.stderr
    assert not (tmp_path / "var" / "sources").exists()


async def test_a_private_address_is_refused_with_the_setting_that_allows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with World(tmp_path / "world", "free") as world:
        file = defined(world, tmp_path, "guangdong", monkeypatch)
        monkeypatch.delenv("HUIJU_ALLOW_PRIVATE")
        result = await run("check", file)
    assert result.exit_code == 1
    assert "HUIJU_ALLOW_PRIVATE" in result.stdout


async def test_a_broken_definition_fails_with_places_and_fixes(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text((DEFINITIONS / "guangdong.toml").read_text("utf-8").replace('title = "name"', 'titel = "name"'), "utf-8")
    result = await run("check", file, "--lang", "zh")
    assert result.exit_code == 1
    assert "resources.mapping.titel" in result.stdout
    assert "是否想写 `title`？" in result.stdout


async def test_a_file_that_is_not_there_is_misuse(tmp_path: Path) -> None:
    assert (await run("check", tmp_path / "none.toml")).exit_code == 2
    assert (await run("show", "nowhere")).exit_code == 2


async def test_from_a_file_to_records_by_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with World(tmp_path / "world", "free") as world:
        file = defined(world, tmp_path, "national-portal", monkeypatch)
        empty = await run("list")
        registered = await run("register", file)
        waiting = await run("list")
        harvested = await asyncio.to_thread(RUN.invoke, app, ["harvest"])
        loaded, shown, told = await run("list"), await run("show", "national-portal", "--lang", "zh"), await run("list", "--json")
    assert "no registered sources" in empty.stdout
    assert registered.exit_code == 0, registered.output
    assert "restart" in registered.stdout
    assert "loaded at the next start" in waiting.stdout
    assert harvested.exit_code == 0, harvested.output
    assert "loaded at" not in loaded.stdout
    assert "已载入" in shown.stdout
    (source,) = json.loads(told.stdout)
    assert source["records"] == 2000
    assert source["last_run"]["error"] is None
    assert str(source["last_run"]["seen"]) in shown.stdout


async def test_without_a_check_a_definition_is_registered_unasked_and_still_read_strictly(tmp_path: Path) -> None:
    file = tmp_path / "guangdong.toml"
    file.write_text((DEFINITIONS / "guangdong.toml").read_text("utf-8"), "utf-8")
    assert (await run("register", file, "--no-check")).exit_code == 0
    file.write_text(file.read_text("utf-8").replace("tier =", "teir ="), "utf-8")
    result = await run("register", file, "--no-check", "--replace")
    assert result.exit_code == 1
    assert "teir" in result.stderr

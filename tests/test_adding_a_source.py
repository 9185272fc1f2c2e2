"""The walk of `docs/adding-a-source.md`: its definitions are checked against the example sources that it names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from demo.world import SERVED, World
from egress import Allow
from harvest.checking import SourceCheck, check_document
from resolvers.sources import bind
from store.identity import source_key

DOCS = Path(__file__).parents[1] / "docs"
PAGES = ("adding-a-source.md", "adding-a-source.zh-CN.md")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (DOCS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)


def definition(name: str) -> str:
    return next(block for block in blocks(PAGES[0], "toml") if block.startswith(f"# {name}.toml\n"))


async def checked(world: World, text: str, rows: Path | None = None) -> SourceCheck:
    for source, served in SERVED.items():
        text = text.replace(f"http://127.0.0.1:{served.port}", f"http://127.0.0.1:{world.ports[source]}")
    return await check_document(
        text.encode(),
        "walk",
        Path(),
        sqlite_directory=world.sqlite_directory,
        allow=lambda _: Allow([("127.0.0.1", port) for port in world.ports.values()]),
        bind=lambda definition: bind(source_key(definition.name), definition, version=1, keys_by_name={}),
        rows=rows,
    )


def test_both_pages_show_the_same_definitions_and_commands() -> None:
    assert len(blocks(PAGES[0], "toml")) == 4
    assert blocks(PAGES[0], "toml") == blocks(PAGES[1], "toml")
    assert [each.replace("LANG=en", "LANG=zh").replace("Language: en", "Language: zh") for each in blocks(PAGES[0], "bash")] == blocks(
        PAGES[1], "bash"
    )


@pytest.mark.parametrize(("name", "rules"), [("my-portal", ["table-unknown"]), ("my-platform", []), ("my-college", [])])
async def test_a_definition_of_the_walk_can_be_used_and_gives_the_problems_that_are_shown(
    tmp_path: Path, name: str, rules: list[str]
) -> None:
    async with World(tmp_path, "free") as world:
        check = await checked(world, definition(name))
    assert check.usable, check.findings
    assert [each.rule for each in check.findings] == rules
    assert check.name == name


async def test_the_mistake_of_the_walk_is_found(tmp_path: Path) -> None:
    text = definition("my-college")
    assert 'video = "02"' in text
    async with World(tmp_path, "free") as world:
        check = await checked(world, text.replace('video = "02"', 'video = "03"'))
    assert [each.rule for each in check.findings] == ["filter-loses"]


async def test_the_rows_of_the_walk_are_judged_as_it_shows(tmp_path: Path) -> None:
    (script,) = [each for each in blocks(PAGES[0], "bash") if "resources.csv <<" in each]
    rows = tmp_path / "resources.csv"
    rows.write_text(script.partition("\n")[2].removesuffix("EOF\n"), "utf-8")
    async with World(tmp_path, "free") as world:
        check = await checked(world, definition("my-feed"), rows)
        bare = await checked(world, definition("my-feed"))
    assert check.usable
    assert [each.rule for each in check.findings] == ["items-left-out", "table-unknown"]
    assert [pair.record["title"] for pair in check.collections[0].pairs] == ["数控车床编程", "护理操作要点\n（第一讲）", "汽车维护"]
    assert bare.usable
    assert not bare.findings

"""A definition is read strictly: every problem has its place, what was found, and a fix."""

from pathlib import Path

import pytest

from connectors.definition import Definition, parse_definition
from connectors.errors import DefinitionInvalid

GOOD = """
name = "guangdong"
title = "广东（示例）"
tier = "provincial"
province = "44"
connector = "rest"
mode = "live"
all_public = true

[connection]
url = "https://lib.example.edu.cn/api"

[resources]
identifier = "id"
list = { path = "/resources" }

[resources.mapping]
title = "name"
"""


def problems(document: str) -> dict[str, str]:
    with pytest.raises(DefinitionInvalid) as caught:
        parse_definition(document)
    return {each.place: f"{each.message} | {each.fix}" for each in caught.value.problems}


def test_ten_lines_are_enough() -> None:
    definition = parse_definition(GOOD)
    assert isinstance(definition, Definition)
    assert (definition.name, definition.limits.timeout, definition.timezone) == ("guangdong", 2.5, "Asia/Shanghai")


def test_an_unknown_key_names_the_nearest_one() -> None:
    assert "`province`" in problems(GOOD.replace("province =", "provinse ="))["provinse"]
    assert "`timeout`" in problems(GOOD + "[limits]\ntimeoot = 3\n")["limits.timeoot"]


def test_an_unknown_field_and_an_unknown_function_name_what_there_is() -> None:
    assert "`title`" in problems(GOOD.replace('title = "name"', 'title = "name"\ntittle = "n"'))["resources.mapping.tittle"]
    found = problems(GOOD.replace('title = "name"', 'title = { path = "name", function = "datum" }'))
    assert any("datum" in text and "datetime" in text for text in found.values())


def test_all_problems_are_told_at_once() -> None:
    found = problems(
        GOOD.replace('mode = "live"', 'mode = "sometimes"')
        .replace('province = "44"', "province = 44")
        .replace('title = "广东（示例）"', "")
    )
    assert {"mode", "province", "title"} <= set(found)


def test_a_misspelt_field_is_told_beside_other_problems() -> None:
    found = problems(GOOD.replace('mode = "live"', 'mode = "sometimes"').replace('title = "name"', 'titel = "name"'))
    assert {"mode", "resources.mapping.titel"} <= set(found)


@pytest.mark.parametrize(
    ("was", "becomes", "place"),
    [
        ('connector = "rest"', 'connector = "rests"', "connector"),
        ('name = "guangdong"', 'name = "Guang Dong"', "name"),
        ('title = "name"', 'title = "a..b"', "resources.mapping.title.path"),
        ('title = "name"', 'summary = "x"', "resources.mapping"),
        ('title = "name"', 'title = { path = "a", table = "none" }', "resources.mapping.title.table"),
        ('title = "name"', 'title = "name"\nmajors = { members = { code = { path = "c", function = "major_code" } } }', "catalogue_year"),
        ("all_public = true", "", "(document)"),
        ('province = "44"', "", "(document)"),
        ("[resources]", "[resources", "(document)"),
    ],
)
def test_each_fault_is_told_at_its_place(was: str, becomes: str, place: str) -> None:
    assert place in problems(GOOD.replace(was, becomes, 1))


def test_silence_about_visibility_is_refused() -> None:
    assert "all_public" in problems(GOOD.replace("all_public = true", ""))["(document)"]


@pytest.mark.parametrize("path", sorted((Path(__file__).parents[2] / "demo" / "definitions").glob("*.toml")), ids=lambda path: path.stem)
def test_the_definitions_of_the_demo_are_good(path: Path) -> None:
    assert parse_definition(path.read_text("utf-8")).name == path.stem

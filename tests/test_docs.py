"""Documents under test: what can be set, called, plugged in or go wrong has a heading somewhere."""

import importlib
import re
import tomllib
from pathlib import Path

import pytest
import typer.main

from settings import Settings

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
CODES = (
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "BAD_USER_INPUT",
    "CURSOR_EXPIRED",
    "OPERATION_TOO_EXPENSIVE",
    "PERSISTED_QUERY_NOT_FOUND",
    "UNAUTHENTICATED",
    "ISSUER_UNAVAILABLE",
    "FORBIDDEN",
    "RATE_LIMITED",
    "DEADLINE_EXCEEDED",
    "SOURCE_TIMEOUT",
    "SOURCE_UNAVAILABLE",
    "SOURCE_MALFORMED",
    "SOURCE_REFUSED",
    "READ_ONLY",
    "INTERNAL",
)


def headings(path: Path) -> list[str]:
    """The headings of a page, without marks, fenced code left out."""
    text = re.sub(r"^```.*?^```", "", path.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [line.lstrip("#").replace("`", "").strip() for line in text.splitlines() if re.match(r"#{1,6} ", line)]


def commands() -> list[str]:
    """Every command as one types it: `huiju source check`."""
    group = typer.main.get_command(importlib.import_module("commands").app)
    found = []
    waiting = [("huiju", group)]
    while waiting:
        name, command = waiting.pop()
        if inner := getattr(command, "commands", None):
            waiting.extend((f"{name} {each}", below) for each, below in inner.items())
        else:
            found.append(name)
    return sorted(found)


def kinds() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return sorted(project["entry-points"]["huiju.connectors"])


def missing(names: list[str], page: Path) -> list[str]:
    words = {word for heading in headings(page) for word in (heading, *re.findall(r"[\w.-]+", heading))}
    return [name for name in names if name not in words]


def test_every_setting_has_a_heading_and_every_heading_a_setting() -> None:
    assert headings(DOCS / "settings.md")[1:] == [name for name, _ in Settings.described()]


@pytest.mark.parametrize("name", [name for name, _ in Settings.described()])
def test_the_default_of_a_setting_is_told(name: str) -> None:
    text = (DOCS / "settings.md").read_text("utf-8")
    section = text.partition(f"## {name}\n")[2].partition("\n## ")[0]
    default = dict(Settings.described())[name].default
    assert default is None or f"`{default}`" in section


def test_every_command_has_a_heading() -> None:
    assert not missing(commands(), DOCS / "commands.md")


def test_every_connector_kind_has_a_heading() -> None:
    assert not missing(kinds(), DOCS / "connectors.md")


def test_every_named_mapping_function_has_a_heading() -> None:
    functions = importlib.import_module("connectors.functions").FUNCTIONS
    assert not missing(sorted(functions), DOCS / "connectors.md")


@pytest.mark.parametrize("code", CODES)
def test_every_error_code_has_a_heading(code: str) -> None:
    assert not missing([code], DOCS / "errors.md")


def test_both_readmes_have_the_same_sections() -> None:
    def levels(name: str) -> list[int]:
        text = re.sub(r"^```.*?^```", "", (ROOT / name).read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
        return [len(mark) for mark in re.findall(r"^(#{1,6}) ", text, re.MULTILINE)]

    assert levels("README.md") == levels("README.zh-CN.md")


@pytest.mark.parametrize("page", ["clients", "connectors", "explorer", "operations", "ready-definitions", "sign-on", "writing-a-connector"])
def test_a_page_and_its_chinese_counterpart_keep_pace(page: str) -> None:
    """The same sections, the same code, and in tables the same keys: whoever adds to one adds to the other."""

    def skeleton(name: str) -> tuple[list[int], list[str], list[str]]:
        text = (DOCS / name).read_text("utf-8")
        code = [re.sub(r"  +# .*", "", block) for block in re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL)]
        rest = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
        levels = [len(mark) for mark in re.findall(r"^(#{1,6}) ", rest, re.MULTILINE)]
        return levels, re.findall(r"^\| (`[^`]+`) \|", rest, re.MULTILINE), code

    assert skeleton(f"{page}.md") == skeleton(f"{page}.zh-CN.md")


def test_every_connector_kind_and_function_has_a_chinese_heading() -> None:
    functions = importlib.import_module("connectors.functions").FUNCTIONS
    assert not missing([*kinds(), *functions], DOCS / "connectors.zh-CN.md")


def test_every_relative_link_leads_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in (*ROOT.glob("*.md"), *DOCS.rglob("*.md"))
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8"))
        if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists()
    ]
    assert not broken


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    records = sorted(path.name for path in (DOCS / "adr").glob("[0-9]*.md"))
    assert [int(name[:4]) for name in records] == list(range(1, len(records) + 1))
    index = (DOCS / "adr" / "README.md").read_text("utf-8")
    assert all(f"]({name})" in index for name in records)


def test_the_first_page_opens_with_the_readmes_query() -> None:
    page = (ROOT / "transport" / "pages" / "start.js").read_text("utf-8")
    query = re.search(r"const QUERY = `(.*?)`", page, re.S)
    assert query is not None
    for readme in ("README.md", "README.zh-CN.md"):
        assert query[1].strip() in (ROOT / readme).read_text("utf-8")

"""A kind of a third party is installed, found, checked and read like the built-in ones; its documentation is its code."""

import asyncio
import importlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.definition import parse_definition
from connectors.errors import DefinitionInvalid, SourceMalformed
from connectors.protocol import Query
from connectors.registry import Surroundings, find_kind, known_kinds
from connectors.testing import conforms
from egress import Allow, Client
from tests.connectors.loopback import DEFINITION, Answer, Asked, items, keys, opened, read, serving

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "huiju-atom"
FEED = (
    DEFINITION.format(connector="atom").replace('"live"', '"harvest"')
    + """
[connection]
url = "{url}/feed"
[resources.mapping]
title = "title"
summary = "summary"
url = "link"
creators = { path = "author[]", function = "text" }
keywords = "category[]"
updated_at = "updated"
"""
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The package, installed by pip into a directory of its own from its source alone."""
    source, target = tmp_path_factory.mktemp("source") / "huiju-atom", tmp_path_factory.mktemp("site")
    shutil.copytree(EXAMPLE, source)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target", str(target)]
    made = subprocess.run([*pip, str(source)], capture_output=True, text=True, check=False, timeout=120)
    assert made.returncode == 0, made.stderr
    sys.path.insert(0, str(target))
    importlib.invalidate_caches()
    find_kind.cache_clear()
    yield target
    sys.path.remove(str(target))
    sys.modules.pop("huiju_atom", None)
    find_kind.cache_clear()


def feed(asked: Asked, size: int = 4, count: int = 11) -> Answer:
    """A feed of `count` entries, `size` to a page."""
    start = int(asked.params.get("start", ["0"])[0])
    rows = "".join(
        f'<entry><id>urn:r:{n}</id><title>数控 {n}</title><summary type="html">讲 &lt;b&gt;{n}&lt;/b&gt;</summary>'
        f'<link href="https://zyk.example.com/r/{n}"/><author><name>示例教师</name></author><category term="数控"/>'
        f"<updated>2023-05-17T08:00:00Z</updated></entry>"
        for n in range(start, min(start + size, count))
    )
    link = f'<link rel="next" href="/feed?start={start + size}"/>' if start + size < count else ""
    return Answer(f'<feed xmlns="http://www.w3.org/2005/Atom">{link}{rows}</feed>'.encode())


def linked(address: str) -> Answer:
    """An empty feed whose next page is at `address`."""
    return Answer(f'<feed xmlns="http://www.w3.org/2005/Atom"><link rel="next" href="{address}"/></feed>'.encode())


async def test_it_is_found_and_conforms(installed: Path) -> None:
    assert "atom" in known_kinds()
    kind = find_kind("atom")
    assert kind is not None
    async with serving() as upstream:
        upstream.handler = feed
        definition = parse_definition(FEED.replace("{url}", upstream.url))
        async with Client(allow=Allow([("127.0.0.1", upstream.port)])) as client:
            for limit in (1, 3, 100):
                report = await conforms(
                    lambda: kind.open(definition, Surroundings(client=client, directory=Path())),
                    expected=[f"urn:r:{n}" for n in range(11)],
                    limit=limit,
                )
        assert {"reads_all", "resumes", "closes"} <= set(report.checks)


async def test_its_items_become_records_and_its_faults_errors(installed: Path) -> None:
    async with serving() as upstream, opened(upstream, FEED) as connector:
        upstream.handler = feed
        batches = await read(connector)
        assert keys(batches)[:2] == ["urn:r:0", "urn:r:1"]
        assert items(batches)[0].native["author"] == ["示例教师"]
        for answer, reason in (
            (Answer(b"<rss></rss>"), "shape"),
            (linked("https://elsewhere.example/"), "foreign_link"),
            (linked("/feed"), "loop"),
            (Answer(b"", 404), "not_found"),
        ):
            upstream.handler = lambda _asked, answer=answer: answer
            with pytest.raises(SourceMalformed, match=reason):
                await read(connector, Query(limit=5))


async def test_the_command_line_checks_it(installed: Path, tmp_path: Path) -> None:
    async with serving() as upstream:
        upstream.handler = feed
        path = tmp_path / "portal.toml"
        path.write_text(FEED.replace("{url}", upstream.url), encoding="utf-8")
        checking = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", "from commands import app; app()", "source", "check", str(path), "--lang", "en"),
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(installed), "HUIJU_ALLOW_PRIVATE": f"127.0.0.1:{upstream.port}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        out, _ = await checking.communicate()
        assert checking.returncode == 0, out.decode()
        assert "usable" in out.decode()
        assert "数控 0" in out.decode()


def test_without_the_package_the_kind_is_not_known() -> None:
    found = subprocess.run(
        [sys.executable, "-c", "from connectors.registry import known_kinds; print(known_kinds())"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "atom" not in found.stdout


def test_a_problem_of_its_definition_is_named(installed: Path) -> None:
    with pytest.raises(DefinitionInvalid, match=r"connection\.url"):
        parse_definition(FEED.replace("{url}", "ftp://zyk.example.com"))


@pytest.mark.parametrize("page", ["writing-a-connector.md", "writing-a-connector.zh-CN.md"])
def test_the_documentation_shows_the_code_that_runs(page: str) -> None:
    shown = re.findall(r"^```(?:python|toml)\n(.*?)^```", (ROOT / "docs" / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    files = [(EXAMPLE / name).read_text("utf-8") for name in ("pyproject.toml", "huiju_atom.py")]
    assert len(shown) >= 4
    for block in shown:
        assert any(block.strip() in file for file in files) or block.strip() in FEED_SHOWN, block


FEED_SHOWN = """
name = "college-news"
title = "示例学院资源动态"
tier = "national"
connector = "atom"
mode = "harvest"
all_public = true
connection = { url = "https://zyk.college.example/feed" }

[resources.mapping]
title = "title"
summary = "summary"
url = "link"
creators = { path = "author[]", function = "text" }
keywords = "category[]"
updated_at = "updated"
"""

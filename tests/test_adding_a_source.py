"""The walk of `docs/adding-a-source.md`: its definitions are checked against the example sources that it names."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from demo.world import SERVED, World
from egress import Allow
from harvest.checking import SourceCheck, check_document
from resolvers.sources import bind
from store.identity import source_key
from tests.needs import service

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
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
    assert len(blocks(PAGES[0], "toml")) == 7
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


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class Walk:
    """Runs the blocks of a section as they stand, in a directory of its own; ports alone are others, because tests share a machine."""

    def __init__(self, directory: Path, sqlite: Path, ports: Mapping[int, int]) -> None:
        self.ports = {**{number: free_port() for number in (8000, 8105)}, **ports}
        self._directory = directory
        self._servers: list[subprocess.Popen[bytes]] = []
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("HUIJU_")},
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HUIJU_DATA_DIR": "var/mine",
            "HUIJU_LANG": "en",
            "HUIJU_PORT": str(self.ports[8000]),
            "HUIJU_SQLITE_DIR": str(sqlite),
        }
        (directory / "connectors").symlink_to(ROOT / "connectors")

    def toml(self, text: str) -> None:
        """Write the file that the first line names."""
        name = text.partition("\n")[0].removeprefix("# ")
        (self._directory / name).write_text(self._here(text), "utf-8")

    def bash(self, text: str) -> str:
        """Run a block; its exports hold for the blocks that follow, its last line is awaited where it is a server. Gives its output."""
        lines = self._here(text).replace(".venv/bin/python", sys.executable).splitlines()
        for line in lines:
            if line.startswith("export "):
                self._environment |= dict(part.split("=", 1) for part in shlex.split(line)[1:])
        script, server = lines, None
        if lines[-1].startswith(("huiju serve", sys.executable)):
            *script, server = lines
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", "\n".join(script)],
            cwd=self._directory,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
        if server is not None:
            self._serve(server)
        return done.stdout

    def _serve(self, line: str) -> None:
        port = self.ports[8000] if line.startswith("huiju") else self.ports[8105]
        command = shlex.split(line) + ([str(port)] if "demo.cloud" in line else [])
        with (self._directory / f"{port}.log").open("wb") as log:
            self._servers.append(subprocess.Popen(command, cwd=self._directory, env=self._environment, stdout=log, stderr=log))
        until = time.monotonic() + 240
        while not self._answers(port):
            assert self._servers[-1].poll() is None, (self._directory / f"{port}.log").read_text()
            assert time.monotonic() < until, "the server does not answer"
            time.sleep(0.1)

    def _answers(self, port: int) -> bool:
        path = "/readyz" if port == self.ports[8000] else "/resources"
        with suppress(httpx.HTTPError):
            return httpx.get(f"http://127.0.0.1:{port}{path}").status_code == 200
        return False

    def _here(self, text: str) -> str:
        for number, port in self.ports.items():
            text = re.sub(rf"\b{number}\b", str(port), text)
        return text

    def close(self) -> None:
        """Stop the servers that this walk has started."""
        for server in self._servers:
            server.terminate()
            server.wait(30)


@pytest.fixture
async def walk(tmp_path: Path) -> AsyncIterator[Walk]:
    async with World(tmp_path / "world", "free") as world:
        (tmp_path / "here").mkdir()
        ports = {served.port: world.ports[name] for name, served in SERVED.items()}
        walking = Walk(tmp_path / "here", world.sqlite_directory, ports)
        yield walking
        await asyncio.to_thread(walking.close)


def section(heading: str) -> list[tuple[str, str]]:
    """The blocks of a section in order, each with its language."""
    text = (DOCS / PAGES[0]).read_text("utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^```(toml|bash)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


async def walked(walk: Walk, heading: str) -> list[str]:
    """The outputs of a section's blocks; what is searched for may take two seconds to be found."""
    outputs = []
    for language, text in section(heading):
        if language == "toml":
            walk.toml(text)
            continue
        output = await asyncio.to_thread(walk.bash, text)
        for _ in range(100):
            if "graphql" not in text or '"title"' in output:
                break
            await asyncio.sleep(0.1)
            output = await asyncio.to_thread(walk.bash, text)
        outputs.append(output)
    return outputs


async def test_the_walk_behind_a_token_dance_ends_with_records_in_the_answer(walk: Walk) -> None:
    _, missing, checked, _, answer = await walked(walk, "Token dance")
    assert "✗ credentials.app_secret" in missing
    assert "huiju source credential set my-cloud app_secret" in missing
    assert "my-cloud: usable" in checked
    assert "app_secret  ····cret" in checked
    assert "my-cloud: 60 seen, 60 changed, 0 gone, 0 in quarantine" in checked
    assert '"my-cloud"' in answer


async def test_the_walk_of_the_push_agent_ends_with_records_in_the_answer(walk: Walk) -> None:
    walk.toml(definition("my-college"))
    _, pushed, answer = await walked(walk, "Push agent")
    dry, first, second = pushed.splitlines()
    assert re.fullmatch(r"my-college: \d+ accepted \(.* s\), dry run: nothing was kept", dry)
    assert re.fullmatch(r"my-college: \d+ accepted \(.* s\)", first)
    assert re.fullmatch(r"my-college: nothing had changed \(.* s\)", second)
    assert '"my-canonical-feed"' in answer


async def test_the_walk_of_a_repository_ends_with_records_in_the_answer(walk: Walk) -> None:
    copied, _, answer = await walked(walk, "OAI-PMH")
    assert "my-repository: usable" in copied
    assert "my-repository: 500 seen, 500 changed, 0 gone, 0 in quarantine" in copied
    assert '"my-repository"' in answer


async def test_the_walk_of_a_database_server_ends_with_the_public_rows_in_the_answer(walk: Walk) -> None:
    server = urlsplit(service("HUIJU_TEST_MYSQL_URL"))
    assert server.port is not None
    walk.ports[3306] = server.port
    _, checked, _, answer = await walked(walk, "MariaDB")
    assert "my-database: usable" in checked
    assert "汽车发动机拆装微课" in answer
    assert "数控车床编程" in answer
    assert "教师内部教案" not in answer

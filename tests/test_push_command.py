"""`huiju source push`: exit status, secrets, addresses, and that nothing on its way needs POSIX."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from commands import app
from tests.agent.schools import FEED, School
from tests.transport.feeds.conftest import House, housed

RUN = CliRunner()
ROOT = Path(__file__).parents[1]
SEEN = frozenset({"pub", "s:4133010001", "r:teacher@s:4133010001"})


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    (tmp_path / "hub").mkdir()
    async with housed(tmp_path / "hub", f"sqlite+aiosqlite:///{tmp_path}/hub/catalog.sqlite3", FEED) as served:
        yield served


@pytest.fixture
def school(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> School:
    (tmp_path / "school").mkdir()
    made = School(tmp_path / "school")
    made.create()
    made.add(*range(12))
    (made.directory / "school.toml").write_text(made.definition, "utf-8")
    monkeypatch.setenv("HUIJU_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("HUIJU_SQLITE_DIR", str(made.directory))
    monkeypatch.setenv("HUIJU_LANG", "en")
    return made


@pytest.fixture
def secret(house: House, tmp_path: Path) -> Path:
    path = tmp_path / "push.secret"
    path.write_text(house.secret + "\n", "ascii")
    return path


async def run(school: School, url: str, *arguments: object, given: str | None = None) -> Result:
    command = ["source", "push", str(school.directory / "school.toml"), "--to", url, "--patience", "1s", *map(str, arguments)]
    return await asyncio.to_thread(RUN.invoke, app, command, input=given)


def at(house: House) -> str:
    return f"{house.http.base_url}/feeds/college"


async def test_a_push_by_the_command_line_and_its_state_beside_the_definition(house: House, school: School, secret: Path) -> None:
    first = await run(school, at(house), "--secret-file", secret, "--json")
    assert first.exit_code == 0, first.output
    report: dict[str, Any] = json.loads(first.stdout)
    assert report["counts"]["accepted"] == 13
    assert report["error"] is None
    assert len(await house.held(SEEN)) == 12
    assert (school.directory / "school.push").exists()
    second = await run(school, at(house), "--secret-file", secret, "--lang", "zh")
    assert second.exit_code == 0
    assert "未变" in second.stdout
    school.add(3, title="")
    third = await run(school, at(house), "--secret-file", secret)
    assert third.exit_code == 1
    assert "A/3" in third.stdout
    assert "[mapping] title" in third.stdout
    for result in (first, second, third):
        assert house.secret not in result.output + result.stderr


async def test_the_secret_comes_from_standard_input_or_a_setting(house: House, school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await run(school, at(house), given=house.secret + "\n")).exit_code == 0
    monkeypatch.setenv("HUIJU_PUSH_SECRET", house.secret)
    assert (await run(school, at(house))).exit_code == 0
    monkeypatch.setenv("HUIJU_PUSH_SECRET", "hjp_not_the_secret")
    wrong = await run(school, at(house))
    assert wrong.exit_code == 1
    assert "huiju source secret" in wrong.stdout
    assert "hjp_not_the_secret" not in wrong.output + wrong.stderr


async def test_a_dry_run_leaves_nothing_anywhere(house: House, school: School, secret: Path) -> None:
    result = await run(school, at(house), "--secret-file", secret, "--dry-run")
    assert result.exit_code == 0, result.output
    assert "dry run" in result.stdout
    assert await house.held(SEEN) == {}


async def test_pushes_by_a_schedule_go_on_until_they_are_stopped(house: House, school: School, secret: Path) -> None:
    arguments = ("--secret-file", str(secret), "--every", "1s", "--json")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from commands import app; app()", "source", "push", str(school.directory / "school.toml")),
        *("--to", at(house), *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert json.loads(await process.stdout.readline())["counts"]["accepted"] == 13
    school.add(50)
    while "A/50" not in await house.held(SEEN):
        json.loads(await process.stdout.readline())
    process.kill()
    await process.wait()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://hub.example/feeds/college", "only https"),
        ("https://10.0.0.1/feeds/college", "not a public one"),
        ("https://user:pw@hub.example/feeds/college", "user name"),
        ("ftp://hub.example/feeds/college", "only https"),
    ],
)
async def test_only_https_leaves_the_house(school: School, url: str, words: str) -> None:
    result = await run(school, url, given="hjp_secret_secret\n")
    assert result.exit_code == 1
    assert words in result.stdout
    assert "hjp_secret_secret" not in result.output + result.stderr


async def test_what_is_misused_is_told(house: House, school: School, secret: Path) -> None:
    assert (await run(school, at(house), "--secret-file", secret, "--every", "often")).exit_code == 2
    proxied = await run(school, at(house), "--secret-file", secret, "--proxy", "http://user:pw@127.0.0.1:1")
    assert proxied.exit_code == 1
    assert "pw" not in proxied.stderr
    (school.directory / "school.toml").write_text(FEED, "utf-8")
    feed = await run(school, at(house), "--secret-file", secret)
    assert feed.exit_code == 2
    assert "what is to be read here" in feed.stderr


async def test_a_state_belongs_to_one_hub(house: House, school: School, secret: Path) -> None:
    assert (await run(school, at(house), "--secret-file", secret)).exit_code == 0
    other = await run(school, "https://other.example/feeds/college", "--secret-file", secret)
    assert other.exit_code == 1
    assert "--state" in other.stderr


POSIX_ONLY = ("fcntl", "termios", "pwd", "grp", "resource", "uvloop", "pty", "tty", "syslog", "crypt", "spwd", "nis")

WITHOUT_POSIX = f"""
import sys
from importlib.abc import MetaPathFinder

class Windows(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in {POSIX_ONLY!r}:
            raise ModuleNotFoundError(name)

for name in {POSIX_ONLY!r}:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Windows())
from commands import app
app(sys.argv[1:])
"""


async def test_it_runs_where_the_modules_of_posix_are_missing(house: House, school: School, secret: Path) -> None:
    """CI has no Windows: this shows that nothing on the way imports what Windows lacks. The event loop is the one that Windows needs."""
    arguments = ("source", "push", str(school.directory / "school.toml"), "--to", at(house), "--secret-file", str(secret))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", WITHOUT_POSIX, *arguments), cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    assert "accepted" in out.decode()


def test_nothing_on_the_way_calls_what_windows_lacks() -> None:
    """Signals, forks, users, Unix sockets and the like, in the modules that a push loads."""
    listing = "import sys, commands.pushing; print(*(getattr(m, '__file__', None) or '' for m in list(sys.modules.values())), sep='\\n')"
    told = subprocess.run([sys.executable, "-c", listing], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    ours = {Path(line) for line in told.splitlines() if line.startswith(str(ROOT)) and f"{os.sep}.venv{os.sep}" not in line}
    known = {path.relative_to(ROOT).as_posix() for path in ours}
    assert {"agent/pushing.py", "egress/client.py", "connectors/opening.py", "connectors/credentials/client.py"} <= known
    banned = {"add_signal_handler", "fork", "kill", "getuid", "geteuid", "setsid", "chown", "SIGKILL", "AF_UNIX", "SO_REUSEPORT", "uvloop"}
    # Who holds a lease of the store is asked there only.
    found = {
        (path.relative_to(ROOT).as_posix(), node.attr)
        for path in ours
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in banned
    }
    assert found <= {("store/owners.py", "kill")}

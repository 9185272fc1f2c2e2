"""A backup of a running server, made and restored into an empty place by the manual's own commands, answers as the server did."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.test_docs import DOCS

PAGE = """query($after: String) {
  search(first: 20, orderBy: TITLE, after: $after, filter: { sources: ["national-portal", "zhejiang"] }) {
    totalCount nodes { id title source { name } } pageInfo { endCursor }
  }
}"""


def commands(heading: str, store: str) -> str:
    """What a section of the manual says to type for a kind of store: the first block behind its name."""
    told = re.split(r"^#+ (.*)$", (DOCS / "operations.md").read_text("utf-8"), flags=re.MULTILINE)
    text = told[told.index(heading) + 1]
    assert store in text, f"{heading}: nothing is said of {store}"
    return text[text.index(store) :].split("```\n")[1]


def typed(lines: str, where: Path, **variables: str) -> None:
    """Type them in a directory; the server itself is started by the test."""
    script = lines.replace("huiju serve\n", "")
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script], cwd=where, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def installed(*programs: str) -> None:
    missing = [program for program in programs if shutil.which(program) is None]
    if missing and os.environ.get("REQUIRE_SERVICES") != "1":
        pytest.skip(f"{' and '.join(missing)} are not installed")
    assert not missing


@pytest.fixture
def databases(postgres_url: str) -> Iterator[list[str]]:
    """Two empty databases of a role that is no superuser, as an operator has them: addresses for the tools of PostgreSQL."""
    installed("pg_dump", "pg_restore")
    server, role = urlsplit(postgres_url), f"role_{uuid.uuid4().hex}"
    names = [f"{role}_before", f"{role}_after"]

    async def tell(*orders: str) -> None:
        connection = await asyncpg.connect(server._replace(scheme="postgresql").geturl())
        try:
            for order in orders:
                await connection.execute(order)
        finally:
            await connection.close()

    def run(*orders: str) -> None:
        asyncio.run(tell(*orders))

    run(f"CREATE ROLE {role} LOGIN", *(f"CREATE DATABASE {name} OWNER {role} TEMPLATE template0 ENCODING 'UTF8'" for name in names))
    try:
        yield [f"postgresql://{role}@{server.hostname}:{server.port}/{name}" for name in names]
    finally:
        run(*(f"DROP DATABASE {name} WITH (FORCE)" for name in names), f"DROP ROLE {role}")


def restored(run_demo: Any, tmp_path: Path, store: str, before: dict[str, str], after: dict[str, str], **variables: str) -> None:
    """Back up a demo that runs, lose it, restore it elsewhere and compare."""
    here, there = tmp_path / "here", tmp_path / "there"
    (here / "var" / "sources").mkdir(parents=True)
    (here / "backup").mkdir()
    with run_demo(here / "var", **before) as product:
        first = product.data(PAGE)["search"]
        second = product.data(PAGE, {"after": first["pageInfo"]["endCursor"]})["search"]
        typed(commands("Back up", store), here, **variables)
    there.mkdir()
    shutil.move(here / "backup", there / "backup")
    shutil.rmtree(here)
    typed(commands("Restore", store), there, **variables)
    with run_demo(there / "var", **after) as product:
        again = product.data(PAGE)["search"]
        assert (again["nodes"], again["totalCount"]) == (first["nodes"], first["totalCount"])
        assert product.data(PAGE, {"after": first["pageInfo"]["endCursor"]})["search"]["nodes"] == second["nodes"]


def test_a_backup_restored_elsewhere_answers_the_same_and_knows_its_cursors(run_demo: Any, tmp_path: Path) -> None:
    installed("sqlite3")
    restored(run_demo, tmp_path, "SQLite", {}, {})


def test_a_backup_of_postgresql_made_by_the_role_that_huiju_has_is_whole(run_demo: Any, tmp_path: Path, databases: list[str]) -> None:
    before, after = ({"HUIJU_DATABASE_URL": address.replace("postgresql:", "postgresql+asyncpg:")} for address in databases)
    restored(run_demo, tmp_path, "PostgreSQL", before, after, DATABASE=databases[0], EMPTY=databases[1])

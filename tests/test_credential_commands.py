"""`huiju source credential`: secrets go in by standard input or a file, are used by a check, and never come out."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from commands import app
from tests.connectors.credentials.hub import DANCE, SECRET, Hub, document
from tests.connectors.loopback import Upstream, serving

RUN = CliRunner()


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUIJU_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("HUIJU_LANG", "en")


@pytest.fixture
async def upstream(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Upstream]:
    async with serving() as upstream:
        upstream.handler = Hub()
        monkeypatch.setenv("HUIJU_ALLOW_PRIVATE", f"127.0.0.1/32:{upstream.port}")
        yield upstream


@pytest.fixture
def definition(upstream: Upstream, tmp_path: Path) -> Path:
    path = tmp_path / "hub.toml"
    path.write_text(document(DANCE).replace("{url}", upstream.url), "utf-8")
    return path


async def run(*arguments: object, given: str | None = None) -> Result:
    result = await asyncio.to_thread(RUN.invoke, app, ["source", *map(str, arguments)], input=given)
    assert SECRET not in result.output + result.stderr
    return result


async def test_from_a_definition_to_records_with_a_secret_in_the_store(definition: Path, tmp_path: Path) -> None:
    unset = await run("check", definition)
    assert unset.exit_code == 1
    assert "credentials.app_secret" in unset.stdout
    assert "huiju source credential set hub app_secret" in unset.stdout
    kept = await run("credential", "set", "hub", "app_secret", given=f"{SECRET}\n")
    assert kept.exit_code == 0, kept.output
    assert "not registered yet" in kept.stderr
    checked = await run("check", definition)
    assert checked.exit_code == 0, checked.output
    assert (await run("register", definition)).exit_code == 0
    harvested = await asyncio.to_thread(RUN.invoke, app, ["harvest", "--json"])
    assert json.loads(harvested.stdout)["changed"] == 30
    files = b"".join(path.read_bytes() for path in sorted((tmp_path / "var").rglob("*")) if path.is_file())
    assert SECRET.encode() not in files


async def test_the_list_tells_what_is_set_and_its_last_four_characters(definition: Path) -> None:
    assert (await run("register", "--no-check", definition)).exit_code == 0
    empty = await run("credential", "list", "hub", "--json")
    assert empty.exit_code == 1
    assert json.loads(empty.stdout) == [{"field": "app_secret", "is_set": False, "ending": None, "set_at": None}]
    assert (await run("credential", "set", "hub", "app_secret", given=SECRET)).exit_code == 0
    listed = await run("credential", "list", "hub")
    assert listed.exit_code == 0
    assert f"app_secret  ····{SECRET[-4:]}  20" in listed.stdout
    assert (await run("credential", "remove", "hub", "app_secret")).exit_code == 0
    assert (await run("credential", "remove", "hub", "app_secret")).exit_code == 2


async def test_a_secret_from_a_file(definition: Path, tmp_path: Path) -> None:
    (tmp_path / "given").write_text(f"{SECRET}\n", "utf-8")
    assert (await run("credential", "set", "hub", "app_secret", "--file", tmp_path / "given")).exit_code == 0
    assert (await run("check", definition)).exit_code == 0


async def test_a_check_may_take_secrets_from_a_file_that_nobody_else_reads(definition: Path, tmp_path: Path) -> None:
    secrets = tmp_path / "secrets.toml"
    secrets.write_text(f'app_secret = "{SECRET}"\n', "utf-8")
    secrets.chmod(0o644)
    refused = await run("check", definition, "--credentials", secrets)
    assert refused.exit_code == 1
    assert "chmod 600" in refused.stderr
    secrets.chmod(0o600)
    checked = await run("check", definition, "--credentials", secrets, "--json")
    assert checked.exit_code == 0, checked.output
    assert not (tmp_path / "var").exists()
    secrets.write_text(f'app_secret = {{ "{SECRET}" }}', "utf-8")
    broken = await run("check", definition, "--credentials", secrets)
    assert broken.exit_code == 1
    assert 'password = "…"' in broken.stderr


@pytest.mark.parametrize("given", ["", "\n", "two\nlines", "nul\0", "x" * 8001])
async def test_what_is_no_secret_is_refused(given: str) -> None:
    result = await run("credential", "set", "hub", "app_secret", given=given)
    assert result.exit_code == 2


async def test_a_field_that_the_definition_does_not_name_is_misuse(definition: Path) -> None:
    await run("register", "--no-check", definition)
    result = await run("credential", "set", "hub", "app_secert", given=SECRET)
    assert result.exit_code == 2
    assert "app_secret" in result.stderr


async def test_keys_are_rotated_by_a_new_first_line_and_a_reseal(definition: Path, tmp_path: Path) -> None:
    await run("credential", "set", "hub", "app_secret", given=SECRET)
    file = tmp_path / "var" / "secret.key"
    old = file.read_text("ascii")
    new = b64encode(b"n" * 32).decode() + "\n"
    file.write_text(new, "ascii")
    lost: Any = await run("credential", "list", "hub")
    assert lost.exit_code == 1
    assert "restore the key file" in lost.stdout
    assert (await run("credential", "reseal")).exit_code == 1
    file.write_text(new + old, "ascii")
    assert "sealed anew: 1" in (await run("credential", "reseal")).stdout
    file.write_text(new, "ascii")
    assert (await run("check", definition)).exit_code == 0

"""The directory of definitions: a definition gets there whole and beside what it names, and takes nobody else's place."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.errors import DefinitionInvalid
from demo.world import World
from harvest.registration import NotRegistered, inventory, keep, names
from store.catalog import Catalog
from store.sources import Sources

DEFINITIONS = Path(__file__).parents[2] / "demo" / "definitions"
SCHOOL = (DEFINITIONS / "hangzhou-school.toml").read_text("utf-8")


def written(path: Path, text: str = SCHOOL) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def test_a_definition_is_kept_under_the_name_of_its_source(tmp_path: Path) -> None:
    target = keep(written(tmp_path / "mine.toml"), tmp_path / "sources")
    assert target == tmp_path / "sources" / "hangzhou-school.toml"
    assert target.read_text("utf-8") == SCHOOL
    assert [path.name for path in target.parent.iterdir()] == [target.name]
    assert names(target.parent) == {"hangzhou-school"}


def test_the_same_definition_may_be_kept_twice(tmp_path: Path) -> None:
    file = written(tmp_path / "mine.toml")
    assert keep(file, tmp_path / "sources") == keep(file, tmp_path / "sources")


def test_another_definition_of_the_name_is_refused_unless_it_is_to_replace_it(tmp_path: Path) -> None:
    target = keep(written(tmp_path / "mine.toml"), tmp_path / "sources")
    other = written(tmp_path / "other.toml", SCHOOL + "# another\n")
    with pytest.raises(NotRegistered, match="--replace"):
        keep(other, tmp_path / "sources")
    assert target.read_text("utf-8") == SCHOOL
    keep(other, tmp_path / "sources", replace=True)
    assert target.read_text("utf-8").endswith("# another\n")


def test_a_name_that_another_file_defines_is_refused_even_to_replace(tmp_path: Path) -> None:
    written(tmp_path / "sources" / "by-hand.toml")
    with pytest.raises(NotRegistered, match=r"by-hand\.toml"):
        keep(written(tmp_path / "mine.toml"), tmp_path / "sources", replace=True)


def test_a_definition_with_problems_is_not_kept(tmp_path: Path) -> None:
    with pytest.raises(DefinitionInvalid):
        keep(written(tmp_path / "mine.toml", SCHOOL.replace("tier =", "teir =")), tmp_path / "sources")
    assert not (tmp_path / "sources").exists()


WITH_SELECT = SCHOOL.replace('table = "ODS_SZZYJBSJ"', 'select_file = "resources.sql"', 1)


def test_files_that_a_definition_names_come_along(tmp_path: Path) -> None:
    file = written(tmp_path / "mine" / "school.toml", WITH_SELECT)
    select = written(tmp_path / "mine" / "resources.sql", "SELECT * FROM ODS_SZZYJBSJ")
    select.chmod(0o600)
    keep(file, tmp_path / "sources")
    kept = tmp_path / "sources" / "resources.sql"
    assert kept.read_text("utf-8") == "SELECT * FROM ODS_SZZYJBSJ"
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_file_of_another_source_is_not_overwritten(tmp_path: Path) -> None:
    written(tmp_path / "sources" / "resources.sql", "SELECT 1")
    written(tmp_path / "mine" / "resources.sql", "SELECT 2")
    with pytest.raises(NotRegistered, match="other content"):
        keep(written(tmp_path / "mine" / "school.toml", WITH_SELECT), tmp_path / "sources")
    assert names(tmp_path / "sources") == frozenset()


def test_a_file_that_another_definition_names_is_not_even_replaced(tmp_path: Path) -> None:
    written(tmp_path / "sources" / "first.toml", WITH_SELECT.replace('name = "hangzhou-school"', 'name = "first"'))
    theirs = written(tmp_path / "sources" / "resources.sql", "SELECT 1")
    written(tmp_path / "mine" / "resources.sql", "SELECT 2")
    with pytest.raises(NotRegistered, match="other content"):
        keep(written(tmp_path / "mine" / "school.toml", WITH_SELECT), tmp_path / "sources", replace=True)
    assert theirs.read_text("utf-8") == "SELECT 1"


def test_a_password_comes_along_and_stays_readable_to_its_owner_alone(tmp_path: Path) -> None:
    connection = 'url = "postgresql://db.college.example:5432/resources"\nuser = "reader"\npassword_file = "school.password"'
    file = written(tmp_path / "mine" / "school.toml", SCHOOL.replace('url = "sqlite:///hangzhou-school.db"', connection))
    written(tmp_path / "mine" / "school.password", "hunter2").chmod(0o600)
    keep(file, tmp_path / "sources")
    assert (tmp_path / "sources" / "school.password").stat().st_mode & 0o777 == 0o600


def test_a_file_outside_of_the_directory_is_refused(tmp_path: Path) -> None:
    written(tmp_path / "secret.sql", "SELECT 1")
    file = written(tmp_path / "mine" / "school.toml", WITH_SELECT.replace("resources.sql", "../secret.sql"))
    with pytest.raises((NotRegistered, DefinitionInvalid)):
        keep(file, tmp_path / "sources")


def test_a_file_that_is_missing_keeps_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        keep(written(tmp_path / "mine" / "school.toml", WITH_SELECT), tmp_path / "sources")
    assert names(tmp_path / "sources") == frozenset()


async def test_the_inventory_joins_the_directory_and_the_store(tmp_path: Path, catalog: Catalog) -> None:
    async with World(tmp_path / "world", "free") as world:
        for name in ("hangzhou-school", "guangdong"):
            written(tmp_path / "sources" / f"{name}.toml", world.definition(name))
        written(tmp_path / "sources" / "bad.toml", 'name = "bad"\nconnector = "rest"\n')
        (tmp_path / "sources" / "foreign.toml").write_bytes(b"\xff\xfe")
        registry = Sources(catalog.database)
        await registry.register(world.definition("guangdong"), name="guangdong", title="广东")
        await registry.register("a document", name="long-gone", title="旧")
    listed = {each.name: each for each in await inventory(tmp_path / "sources", catalog.database)}
    assert list(listed) == ["bad", "foreign", "guangdong", "hangzhou-school", "long-gone"]
    assert listed["bad"].problems > 1
    assert listed["foreign"].problems == 1
    assert listed["guangdong"].current
    assert not listed["hangzhou-school"].current
    assert listed["long-gone"].file is None


async def test_without_a_store_the_directory_alone_is_told(tmp_path: Path) -> None:
    keep(written(tmp_path / "mine.toml"), tmp_path / "sources")
    (only,) = await inventory(tmp_path / "sources", None)
    assert (only.name, only.tier, only.connector, only.mode, only.records) == ("hangzhou-school", "school", "sql", "live", 0)
    assert await inventory(tmp_path / "nowhere", None) == []

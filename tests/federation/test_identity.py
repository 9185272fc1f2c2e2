"""Ids stay: through another name of the source, another kind of the record, and other identifiers, wherever somebody uses an id."""

from pathlib import Path

from store.catalog import Catalog
from store.changes import Changes
from store.database import Database
from store.identity import resource_id
from store.rekeying import Rekeying
from store.sources import Sources
from tests.federation.shelf import Asking, Library, library

COURSE = {"id": "c1", "title": "数控车床编程", "type": "k"}
VIDEO = {"id": "v1", "title": "车刀的安装", "type": "v", "whole": "c1"}

LOOK = """query($id: ID!, $ids: [ID!]!) {
  resource(id: $id) { id kind { value } source { name } }
  node(id: $id) { id __typename }
  nodes(ids: $ids) { id }
  whole: search(filter: { partOf: $ids }) { nodes { id partOf { id } } }
  named: search(filter: { ids: $ids }) { nodes { id } }
}"""


async def ids_of(ask: Asking) -> dict[str, str]:
    nodes = (await ask("{ search { nodes { id provenance { identifier } } } }"))["search"]["nodes"]
    return {node["provenance"]["identifier"]: node["id"] for node in nodes}


async def rekey(shelf: Library, keys: dict[str, str]) -> str:
    """Do what `huiju source rekey` does; the key of the source."""
    database = Database.open(shelf.settings().database_url)
    try:
        source = await Sources(database).by_name(shelf.name)
        assert source is not None
        await Rekeying(Catalog(database), source.key).rekey(keys)
        return source.key
    finally:
        await database.aclose()


async def test_an_id_holds_after_the_source_and_the_kind_of_the_record_got_other_names(tmp_path: Path) -> None:
    async with library(tmp_path, [COURSE, VIDEO]) as shelf:
        await shelf.harvest()
        async with shelf.served() as ask:
            before = await ids_of(ask)
        shelf.name, shelf.more = "new-shelf", 'renamed_from = "shelf"'
        shelf.replaced = {'"k" = "course"': '"k" = "book"'}
        report = await shelf.harvest()
        assert (report.changed, report.gone) == (1, 0)
        async with shelf.served() as ask:
            assert await ids_of(ask) == before
            course, video = before["c1"], before["v1"]
            found = await ask(LOOK, id=course, ids=[course])
        assert found["resource"] == {"id": course, "kind": {"value": "book"}, "source": {"name": "new-shelf"}}
        assert found["node"]["id"] == course
        assert found["whole"]["nodes"] == [{"id": video, "partOf": [{"id": course}]}]


async def test_an_old_id_leads_everywhere_to_the_record_after_the_source_changed_its_identifiers(tmp_path: Path) -> None:
    async with library(tmp_path, [COURSE, VIDEO]) as shelf:
        await shelf.harvest()
        async with shelf.served() as ask:
            before = await ids_of(ask)
            key = await rekey(shelf, {"c1": "k-1"})
            course, now, video = before["c1"], resource_id(key, "k-1"), before["v1"]
            # The parts still name the whole as it was called; later they will not.
            for named in (course, now):
                found = await ask(LOOK, id=named, ids=[named])
                assert (found["resource"]["id"], found["node"]["id"], found["nodes"]) == (now, now, [{"id": now}])
                assert found["whole"]["nodes"] == [{"id": video, "partOf": [{"id": now}]}]
                assert found["named"]["nodes"] == [{"id": now}]
        shelf.rows = [{**COURSE, "id": "k-1"}, {**VIDEO, "whole": "k-1"}]
        assert (await shelf.harvest()).gone == 0
        await rekey(shelf, {"k-1": "k-2"})
        last = resource_id(key, "k-2")
        async with shelf.served() as ask:
            for named in (course, now, last):
                found = await ask(LOOK, id=named, ids=[named])
                assert found["resource"]["id"] == last
                assert found["whole"]["nodes"] == [{"id": video, "partOf": [{"id": last}]}]
                assert found["named"]["nodes"] == [{"id": last}]


async def test_an_id_that_nobody_ever_had_has_no_other_names(tmp_path: Path) -> None:
    database = Database.open(f"sqlite+aiosqlite:///{tmp_path}/catalog.sqlite3")
    await database.migrate()
    assert await Changes(database).known_as(("x", "y", "x")) == ("x", "y")
    await database.aclose()

"""Another definition is applied to what was pushed, without its being pushed again; the age of the copy stays that of the push."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from connectors.definition import parse_definition
from connectors.feed import FeedConnector
from harvest import HarvestSource, harvest
from resolvers.sources import bind
from store.catalog import Catalog
from store.feeds import FeedRows
from store.pushes import Pushes
from store.sources import Sources

if TYPE_CHECKING:
    from tests.transport.feeds.conftest import House

BODY = b'{"id":"1","title":"a"}\n{"id":"2","title":"b","scope":"x"}\n{"id":"3","op":"delete"}\n'


async def test_a_definition_that_changed_maps_the_kept_rows_anew(house: House, definition: str) -> None:
    await house.push(BODY)
    pushed_at = (await Sources(house.database).runs())[house.key].complete_at
    assert set(await house.held()) == {"1", "2"}
    closed = definition.replace('default = "public"', 'default = "school"')
    key = await Sources(house.database).register(closed, name="college", title="改")
    assert key == house.key
    assert await Pushes(house.database, key).outdated(2)
    changed = parse_definition(closed)
    connector = FeedConnector(FeedRows(house.database, key), dict(changed.sections()), changed.place())  # type: ignore[arg-type]
    source = HarvestSource.of(changed, bind(key, changed, version=2, keys_by_name={}), connector)
    report = await harvest(source, Catalog(house.database))
    assert report.error is None
    assert (report.seen, report.changed, report.gone) == (2, 2, 0)
    assert not await house.held()
    assert set(await house.held(frozenset({"s:4133020001"}))) == {"1", "2"}
    assert not await Pushes(house.database, key).outdated(2)
    assert (await Sources(house.database).runs())[key].complete_at == pushed_at


async def test_the_server_does_so_by_itself(tmp_path: Path, serve: Any, definition: str) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/c.sqlite3"
    async with serve(tmp_path, url, definition) as house:
        await house.push(BODY)
        assert set(await house.held()) == {"1", "2"}
    async with serve(tmp_path, url, definition.replace('default = "public"', 'default = "school"')) as house:
        for _ in range(1500):
            if not await house.held():
                break
            await asyncio.sleep(0.02)
        assert not await house.held()

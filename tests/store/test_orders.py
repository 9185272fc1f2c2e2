"""Orders: switches and purges stand in the store, count up, and say in the audit log who gave them."""

import asyncio

from store.audit import SYSTEM, Action, Audit
from store.database import Database
from store.orders import Switch, forget, read_orders, turn


async def test_orders_are_kept_counted_and_written_down(database_url: str) -> None:
    database = Database.open(database_url)
    try:
        await database.migrate()
        assert (await read_orders(database)).on == frozenset()
        await turn(database, Switch.STORED_ONLY, on=True)
        await turn(database, Switch.READ_ONLY, on=True)
        await turn(database, Switch.READ_ONLY, on=False)
        await asyncio.gather(*(forget(database, ["aaaaaaaa", "bbbbbbbb"], by=f"a{number}") for number in range(5)))
        await forget(database, ["bbbbbbbb"])
        orders = await read_orders(database)
        assert orders.on == {Switch.STORED_ONLY}
        assert orders.generations == {"aaaaaaaa": 5, "bbbbbbbb": 6}
        purges = await Audit(database).events(actions=[Action.CACHE_PURGED])
        assert len(purges) == 11
        assert (purges[0].event.actor, purges[0].event.subject) == (SYSTEM, "bbbbbbbb")
        turned = await Audit(database).events(actions=[Action.SWITCH_TURNED])
        assert [each.event.detail["position"] for each in turned] == ["off", "on", "on"]
    finally:
        await database.aclose()

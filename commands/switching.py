"""`huiju switch` and `huiju source purge`: orders that every node follows at once."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from commands.options import Lang, misuse, read_settings, run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from settings import Settings
    from store.database import Database
    from store.orders import Switch

NAMES = "stored-only, anonymous-off, read-only"


def switch(
    name: Annotated[str | None, typer.Argument(help=f"one of {NAMES}; without a name, all are shown", show_default=False)] = None,
    position: Annotated[str | None, typer.Argument(help="on or off", show_default=False)] = None,
    lang: Lang = None,
) -> None:
    """Turn an emergency switch on or off on every node, or show all of them."""
    from store.orders import Switch

    settings = read_settings(lang)
    known = {each.value: each for each in Switch}
    if name is not None and name not in known:
        misuse({"zh": f"没有开关 {name}：可用 {NAMES}", "en": f"there is no switch {name}: known are {NAMES}"}[settings.lang])
    if name is not None and position not in ("on", "off"):
        misuse({"zh": "请写明 on 或 off", "en": "say on or off"}[settings.lang])
    for each, on in run(_switch(settings, known[name] if name is not None else None, on=position == "on")).items():
        typer.echo(f"{each}\t{'on' if on else 'off'}")


def purge(name: Annotated[str, typer.Argument(help="name of the source")], lang: Lang = None) -> None:
    """Have every node forget what it keeps of a live source's answers."""
    settings = read_settings(lang)
    if not run(_purge(settings, name)):
        misuse({"zh": f"没有来源 {name}", "en": f"there is no source {name}"}[settings.lang])


async def _switch(settings: Settings, chosen: Switch | None, *, on: bool) -> dict[str, bool]:
    from store.orders import Switch, read_orders, turn

    async with _store(settings) as database:
        if chosen is not None:
            await turn(database, chosen, on=on)
        orders = await read_orders(database)
    return {each.value: each in orders.on for each in Switch}


async def _purge(settings: Settings, name: str) -> bool:
    from store.orders import forget
    from store.sources import Sources

    async with _store(settings) as database:
        for source in await Sources(database).all():
            if source.name == name:
                await forget(database, [source.key])
                return True
    return False


@asynccontextmanager
async def _store(settings: Settings) -> AsyncIterator[Database]:
    from store.database import Database

    database = Database.open(settings.database_url)
    try:
        await database.migrate()
        yield database
    finally:
        await database.aclose()

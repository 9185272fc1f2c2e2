"""`huiju source rekey`."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from commands.options import Lang, fail, misuse, read_settings, run
from settings import Settings
from store.catalog import Catalog
from store.database import Database
from store.rekeying import Rekeyed, Rekeying, pairs_of
from store.sources import Sources


def rekey(
    name: Annotated[str, typer.Argument(help="the name of a source")],
    file: Annotated[Path, typer.Argument(help="a CSV file with the columns old and new", exists=True, dir_okay=False, readable=True)],
    lang: Lang = None,
) -> None:
    """Give the records of a source their new native keys, where it has changed its identifiers; old ids go on leading to them."""
    settings = read_settings(lang)
    try:
        with file.open(encoding="utf-8-sig", newline="") as rows:
            keys = pairs_of(csv.reader(rows))
        done = run(_rekey(settings, name, keys))
    except LookupError:
        misuse({"zh": f"没有名为 {name} 的来源", "en": f"there is no source named {name}"}[settings.lang])
    except ValueError as error:
        fail(f"{file.name}: {error}")
    said = {
        "zh": f"{name}：{done.moved} 条资源换了标识，{done.aliases} 个旧 id 指向新 id",
        "en": f"{name}: {done.moved} records have new keys, {done.aliases} old ids lead to new ones",
    }
    typer.echo(said[settings.lang])


async def _rekey(settings: Settings, name: str, keys: Mapping[str, str]) -> Rekeyed:
    database = Database.open(settings.database_url)
    try:
        await database.migrate()
        source = await Sources(database).by_name(name)
        if source is None:
            raise LookupError(name)
        return await Rekeying(Catalog(database), source.key).rekey(keys)
    finally:
        await database.aclose()

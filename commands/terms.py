"""`huiju term`: terms that are never suggested."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import orjson
import typer

from commands.options import AsJson, Lang, read_settings, run
from settings import Settings
from store.database import Database
from store.search.blocking import Blocklist

app = typer.Typer(name="term", help="Terms that are never suggested.", no_args_is_help=True, rich_markup_mode=None)

Terms = Annotated[list[str], typer.Argument(help="terms as they would be suggested; width, case and traditional characters do not matter")]


@app.command()
def block(terms: Terms, as_json: AsJson = False, lang: Lang = None) -> None:
    """Never suggest these terms, nor offer them as what was meant."""
    _change(read_settings(lang), as_json, block=terms)


@app.command()
def allow(terms: Terms, as_json: AsJson = False, lang: Lang = None) -> None:
    """Suggest these terms again."""
    _change(read_settings(lang), as_json, allow=terms)


@app.command("list")
def list_terms(as_json: AsJson = False, lang: Lang = None) -> None:
    """List the blocked terms."""
    _change(read_settings(lang), as_json)


def _change(settings: Settings, as_json: bool, block: Iterable[str] = (), allow: Iterable[str] = ()) -> None:
    now = sorted(run(_changed(settings, block, allow)))
    typer.echo(orjson.dumps(now).decode() if as_json else "\n".join(now))


async def _changed(settings: Settings, block: Iterable[str], allow: Iterable[str]) -> frozenset[str]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database.open(settings.database_url)
    try:
        await database.migrate()
        return await Blocklist(database).change(block, allow)
    finally:
        await database.aclose()

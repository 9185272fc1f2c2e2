"""The `huiju` command line."""

from __future__ import annotations

import typer

from commands import (
    credentials,
    feeds,
    harvesting,
    indexing,
    people,
    publishing,
    pushing,
    records,
    rekeying,
    serving,
    sources,
    switching,
    terms,
)

app = typer.Typer(
    name="huiju",
    help="汇聚 Huiju: one GraphQL schema over the national, provincial and school resource libraries.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _main() -> None:
    """汇聚 Huiju: one GraphQL schema over the national, provincial and school resource libraries."""


app.command()(serving.serve)
app.command()(serving.demo)
app.command()(harvesting.harvest)
app.command()(publishing.schema)
sources.app.command("push")(pushing.push_source)
sources.app.add_typer(credentials.app)
sources.app.command()(feeds.secret)
sources.app.command()(rekeying.rekey)
app.command()(switching.switch)
sources.app.command()(switching.purge)
app.add_typer(sources.app)
app.add_typer(records.app)
app.command()(people.purge)
app.add_typer(people.users)
app.add_typer(people.clients)
app.add_typer(people.keys)
app.add_typer(people.audit)
app.add_typer(indexing.app)
app.add_typer(terms.app)

"""`huiju index`."""

from __future__ import annotations

import sys

import typer

from commands.options import AsJson, Lang, read_settings, run

app = typer.Typer(name="index", help="the search index of this node", no_args_is_help=True)


@app.callback()
def _main() -> None:
    """The search index of this node: derived from the catalog, made anew whenever that is quicker than mending it."""


@app.command()
def rebuild(as_json: AsJson = False, lang: Lang = None) -> None:
    """Make the index anew beside the one that is searched, then put it in its place. A running server does the work itself."""
    settings = read_settings(lang)
    from federation import rebuild_index

    told = [0]

    def show(done: int, total: int) -> None:
        told[0] = done
        if as_json:
            return
        line = {"zh": f"重建索引：{done} / {total}", "en": f"rebuilding: {done} / {total}"}[settings.lang]
        typer.echo(f"\r{line}\x1b[K" if sys.stderr.isatty() else line, err=True, nl=not sys.stderr.isatty())

    run(rebuild_index(settings, show))
    if as_json:
        typer.echo(f'{{"records": {told[0]}}}')
    else:
        typer.echo({"zh": f"\n索引已重建：{told[0]} 条记录", "en": f"\nrebuilt: {told[0]} records"}[settings.lang])

"""`huiju harvest`."""

from __future__ import annotations

import sys
from typing import Annotated

import orjson
import typer

from commands.options import FAILED, Lang, misuse, read_settings, run
from harvest import Progress


def harvest(
    source: Annotated[str | None, typer.Argument(help="the name of one source; by default every harvested one")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object per source")] = False,
    confirm: Annotated[bool, typer.Option(help="go on where a run would delete a large share of a source")] = False,
    lang: Lang = None,
) -> None:
    """Copy harvested sources into the catalog, from where the last run stopped."""
    settings = read_settings(lang)
    from federation import arrange, harvest_now

    try:
        reports = run(harvest_now(settings, arrange(settings), source, confirm=confirm, progress=None if as_json else _show))
    except LookupError:
        there_is_none = {"zh": f"没有名为 {source} 的收割来源", "en": f"there is no harvested source named {source}"}
        misuse(there_is_none[settings.lang])
    if not reports and not as_json:
        where = settings.definitions_dir
        typer.echo({"zh": f"{where} 中没有收割来源", "en": f"there is no harvested source in {where}"}[settings.lang], err=True)
    for report in reports:
        typer.echo(orjson.dumps(report).decode() if as_json else report.line())
    raise typer.Exit(FAILED if any(report.error for report in reports) else 0)


def _show(progress: Progress) -> None:
    total = f" / {progress.total}" if progress.total is not None else ""
    line = f"{progress.name} {progress.collection}: {progress.seen}{total}"
    typer.echo(f"\r{line}\x1b[K" if sys.stderr.isatty() else line, err=True, nl=not sys.stderr.isatty())

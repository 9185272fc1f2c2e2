"""`huiju harvest`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import orjson
import typer

from commands.options import FAILED, Lang, fail, misuse, read_settings, run
from commands.progress import Meter
from harvest import Replayed, RunReport, remap, retry_quarantined
from harvest.errors import NothingKept
from settings import Settings


def harvest(
    source: Annotated[str | None, typer.Argument(help="the name of one source; by default every harvested one")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object per source")] = False,
    confirm: Annotated[bool, typer.Option(help="go on where a run would delete a large share of a source")] = False,
    full: Annotated[bool, typer.Option("--full", help="read everything, and delete what is not there any more")] = False,
    sweep: Annotated[bool, typer.Option("--sweep", help="ask for the keys alone too, and delete what is not there any more")] = False,
    again: Annotated[
        bool, typer.Option("--remap", help="map the stored items by the present definition, without asking the source")
    ] = False,
    retry: Annotated[bool, typer.Option("--retry-quarantined", help="map the items in quarantine once more")] = False,
    lang: Lang = None,
) -> None:
    """Copy harvested sources into the catalog, from where the last run stopped."""
    settings = read_settings(lang)
    if again + retry + (full or confirm or sweep) > 1:
        misuse({"zh": "--remap 与 --retry-quarantined 需单独使用", "en": "use --remap and --retry-quarantined alone"}[settings.lang])
    meter = Meter()
    try:
        reports = _work(settings, source, None if as_json else meter, confirm=confirm, full=full, sweep=sweep, again=again, retry=retry)
    except LookupError:
        there_is_none = {"zh": f"没有名为 {source} 的收割来源", "en": f"there is no harvested source named {source}"}
        misuse(there_is_none[settings.lang])
    except NothingKept as error:
        fail(str(error))
    finally:
        meter.end()
    if not reports and not as_json:
        where = settings.definitions_dir
        typer.echo({"zh": f"{where} 中没有收割来源", "en": f"there is no harvested source in {where}"}[settings.lang], err=True)
    for report in reports:
        typer.echo(orjson.dumps(report).decode() if as_json else report.line())
    raise typer.Exit(FAILED if any(report.error for report in reports) else 0)


def _work(
    settings: Settings, source: str | None, meter: Meter | None, *, confirm: bool, full: bool, sweep: bool, again: bool, retry: bool
) -> Sequence[RunReport | Replayed]:
    from federation import arrange, harvest_now, replay_now

    arrangement = arrange(settings)
    if again or retry:
        return run(replay_now(settings, arrangement, source, remap if again else retry_quarantined))
    show = meter.show if meter is not None else None
    return run(harvest_now(settings, arrangement, source, confirm=confirm, full=full, sweep=sweep, progress=show))

"""`huiju source`: check, register and look up sources."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

import orjson
import typer

from commands.credentials import keeping
from commands.options import FAILED, AsJson, File, Lang, fail, is_made, misuse, read_settings, run
from connectors.credentials.keeping import Keeper, SecretsInvalid
from connectors.errors import DefinitionInvalid
from connectors.feed.samples import SUFFIXES
from connectors.ready import ready_document, ready_names, ready_title
from connectors.recording import RecordingInvalid
from harvest.checking import SourceCheck, check_document
from harvest.registration import Listed, NotRegistered, inventory, keep, names
from harvest.telling import check_text, list_text, quarantine_line, run_line, show_text
from settings import Settings
from store.database import Database
from store.errors import SecretUnreadable
from store.harvests import RUNS_KEPT, HarvestRun, Harvests
from store.identity import source_key
from store.replay import Replay, Spoilt

app = typer.Typer(name="source", help="Check, register and look up sources.", no_args_is_help=True, rich_markup_mode=None)


Credentials = Annotated[
    Path | None, typer.Option(help="take its secrets from this TOML file, mode 600, instead of the store", exists=True, dir_okay=False)
]


RecordInto = Annotated[
    Path | None, typer.Option(help="write what is asked and answered into this directory, without secrets and personal values")
]
ReplayFrom = Annotated[Path | None, typer.Option(help="check the recording in this directory instead of the source; needs no network")]
Rows = Annotated[
    Path | None, typer.Option(help="of a feed: read this CSV, NDJSON, JSON or XLSX as if it were pushed", exists=True, dir_okay=False)
]


@app.command()
def check(
    file: File,
    credentials: Credentials = None,
    record: RecordInto = None,
    replay: ReplayFrom = None,
    rows: Rows = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Read a bounded sample of the source that FILE defines, and tell what holds and what does not. Nothing is kept without --record."""
    settings = read_settings(lang)
    if record is not None and replay is not None:
        misuse({"zh": "--record 与 --replay 只能用一个", "en": "use --record or --replay, not both"}[settings.lang])
    if rows is not None and rows.suffix.lower() not in SUFFIXES:
        misuse({"zh": f"文件名应以 {'、'.join(SUFFIXES)} 结尾", "en": f"the file's name ends in {', '.join(SUFFIXES)}"}[settings.lang])
    found = _checked(settings, file, credentials, record=record, replay=replay, rows=rows)
    typer.echo(orjson.dumps(found).decode() if as_json else check_text(found, settings.lang))
    raise typer.Exit(0 if found.usable else FAILED)


@app.command()
def register(
    file: File,
    replace: Annotated[bool, typer.Option("--replace", help="put it in the place of another definition of this name")] = False,
    unchecked: Annotated[bool, typer.Option("--no-check", help="register without asking the source")] = False,
    credentials: Credentials = None,
    lang: Lang = None,
) -> None:
    """Check the source that FILE defines, then copy the definition into HUIJU_DEFINITIONS_DIR."""
    settings = read_settings(lang)
    if not unchecked and not (found := _checked(settings, file, credentials)).usable:
        fail(check_text(found, settings.lang))
    try:
        target = keep(file, settings.definitions_dir, replace=replace)
    except (NotRegistered, DefinitionInvalid, UnicodeDecodeError, OSError) as error:
        fail(str(error))
    said = {"zh": f"已登记：{target}\n重启 huiju serve 后载入", "en": f"registered: {target}\nrestart huiju serve to load it"}
    typer.echo(said[settings.lang])


@app.command("list")
def list_sources(as_json: AsJson = False, lang: Lang = None) -> None:
    """List the registered sources with what the catalog holds of them."""
    settings = read_settings(lang)
    listed = _listed(settings)
    typer.echo(orjson.dumps(listed).decode() if as_json else list_text(listed, settings.lang))


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="the name of a source")],
    history: Annotated[bool, typer.Option("--history", help="its runs, the latest first")] = False,
    quarantine: Annotated[bool, typer.Option("--quarantine", help="items that could not become records, with the reasons")] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Show one registered source."""
    settings = read_settings(lang)
    found = next((each for each in _listed(settings) if each.name == name), None)
    if found is None:
        misuse({"zh": f"没有名为 {name} 的来源", "en": f"there is no source named {name}"}[settings.lang])
    if not history and not quarantine:
        typer.echo(orjson.dumps(found).decode() if as_json else show_text(found, settings.lang))
        return
    told = run(_looked_up(settings, found.key, history=history)) if found.key is not None else []
    if as_json:
        typer.echo(orjson.dumps(told).decode())
        return
    for each in told:
        typer.echo(run_line(each, settings.lang) if isinstance(each, HarvestRun) else quarantine_line(each))


async def _looked_up(settings: Settings, key: str, *, history: bool) -> list[HarvestRun] | list[Spoilt]:
    """The runs of a source, or the items in quarantine: the first thousand."""
    database = Database.open(settings.database_url)
    try:
        await database.migrate()
        if history:
            return await Harvests(database).last_runs(key, RUNS_KEPT)
        return await Replay(database).quarantined(key, limit=1000)
    finally:
        await database.aclose()


@app.command()
def ready(
    name: Annotated[str | None, typer.Argument(help="which one to print; by default all are listed")] = None, lang: Lang = None
) -> None:
    """Print a ready definition of a known system, to be kept in a file and completed."""
    settings = read_settings(lang)
    if name is None:
        width = max(map(len, ready_names()))
        typer.echo("\n".join(f"{each:{width}}  {ready_title(each)}" for each in ready_names()))
        return
    try:
        typer.echo(ready_document(name), nl=False)
    except KeyError:
        known = ", ".join(ready_names())
        there_is_none = {
            "zh": f"没有名为 {name} 的现成定义，可用的有 {known}",
            "en": f"there is no ready definition {name}; known are {known}",
        }
        misuse(there_is_none[settings.lang])


def _checked(
    settings: Settings,
    file: Path,
    credentials: Path | None,
    *,
    record: Path | None = None,
    replay: Path | None = None,
    rows: Path | None = None,
) -> SourceCheck:
    try:
        return run(_check(settings, file.read_bytes(), file, credentials, record, replay, rows))
    except RecordingInvalid as error:
        misuse(str(error))
    except (SecretsInvalid, SecretUnreadable) as error:
        fail(str(error))


async def _check(
    settings: Settings,
    document: bytes,
    file: Path,
    credentials: Path | None,
    record: Path | None,
    replay: Path | None,
    rows: Path | None,
) -> SourceCheck:
    from federation import arrange
    from resolvers.sources import bind

    arrangement = arrange(settings)
    registered = names(settings.definitions_dir)
    keys = {name: source_key(name) for name in registered}
    async with AsyncExitStack() as stack:

        async def keeper(name: str) -> Keeper:
            return await stack.enter_async_context(keeping(settings, name, credentials))

        return await check_document(
            document,
            file.stem,
            file.parent,
            sqlite_directory=arrangement.sqlite_directory,
            allow=arrangement.allow,
            bind=lambda definition: bind(source_key(definition.name), definition, version=1, keys_by_name=keys),
            registered=registered,
            keeper=keeper,
            record=record,
            replay=replay,
            rows=rows,
        )


def _listed(settings: Settings) -> list[Listed]:
    return run(_inventory(settings) if is_made(settings) else inventory(settings.definitions_dir, None))


async def _inventory(settings: Settings) -> list[Listed]:
    database = Database.open(settings.database_url)
    try:
        await database.migrate()
        return await inventory(settings.definitions_dir, database)
    finally:
        await database.aclose()

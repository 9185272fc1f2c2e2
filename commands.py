"""The `huiju` command line."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import orjson
import typer

from auth.secrets import KeyFileInvalid
from connectors.errors import DefinitionInvalid
from harvest import Progress
from harvest.checking import SourceCheck, check_document
from harvest.registration import Listed, NotRegistered, inventory, keep, names
from harvest.telling import check_text, list_text, show_text
from settings import Language, Settings, SettingsInvalid
from store.database import Database
from store.errors import LeaseHeld
from store.identity import source_key

app = typer.Typer(
    name="huiju",
    help="汇聚 Huiju: one GraphQL schema over the national, provincial and school resource libraries.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

sources = typer.Typer(name="source", help="Check, register and look up sources.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(sources)

T = TypeVar("T")

_log = logging.getLogger("huiju")

FAILED = 1
MISUSED = 2

Lang = Annotated[str | None, typer.Option("--lang", help="zh or en; by default that of the locale")]
Host = Annotated[str | None, typer.Option(help="address to listen on (HUIJU_HOST)")]
Port = Annotated[int | None, typer.Option(help="port to listen on, 0 for a free one (HUIJU_PORT)")]
File = Annotated[Path, typer.Argument(help="the definition, a TOML file", exists=True, dir_okay=False, readable=True)]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts")]


@app.command()
def serve(host: Host = None, port: Port = None, lang: Lang = None) -> None:
    """Serve the sources whose definitions lie in HUIJU_DEFINITIONS_DIR."""
    settings = _settings(lang, HUIJU_HOST=host, HUIJU_PORT=port)
    from server import arrange, create_app, serve_until_stopped

    _log_to_terminal()
    for name in settings.without_effect():
        _log.warning("%s has no effect in this version", name)
    _run(serve_until_stopped(create_app(settings, arrange(settings)), settings))


@app.command()
def demo(
    host: Host = None,
    port: Port = None,
    fault: Annotated[str | None, typer.Option(help="make sources fail: guangdong=hang,hangzhou-school=down")] = None,
    lang: Lang = None,
) -> None:
    """Serve example sources of three tiers, on this machine only."""
    settings = _settings(lang, demo=True, HUIJU_HOST=host, HUIJU_PORT=port, HUIJU_DEMO_FAULT=fault)
    if settings.host not in ("127.0.0.1", "::1", "localhost"):
        _misuse(
            {
                "zh": "演示模式只监听本机：请去掉 --host，或改用 huiju serve",
                "en": "the demo listens on this machine only: leave --host out, or use huiju serve",
            }[settings.lang]
        )
    from demo.world import FaultUnknown, read_faults

    try:
        read_faults(settings.demo_fault)
    except FaultUnknown as error:
        _misuse(str(error))
    _log_to_terminal()
    _run(_demo(settings))


@app.command()
def harvest(
    source: Annotated[str | None, typer.Argument(help="the name of one source; by default every harvested one")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object per source")] = False,
    confirm: Annotated[bool, typer.Option(help="go on where a run would delete a large share of a source")] = False,
    lang: Lang = None,
) -> None:
    """Copy harvested sources into the catalog, from where the last run stopped."""
    settings = _settings(lang)
    from server import arrange, harvest_now

    try:
        reports = _run(harvest_now(settings, arrange(settings), source, confirm=confirm, progress=None if as_json else _show))
    except LookupError:
        there_is_none = {"zh": f"没有名为 {source} 的收割来源", "en": f"there is no harvested source named {source}"}
        _misuse(there_is_none[settings.lang])
    if not reports and not as_json:
        where = settings.definitions_dir
        typer.echo({"zh": f"{where} 中没有收割来源", "en": f"there is no harvested source in {where}"}[settings.lang], err=True)
    for report in reports:
        typer.echo(orjson.dumps(report).decode() if as_json else report.line())
    raise typer.Exit(FAILED if any(report.error for report in reports) else 0)


@app.command()
def schema(
    out: Annotated[Path | None, typer.Option(help="write to this file instead of standard output")] = None,
) -> None:
    """Print the schema definition (SDL)."""
    from schema.build import build_schema

    text = build_schema().as_str() + "\n"
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")


@sources.command()
def check(file: File, as_json: AsJson = False, lang: Lang = None) -> None:
    """Read a bounded sample of the source that FILE defines, and tell what holds and what does not. Nothing is kept."""
    settings = _settings(lang)
    found = _checked(settings, file)
    typer.echo(orjson.dumps(found).decode() if as_json else check_text(found, settings.lang))
    raise typer.Exit(0 if found.usable else FAILED)


@sources.command()
def register(
    file: File,
    replace: Annotated[bool, typer.Option("--replace", help="put it in the place of another definition of this name")] = False,
    unchecked: Annotated[bool, typer.Option("--no-check", help="register without asking the source")] = False,
    lang: Lang = None,
) -> None:
    """Check the source that FILE defines, then copy the definition into HUIJU_DEFINITIONS_DIR."""
    settings = _settings(lang)
    if not unchecked and not (found := _checked(settings, file)).usable:
        _fail(check_text(found, settings.lang))
    try:
        target = keep(file, settings.definitions_dir, replace=replace)
    except (NotRegistered, DefinitionInvalid, UnicodeDecodeError, OSError) as error:
        _fail(str(error))
    said = {"zh": f"已登记：{target}\n重启 huiju serve 后载入", "en": f"registered: {target}\nrestart huiju serve to load it"}
    typer.echo(said[settings.lang])


@sources.command("list")
def list_sources(as_json: AsJson = False, lang: Lang = None) -> None:
    """List the registered sources with what the catalog holds of them."""
    settings = _settings(lang)
    listed = _listed(settings)
    typer.echo(orjson.dumps(listed).decode() if as_json else list_text(listed, settings.lang))


@sources.command()
def show(name: Annotated[str, typer.Argument(help="the name of a source")], as_json: AsJson = False, lang: Lang = None) -> None:
    """Show one registered source."""
    settings = _settings(lang)
    found = next((each for each in _listed(settings) if each.name == name), None)
    if found is None:
        _misuse({"zh": f"没有名为 {name} 的来源", "en": f"there is no source named {name}"}[settings.lang])
    typer.echo(orjson.dumps(found).decode() if as_json else show_text(found, settings.lang))


@app.callback()
def _main() -> None:
    """汇聚 Huiju: one GraphQL schema over the national, provincial and school resource libraries."""


async def _demo(settings: Settings) -> None:
    from demo.arrangement import demo_arrangement
    from demo.world import World
    from server import create_app, serve_until_stopped

    async with World(settings.data_dir) as world:
        application = create_app(settings, demo_arrangement(world, settings.demo_fault))
        await serve_until_stopped(application, settings, lambda port: _say_demo(settings, port))


def _checked(settings: Settings, file: Path) -> SourceCheck:
    from resolvers.sources import bind
    from server import arrange

    arrangement = arrange(settings)
    registered = names(settings.definitions_dir)
    keys = {name: source_key(name) for name in registered}
    checking = check_document(
        file.read_bytes(),
        file.stem,
        file.parent,
        sqlite_directory=arrangement.sqlite_directory,
        allow=arrangement.allow,
        bind=lambda definition: bind(source_key(definition.name), definition, version=1, keys_by_name=keys),
        registered=registered,
    )
    return _run(checking)


def _listed(settings: Settings) -> list[Listed]:
    """What is registered; a store that was never made is not made for this."""
    store = settings.database_url.partition("sqlite+aiosqlite:///")[2]
    made = not store or Path(store).exists()
    return _run(_inventory(settings) if made else inventory(settings.definitions_dir, None))


async def _inventory(settings: Settings) -> list[Listed]:
    database = Database.open(settings.database_url)
    try:
        await database.migrate()
        return await inventory(settings.definitions_dir, database)
    finally:
        await database.aclose()


def _run(work: Coroutine[None, None, T]) -> T:
    """Run to the end; what an operator can mend is told in words, not as a traceback."""
    from server import StoreRefused, event_loop

    try:
        with asyncio.Runner(loop_factory=event_loop()) as runner:
            return runner.run(work)
    except (StoreRefused, DefinitionInvalid, LeaseHeld, KeyFileInvalid, OSError) as error:
        _fail(str(error))


def _show(progress: Progress) -> None:
    total = f" / {progress.total}" if progress.total is not None else ""
    line = f"{progress.name} {progress.collection}: {progress.seen}{total}"
    typer.echo(f"\r{line}\x1b[K" if sys.stderr.isatty() else line, err=True, nl=not sys.stderr.isatty())


def _say_demo(settings: Settings, port: int) -> None:
    address = f"http://{settings.host}:{port}"
    zh = f"""
汇聚（演示）  {address}
  打开首页即可运行第一个查询；接口在 {address}/graphql
  来源：国家级 national-portal（收割）、省级 zhejiang（收割）和 guangdong（实时）、校级 hangzhou-school（实时）
  让一个来源出故障：请求头 Huiju-Demo-Fault: guangdong=hang，或 huiju demo --fault guangdong=hang
  停止：Ctrl+C
"""
    en = f"""
Huiju (demo)  {address}
  open it to run the first query; the API is at {address}/graphql
  sources: national-portal (national, harvested), zhejiang (provincial, harvested), guangdong (provincial, live),
           hangzhou-school (school, live)
  make a source fail: the request header Huiju-Demo-Fault: guangdong=hang, or huiju demo --fault guangdong=hang
  stop: Ctrl+C
"""
    typer.echo(zh if settings.lang == "zh" else en)


def _settings(lang: str | None, *, demo: bool = False, **options: object) -> Settings:
    overrides = {name: str(value) for name, value in options.items() if value is not None}
    if lang is not None:
        overrides["HUIJU_LANG"] = lang
    try:
        settings = Settings.from_environment(overrides=overrides)
        if demo:
            overrides["HUIJU_DATA_DIR"] = str(settings.data_dir / "demo")
            settings = Settings.from_environment(overrides=overrides)
    except SettingsInvalid as error:
        _misuse(error.text(_spoken(lang)))
    return settings


def _spoken(lang: str | None) -> Language:
    return "zh" if lang == "zh" else "en"


def _log_to_terminal() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    for chatty in ("alembic", "uvicorn.error"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def _misuse(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(MISUSED)


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(FAILED)

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
from settings import Language, Settings, SettingsInvalid
from store.errors import LeaseHeld

app = typer.Typer(
    name="huiju",
    help="汇聚 Huiju: one GraphQL schema over the national, provincial and school resource libraries.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

T = TypeVar("T")

FAILED = 1
MISUSED = 2

Lang = Annotated[str | None, typer.Option("--lang", help="zh or en; by default that of the locale")]
Host = Annotated[str | None, typer.Option(help="address to listen on (HUIJU_HOST)")]
Port = Annotated[int | None, typer.Option(help="port to listen on, 0 for a free one (HUIJU_PORT)")]


@app.command()
def serve(host: Host = None, port: Port = None, lang: Lang = None) -> None:
    """Serve the sources whose definitions lie in HUIJU_DEFINITIONS_DIR."""
    settings = _settings(lang, HUIJU_HOST=host, HUIJU_PORT=port)
    from server import arrange, create_app, serve_until_stopped

    _log_to_terminal()
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


@app.callback()
def _main() -> None:
    """汇聚 Huiju: one GraphQL schema over the national, provincial and school resource libraries."""


async def _demo(settings: Settings) -> None:
    from demo.arrangement import demo_arrangement
    from demo.world import World
    from server import create_app, serve_until_stopped

    async with World(settings.data_dir) as world:
        application = create_app(settings, demo_arrangement(world, settings.demo_fault))
        _say_demo(settings)
        await serve_until_stopped(application, settings)


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


def _say_demo(settings: Settings) -> None:
    address = f"http://{settings.host}:{settings.port}"
    zh = f"""
汇聚（演示）  {address}
  打开首页即可运行第一个查询；接口在 {address}/graphql
  来源：国家级 national-portal（收割）、省级 guangdong（实时）、校级 hangzhou-school（实时）
  让一个来源出故障：请求头 Huiju-Demo-Fault: guangdong=hang，或 huiju demo --fault guangdong=hang
  停止：Ctrl+C
"""
    en = f"""
Huiju (demo)  {address}
  open it to run the first query; the API is at {address}/graphql
  sources: national-portal (national, harvested), guangdong (provincial, live), hangzhou-school (school, live)
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

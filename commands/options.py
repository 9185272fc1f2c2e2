"""What the commands share: options, settings, how work is run and how an end is told."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer

from auth.brokering import UpstreamInvalid
from auth.sealing import Unsealable
from auth.secrets import KeyFileInvalid
from commands.logs import log_to_terminal
from connectors.errors import DefinitionInvalid
from settings import Language, Settings, SettingsInvalid
from store.away import unusable
from store.errors import LeaseHeld

T = TypeVar("T")

FAILED = 1
MISUSED = 2

Lang = Annotated[str | None, typer.Option("--lang", help="zh or en; by default that of the locale")]
File = Annotated[Path, typer.Argument(help="the definition, a TOML file", exists=True, dir_okay=False, readable=True)]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for scripts")]


def read_settings(lang: str | None, *, demo: bool = False, **options: object) -> Settings:
    overrides = {name: str(value) for name, value in options.items() if value is not None}
    if lang is not None:
        overrides["HUIJU_LANG"] = lang
    try:
        settings = Settings.from_environment(overrides=overrides)
        if demo:
            overrides["HUIJU_DATA_DIR"] = str(settings.data_dir / "demo")
            settings = Settings.from_environment(overrides=overrides)
    except SettingsInvalid as error:
        misuse(error.text(_spoken(lang)))
    return settings


def _spoken(lang: str | None) -> Language:
    return "zh" if lang == "zh" else "en"


def run(work: Coroutine[None, None, T]) -> T:
    """Run to the end; what an operator can mend is told in words, not as a traceback."""
    from federation import StoreRefused
    from server import event_loop

    try:
        with asyncio.Runner(loop_factory=event_loop()) as runner:
            return runner.run(work)
    except (StoreRefused, DefinitionInvalid, LeaseHeld, KeyFileInvalid, UpstreamInvalid, Unsealable, OSError) as error:
        fail(str(error))
    except Exception as error:
        away = unusable(error)
        if away is None:
            raise
        fail(f"{away.zh} / {away.en}")


def run_child(work: Coroutine[None, None, None], settings: Settings) -> None:
    """Do the same as a child of this program, which ends with the status that a command would end with."""
    log_to_terminal(settings.log_format)
    try:
        run(work)
    except typer.Exit as end:
        sys.exit(end.exit_code)


def is_made(settings: Settings) -> bool:
    """Whether the store exists: one that was never made is not made to look something up."""
    store = settings.database_url.partition("sqlite+aiosqlite:///")[2]
    return not store or Path(store).exists()


def misuse(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(MISUSED)


def fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(FAILED)

"""`huiju source credential`: the secrets that sources know us by. They go in and never come out."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from auth.secrets import read_secrets
from commands.options import FAILED, AsJson, Lang, fail, is_made, misuse, read_settings, run
from connectors.credentials.keeping import Keeper, Nothing, SecretFile
from connectors.definition import Definition
from harvest.registration import definitions
from settings import Settings
from store.audit import SYSTEM, Action, Audit, Event
from store.database import Database
from store.errors import SecretUnreadable
from store.sources import Sources
from store.vault import Vault

LONGEST = 8_000
"""Characters of a secret."""

app = typer.Typer(name="credential", help="Set the secrets that sources know us by.", no_args_is_help=True, rich_markup_mode=None)

Name = Annotated[str, typer.Argument(help="the name of a source")]
Field = Annotated[str, typer.Argument(help="which secret, by the name that its definition gives it: password, token, app_secret …")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One secret as it is listed: `ending` are its last four characters, empty where it is short, None where no key opens it."""

    field: str
    is_set: bool
    ending: str | None = None
    set_at: datetime | None = None


@app.command("set")
def set_secret(
    name: Name,
    field: Field,
    file: Annotated[Path | None, typer.Option(help="read it from this file", exists=True, dir_okay=False)] = None,
    lang: Lang = None,
) -> None:
    """Set a secret: it is asked for, or read from standard input or a file. It is never an argument, which everybody on a machine sees."""
    settings = read_settings(lang)
    declared = _declared(settings, name)
    if declared is not None and field not in declared:
        known = ", ".join(declared) or "-"
        zh, en = f"{name} 的定义中没有 {field}；有：{known}", f"the definition of {name} names no {field}; it names: {known}"
        misuse({"zh": zh, "en": en}[settings.lang])
    if declared is None:
        later = {"zh": f"尚未登记 {name}：登记后生效", "en": f"{name} is not registered yet: this waits for it"}
        typer.echo(later[settings.lang], err=True)
    secret = _read(file, field)
    if not secret or len(secret) > LONGEST or not secret.isprintable():
        wrong = {"zh": "密钥应为一行可打印字符，不能为空", "en": "a secret is one line of printable characters, and not empty"}
        misuse(wrong[settings.lang])
    run(_set(settings, name, field, secret))
    typer.echo({"zh": f"已保存：{name} {field}", "en": f"kept: {name} {field}"}[settings.lang])


@app.command("list")
def list_secrets(name: Name, as_json: AsJson = False, lang: Lang = None) -> None:
    """List the secrets of a source: whether each is set, its last four characters, and when it was set."""
    settings = read_settings(lang)
    shown = run(_list(settings, name))
    if as_json:
        typer.echo(orjson.dumps(shown).decode())
    else:
        for each in shown:
            typer.echo(_line(each, settings.lang))
    raise typer.Exit(0 if all(each.is_set and each.ending is not None for each in shown) else FAILED)


@app.command("remove")
def remove_secret(name: Name, field: Field, lang: Lang = None) -> None:
    """Forget a secret, and the token that was got by it."""
    settings = read_settings(lang)
    if not run(_remove(settings, name, field)):
        misuse({"zh": f"{name} 没有保存 {field}", "en": f"no {field} is kept for {name}"}[settings.lang])
    typer.echo({"zh": f"已删除：{name} {field}", "en": f"forgotten: {name} {field}"}[settings.lang])


@app.command()
def reseal(lang: Lang = None) -> None:
    """Seal every secret by the newest key of HUIJU_SECRET_KEY_FILE, so that older keys can be taken out of it."""
    settings = read_settings(lang)
    try:
        count = run(_reseal(settings))
    except SecretUnreadable as error:
        fail(str(error))
    typer.echo({"zh": f"已重新加密 {count} 项", "en": f"sealed anew: {count}"}[settings.lang])


@asynccontextmanager
async def keeping(settings: Settings, name: str, file: Path | None) -> AsyncIterator[Keeper]:
    """Where the secrets of a source are while it is checked: in `file`, or in the store, which is not made for this."""
    if file is not None:
        yield SecretFile(file)
    elif not is_made(settings):
        yield Nothing()
    else:
        async with _open(settings) as (vault, registry, _):
            yield vault.of(await registry.key_of(name))


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[tuple[Vault, Sources, Audit]]:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    keys = read_secrets(settings.secret_key_file)
    database = Database.open(settings.database_url)
    try:
        await database.migrate()
        yield Vault(database, keys), Sources(database), Audit(database)
    finally:
        await database.aclose()


async def _set(settings: Settings, name: str, field: str, secret: str) -> None:
    async with _open(settings) as (vault, registry, audit):
        key = await registry.key_of(name)
        await vault.set(key, field, secret)
        await audit.write(Event(SYSTEM, Action.CREDENTIAL_SET, key, detail={"field": field}))


async def _remove(settings: Settings, name: str, field: str) -> bool:
    async with _open(settings) as (vault, registry, audit):
        key = await registry.key_of(name)
        removed = await vault.remove(key, field)
        if removed:
            await audit.write(Event(SYSTEM, Action.CREDENTIAL_REMOVED, key, detail={"field": field}))
        return removed


async def _reseal(settings: Settings) -> int:
    async with _open(settings) as (vault, _, _):
        return await vault.reseal()


async def _list(settings: Settings, name: str) -> list[Shown]:
    async with _open(settings) as (vault, registry, _):
        kept = {each.field: each for each in await vault.kept(await registry.key_of(name))}
    found = [Shown(field=field, is_set=True, ending=each.ending, set_at=each.set_at) for field, each in kept.items()]
    return found + [Shown(field=field, is_set=False) for field in _declared(settings, name) or () if field not in kept]


def _declared(settings: Settings, name: str) -> tuple[str, ...] | None:
    """The secrets that the definition of a registered source names, None where there is no such source."""
    known = (each for _, each in definitions(settings.definitions_dir) if isinstance(each, Definition))
    found = next((each for each in known if each.name == name), None)
    if found is None:
        return None
    return found.credentials.secrets if found.credentials is not None else ()


def _read(file: Path | None, field: str) -> str:
    try:
        if file is not None:
            return file.read_text("utf-8").rstrip("\r\n")
        if sys.stdin.isatty():
            return str(typer.prompt(field, hide_input=True))
        return sys.stdin.read(LONGEST + 2).rstrip("\r\n")
    except UnicodeDecodeError:
        return ""


def _line(each: Shown, lang: str) -> str:
    zh = lang == "zh"
    if not each.is_set or each.set_at is None:
        return f"{each.field}  {'未设置' if zh else 'not set'}"
    if each.ending is None:
        return f"{each.field}  {'无法打开：恢复密钥文件，或重新设置' if zh else 'cannot be opened: restore the key file, or set it again'}"
    return f"{each.field}  ····{each.ending}  {each.set_at:%Y-%m-%d %H:%M UTC}"

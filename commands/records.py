"""`huiju record`: withdraw records and restore them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

import orjson
import typer

from commands.options import AsJson, Lang, misuse, read_settings, run
from settings import Settings
from store.audit import SYSTEM
from store.catalog import Catalog
from store.codes import WITHDRAWAL_REASONS
from store.database import Database
from store.sources import Sources
from store.withdrawals import Withdrawals, is_record

app = typer.Typer(name="record", help="Withdraw records, and restore them.", no_args_is_help=True, rich_markup_mode=None)

Ids = Annotated[list[str] | None, typer.Argument(help="ids of records, as `id` of a resource shows them")]
Url = Annotated[str | None, typer.Option(help="the records whose content or own page has this address")]
Of = Annotated[str | None, typer.Option("--source", help="all records that the catalog holds of the source of this name")]


@app.command()
def withdraw(
    reason: Annotated[str, typer.Option(help=", ".join(WITHDRAWAL_REASONS))],
    ids: Ids = None,
    url: Url = None,
    source: Of = None,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Take records out of every answer, until they are restored, whatever their sources go on to say."""
    settings = read_settings(lang)
    if reason not in WITHDRAWAL_REASONS:
        known = ", ".join(f"{code} ({label.zh}, {label.en})" for code, label in WITHDRAWAL_REASONS.items())
        misuse({"zh": f"没有原因 {reason}，可用：{known}", "en": f"there is no reason {reason}: use one of {known}"}[settings.lang])
    _one_choice(settings, ids, url, source)

    async def work(withdrawals: Withdrawals, registry: Sources) -> list[str]:
        chosen = list(ids or ())
        if url is not None:
            chosen = await withdrawals.with_address(url)
        if source is not None:
            chosen = await withdrawals.of_source(await _key(settings, registry, source))
        return await withdrawals.withdraw(chosen, reason=reason, by=SYSTEM)

    _tell(settings, _work(settings, work), as_json, {"zh": "已撤下", "en": "withdrawn"}[settings.lang])


@app.command()
def restore(ids: Ids = None, source: Of = None, as_json: AsJson = False, lang: Lang = None) -> None:
    """Show withdrawn records again, as their sources have them now."""
    settings = read_settings(lang)
    _one_choice(settings, ids, None, source)

    async def work(withdrawals: Withdrawals, registry: Sources) -> list[str]:
        chosen = list(ids or ())
        if source is not None:
            chosen = await withdrawals.of_source(await _key(settings, registry, source), withdrawn=True)
        return await withdrawals.restore(chosen, by=SYSTEM)

    _tell(settings, _work(settings, work), as_json, {"zh": "已恢复", "en": "restored"}[settings.lang])


def _one_choice(settings: Settings, ids: list[str] | None, url: str | None, source: str | None) -> None:
    if sum(each is not None for each in (ids or None, url, source)) != 1:
        misuse({"zh": "请给出 id、--url 或 --source 之一", "en": "name ids, --url or --source, and one of them only"}[settings.lang])
    for each in ids or ():
        if not is_record(each):
            misuse({"zh": f"{each} 不是资源的 id", "en": f"{each} is no id of a resource: copy it from its field id"}[settings.lang])


async def _key(settings: Settings, registry: Sources, name: str) -> str:
    found = await registry.by_name(name)
    if found is None:
        misuse({"zh": f"没有名为 {name} 的来源", "en": f"there is no source named {name}"}[settings.lang])
    return found.key


def _work(settings: Settings, work: Callable[[Withdrawals, Sources], Awaitable[list[str]]]) -> list[str]:
    async def whole() -> list[str]:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        database = Database.open(settings.database_url)
        try:
            await database.migrate()
            return await work(Withdrawals(Catalog(database)), Sources(database))
        finally:
            await database.aclose()

    return run(whole())


def _tell(settings: Settings, ids: list[str], as_json: bool, done: str) -> None:
    if as_json:
        typer.echo(orjson.dumps({"ids": ids}).decode())
    else:
        typer.echo(f"{done}: {len(ids)}")

"""`huiju source secret`: the secrets that feeds are pushed with."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from commands.options import Lang, misuse, read_settings, run
from connectors.definition import Definition
from harvest.registration import definitions
from settings import Settings
from store.audit import SYSTEM, Action, Audit, Event
from store.database import Database
from store.push_secrets import PushSecrets
from store.sources import Sources


def secret(
    name: Annotated[str, typer.Argument(help="the name of a registered feed")],
    overlap: Annotated[int, typer.Option(min=0, max=1440, help="minutes for which the secret before still opens")] = 15,
    revoke: Annotated[bool, typer.Option("--revoke", help="let no secret of it open any more, and make none")] = False,
    lang: Lang = None,
) -> None:
    """Make the secret that a feed is pushed with, and show it once; the one before follows it out."""
    settings = read_settings(lang)
    document = settings.definitions_dir / f"{name}.toml"
    definition = next((known for path, known in definitions(settings.definitions_dir) if path == document), None)
    if not isinstance(definition, Definition) or definition.mode != "push":
        misuse({"zh": f"没有名为 {name} 的推送来源", "en": f"there is no feed named {name}"}[settings.lang])
    made = run(_make_secret(settings, definition, document.read_text("utf-8"), None if revoke else timedelta(minutes=overlap)))
    if made is None:
        typer.echo({"zh": f"{name} 的推送密钥已全部作废", "en": f"no secret opens {name} any more"}[settings.lang])
        return
    typer.echo({"zh": "推送密钥只显示这一次：", "en": "this secret is shown once:"}[settings.lang], err=True)
    typer.echo(made)


async def _make_secret(settings: Settings, definition: Definition, document: str, overlap: timedelta | None) -> str | None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database.open(settings.database_url)
    try:
        await database.migrate()
        key = await Sources(database).register(document, name=definition.name, title=definition.title)
        secrets, made = PushSecrets(database), None
        if overlap is not None:
            made = await secrets.make(key, overlap)
        else:
            await secrets.revoke(key)
        deed = Action.PUSH_SECRET_REVOKED if made is None else Action.PUSH_SECRET_MADE
        await Audit(database).write(Event(SYSTEM, deed, key))
        return made
    finally:
        await database.aclose()

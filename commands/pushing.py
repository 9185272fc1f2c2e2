"""`huiju source push`: the agent inside a school's network. Nothing on this path needs POSIX: it runs on Windows as it stands."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

import orjson
import typer
from pydantic import TypeAdapter, ValidationError

from agent import Hub, Progress, Pushing, Report, State, StateHeld, push
from auth.secrets import KeyFileInvalid
from commands.credentials import keeping
from commands.options import FAILED, AsJson, File, Lang, fail, misuse, read_settings
from connectors.credentials.keeping import SecretsInvalid
from connectors.definition import Definition, parse_definition
from connectors.durations import Seconds
from connectors.errors import DefinitionInvalid
from connectors.opening import addresses_of, opened
from egress import HARVEST, Allow, Client
from resolvers.sources import bind
from settings import Settings
from store.errors import SecretUnreadable
from store.identity import source_key

_SECONDS: TypeAdapter[float] = TypeAdapter(Seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Errand:
    """One push as it was ordered."""

    settings: Settings
    file: Path
    definition: Definition
    version: str
    to: str
    secret: Callable[[], str]
    credentials: Path | None
    proxy: str | None
    tls: ssl.SSLContext | None
    allow: Allow
    state: Path
    every: float | None
    sweep: timedelta
    patience: float
    full: bool
    confirm: bool
    dry_run: bool
    as_json: bool


def push_source(
    file: File,
    to: Annotated[str, typer.Option(help="the feed: https://HOST/feeds/NAME")],
    secret_file: Annotated[
        Path | None, typer.Option(help="the push secret, in this file; by default HUIJU_PUSH_SECRET, or it is asked for", exists=True)
    ] = None,
    credentials: Annotated[Path | None, typer.Option(help="the secrets of the source, a TOML file, mode 600", exists=True)] = None,
    proxy: Annotated[
        str | None, typer.Option(help="an HTTP proxy on the way out: http://HOST:PORT; never taken from the environment")
    ] = None,
    ca: Annotated[Path | None, typer.Option(help="authorities that are trusted for the hub, a PEM file", exists=True)] = None,
    state: Annotated[Path | None, typer.Option(help="what was pushed; by default beside FILE, with .push in its name")] = None,
    every: Annotated[str | None, typer.Option(help="push again and again, such as 1h; by default once")] = None,
    sweep: Annotated[
        str, typer.Option(help="how often everything is read, to find what is gone, of a source that tells what changed")
    ] = "7d",
    patience: Annotated[str, typer.Option(help="how long to wait for a hub that is down or busy")] = "10m",
    full: Annotated[bool, typer.Option("--full", help="read everything now")] = False,
    confirm: Annotated[bool, typer.Option("--confirm", help="go on where a large share would be deleted over there")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="have the first rows judged, and keep nothing, here or there")] = False,
    as_json: AsJson = False,
    lang: Lang = None,
) -> None:
    """Read the source that FILE defines, here, and push what has changed to a Huiju that cannot reach it. Nothing is opened inward."""
    settings = read_settings(lang)
    document = file.read_bytes()
    try:
        definition = parse_definition(document.decode())
        tls = ssl.create_default_context(cafile=str(ca)) if ca is not None else None
        errand = _Errand(
            settings=settings,
            file=file,
            # All rows are read, not those of one caller.
            definition=definition.model_copy(update={"mode": "harvest"}),
            version=hashlib.sha256(document).hexdigest(),
            to=to,
            secret=_secret(settings, secret_file),
            credentials=credentials,
            proxy=proxy,
            tls=tls,
            allow=_outward(settings, to),
            state=state or file.with_suffix(".push"),
            every=_SECONDS.validate_python(every) if every is not None else None,
            sweep=timedelta(seconds=_SECONDS.validate_python(sweep)),
            patience=_SECONDS.validate_python(patience),
            full=full,
            confirm=confirm,
            dry_run=dry_run,
            as_json=as_json,
        )
    except (DefinitionInvalid, UnicodeDecodeError, ssl.SSLError, OSError) as error:
        fail(str(error))
    except ValidationError as error:
        misuse(error.errors()[0]["msg"])
    if definition.mode == "push":
        zh = "这是对面那个推送来源的定义：请给出这里要读取的数据库或接口的定义"
        misuse({"zh": zh, "en": "this defines the feed over there: give the definition of what is to be read here"}[settings.lang])
    try:
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            clean = runner.run(_run(errand))
    except KeyboardInterrupt:
        fail({"zh": "已停止：下次从此处继续", "en": "stopped: the next push goes on from here"}[settings.lang])
    except (DefinitionInvalid, StateHeld, SecretsInvalid, SecretUnreadable, KeyFileInvalid, OSError, ValueError) as error:
        fail(str(error))
    raise typer.Exit(0 if clean else FAILED)


async def _run(errand: _Errand) -> bool:
    """Push once, or until interrupted; tells whether everything was pushed and taken."""
    with State(errand.state) as state:
        _refuse_another_hub(state, errand)
        while True:
            began = asyncio.get_running_loop().time()
            async with _pushing(errand, state) as pushing:
                report = await push(pushing)
            _tell(report, errand)
            if errand.every is None:
                return report.clean
            await asyncio.sleep(max(0.0, began + errand.every - asyncio.get_running_loop().time()))


def _refuse_another_hub(state: State, errand: _Errand) -> None:
    known = state.fact("to")
    if known not in (None, errand.to):
        raise StateHeld(f"{errand.state.name} holds what was pushed to {known}: use another --state, or move it away to begin anew")
    if not errand.dry_run:
        state.note(to=errand.to)


@asynccontextmanager
async def _pushing(errand: _Errand, state: State) -> AsyncIterator[Pushing]:
    settings, definition = errand.settings, errand.definition
    async with AsyncExitStack() as stack:
        keeper = await stack.enter_async_context(keeping(settings, definition.name, errand.credentials))
        opening = opened(
            definition,
            allow=Allow.at(settings.allow_private, addresses_of(definition)),
            directory=errand.file.parent,
            sqlite_directory=settings.sqlite_dir,
            keeper=keeper,
        )
        connector = await stack.enter_async_context(opening)
        outward = Client(bounds=HARVEST, allow=errand.allow, tls=errand.tls, proxy=errand.proxy)
        client = await stack.enter_async_context(outward)
        hub = Hub(
            client,
            errand.to,
            errand.secret,
            lang=settings.lang,
            patience=errand.patience,
            waiting=lambda reason, seconds: _say_waiting(settings.lang, reason, seconds),
        )
        yield Pushing(
            definition=definition,
            version=errand.version,
            connector=connector,
            binding=bind(source_key(definition.name), definition, version=1, keys_by_name={}),
            hub=hub,
            state=state,
            sweep_every=errand.sweep,
            full=errand.full,
            confirm=errand.confirm,
            dry_run=errand.dry_run,
            progress=_quiet if errand.as_json else _show,
        )


def _outward(settings: Settings, to: str) -> Allow:
    """Where the hub may be: anywhere by https, in the clear at loopback and at addresses that the administrator lists."""
    host = urlsplit(to).hostname or ""
    if host == "localhost" or _is_loopback(host):
        port = urlsplit(to).port or (80 if to.startswith("http:") else 443)
        return Allow([("127.0.0.0/8", port), ("::1/128", port)])
    return Allow.at(settings.allow_private, [to])


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _secret(settings: Settings, file: Path | None) -> Callable[[], str]:
    """The push secret as it is at each request: a file may be changed while pushes go on."""
    if file is not None:
        return lambda: file.read_text("utf-8").strip()
    given = settings.push_secret
    if given is None:
        given = str(typer.prompt("push secret", hide_input=True, err=True)) if sys.stdin.isatty() else sys.stdin.readline().strip()
    secret = given
    return lambda: secret


def _tell(report: Report, errand: _Errand) -> None:
    if sys.stderr.isatty() and not errand.as_json:
        typer.echo("\r\x1b[K", err=True, nl=False)
    typer.echo(orjson.dumps(report).decode() if errand.as_json else report.text(errand.settings.lang))


def _show(progress: Progress) -> None:
    total = f" / {progress.total}" if progress.total is not None else ""
    line = f"{progress.collection}: {progress.rows}{total}"
    typer.echo(f"\r{line}\x1b[K" if sys.stderr.isatty() else line, err=True, nl=not sys.stderr.isatty())


def _quiet(_progress: Any) -> None:
    """JSON alone is wanted."""


def _say_waiting(lang: str, reason: str, seconds: float) -> None:
    zh, en = f"{reason}；{seconds:.0f} 秒后重试", f"{reason}; trying again in {seconds:.0f} s"
    typer.echo(zh if lang == "zh" else en, err=True)

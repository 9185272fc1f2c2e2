"""`huiju serve` and `huiju demo`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from socket import socket
from typing import TYPE_CHECKING, Annotated

import typer

from commands.logs import log_to_terminal
from commands.options import Lang, misuse, read_settings, run, run_child
from settings import Settings

if TYPE_CHECKING:
    from federation import Document

_log = logging.getLogger("huiju")

Host = Annotated[str | None, typer.Option(help="address to listen on (HUIJU_HOST)")]
Port = Annotated[int | None, typer.Option(help="port to listen on, 0 for a free one (HUIJU_PORT)")]


def serve(host: Host = None, port: Port = None, lang: Lang = None) -> None:
    """Serve the sources whose definitions lie in HUIJU_DEFINITIONS_DIR."""
    settings = read_settings(lang, HUIJU_HOST=host, HUIJU_PORT=port)
    log_to_terminal(settings.log_format)
    raise typer.Exit(run(_serve(settings)))


async def _serve(settings: Settings) -> int:
    """Prepare the store, then keep the background process and the serving processes alive; the exit status."""
    from federation import Federation, Role, Supervisor, arrange, prepare, stopping
    from server import listening

    with listening(settings.host, settings.port) as listener:
        arrangement = arrange(settings)
        await prepare(settings, arrangement)
        async with AsyncExitStack() as stack:
            # What keeps a source from opening is told here, once, and not by every child.
            await Federation(settings, arrangement).open(stack)
        settings.share_metrics()
        background = Role("background", _work_in_background, (settings, arrangement.documents))
        serving = [Role(f"serving {n}", _answer, (settings, arrangement.documents, listener)) for n in range(1, settings.workers + 1)]
        async with stopping() as stop:
            port = listener.getsockname()[1]
            return await Supervisor([background, *serving]).run(
                stop, lambda: _log.info("serving on http://%s:%d in %d processes", settings.host, port, settings.workers)
            )


def _answer(settings: Settings, documents: Sequence[Document], listener: socket, ready: Callable[[], None]) -> None:
    """What a serving process does."""
    from federation import arrange
    from server import create_app, serve

    application = create_app(settings, replace(arrange(settings), documents=documents), alone=False)
    run_child(serve(application, settings, listener, ready), settings)


def _work_in_background(settings: Settings, documents: Sequence[Document], ready: Callable[[], None]) -> None:
    """What the background process does."""
    from federation import Federation, Following, arrange, stopping, work_in_background
    from server import administering
    from transport.metrics import Metrics

    async def work() -> None:
        async with AsyncExitStack() as stack:
            stop = await stack.enter_async_context(stopping())
            metrics = Metrics(settings.metrics_dir)
            federation = Federation(settings, replace(arrange(settings), documents=documents), metrics)
            await federation.open(stack)
            await stack.enter_async_context(administering(settings, federation, Following(federation), metrics))
            ready()
            working, stopped = asyncio.create_task(work_in_background(federation)), asyncio.create_task(stop.wait())
            await asyncio.wait([working, stopped], return_when=asyncio.FIRST_COMPLETED)
            for task in (working, stopped):
                task.cancel()
            with suppress(asyncio.CancelledError):
                await working

    run_child(work(), settings)


def demo(
    host: Host = None,
    port: Port = None,
    fault: Annotated[str | None, typer.Option(help="make sources fail: guangdong=hang,hangzhou-school=down")] = None,
    lang: Lang = None,
) -> None:
    """Serve example sources of three tiers, on this machine only."""
    settings = read_settings(lang, demo=True, HUIJU_HOST=host, HUIJU_PORT=port, HUIJU_DEMO_FAULT=fault)
    if settings.host not in ("127.0.0.1", "::1", "localhost"):
        misuse(
            {
                "zh": "演示模式只监听本机：请去掉 --host，或改用 huiju serve",
                "en": "the demo listens on this machine only: leave --host out, or use huiju serve",
            }[settings.lang]
        )
    from demo.world import FaultUnknown, read_faults

    try:
        read_faults(settings.demo_fault)
    except FaultUnknown as error:
        misuse(str(error))
    log_to_terminal(settings.log_format)
    run(_demo(settings))


async def _demo(settings: Settings) -> None:
    from demo import ningbo
    from demo.arrangement import demo_arrangement
    from demo.world import World, read_faults
    from server import create_app, serve_until_stopped

    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def announce(port: int) -> None:
        _say_demo(settings, port)
        address.set_result(f"http://{settings.host}:{port}")

    fault = read_faults(settings.demo_fault).get(ningbo.NAME)
    async with World(settings.data_dir) as world, ningbo.pushing(address, settings, fault):
        application = create_app(settings, demo_arrangement(world, settings.demo_fault))
        await serve_until_stopped(application, settings, announce)


def _say_demo(settings: Settings, port: int) -> None:
    from demo.sign_on import PASSWORD, PEOPLE, SECRET

    address = f"http://{settings.host}:{port}"
    names = [person.username or "" for person in PEOPLE]
    zh = f"""
汇聚（演示）  {address}
  打开首页即可运行第一个查询；接口在 {address}/graphql
  来源：国家级 national-portal（收割）、省级 zhejiang（收割）和 guangdong（实时）、校级 hangzhou-school（实时）和 ningbo-school（推送）
  登录：{address}/oauth/login，用户 {", ".join(names)}，密码 {PASSWORD}
  应用：demo-web（公开，PKCE，回到 http://127.0.0.1:任意端口/…），demo-service（密钥 {SECRET}，client_credentials）
  让一个来源出故障：请求头 Huiju-Demo-Fault: guangdong=hang，或 huiju demo --fault guangdong=hang
  停止：Ctrl+C
"""
    en = f"""
Huiju (demo)  {address}
  open it to run the first query; the API is at {address}/graphql
  sources: national-portal (national, harvested), zhejiang (provincial, harvested), guangdong (provincial, live),
           hangzhou-school (school, live), ningbo-school (school, pushed)
  sign in: {address}/oauth/login as {", ".join(names)}; password {PASSWORD}
  applications: demo-web (public, PKCE, back to http://127.0.0.1:<any port>/…),
                demo-service (secret {SECRET}, client_credentials)
  make a source fail: the request header Huiju-Demo-Fault: guangdong=hang, or huiju demo --fault guangdong=hang
  stop: Ctrl+C
"""
    typer.echo(zh if settings.lang == "zh" else en)

"""The server: which addresses answer what, and how a request becomes a context."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Route

from auth.cross_origin import CrossOrigin
from auth.errors import IssuerUnreachable, TokenRefused
from auth.grant import Grant
from auth.routes import sign_on_routes
from federation import (
    EMBEDDED,
    Arrangement,
    Federation,
    Following,
    measure,
    prepare,
    sign_on_of,
    stopping,
    work_in_background,
)
from resolvers.context import Context
from resolvers.sources import OpenSource, Sources
from resolvers.tracing import Trace
from schema.build import build_schema
from settings import Settings
from store.catalog import Catalog
from store.orders import Switch
from store.reader import Reader
from transport.away import Away
from transport.documents import Documents
from transport.errors import RequestRefused, Unauthenticated, Unverifiable
from transport.explorer import explorer_routes
from transport.feeds import FeedEndpoint
from transport.graphql import GraphQLEndpoint
from transport.health import health_routes
from transport.host import HostGuard
from transport.language import Language
from transport.limits import Limits
from transport.metrics import Metrics, metrics_route
from transport.prices import PRICES
from transport.published import published_routes
from transport.record_page import record_route
from transport.telemetry import Telemetry, Traced
from transport.wishes import wishes_of

_log = logging.getLogger("huiju")

FAULT_HEADER = "huiju-demo-fault"
SIGN_IN_FIRST = {
    "zh": "请求头 Huiju-Cache 和 Huiju-Trace 需要登录后使用",
    "en": "the headers Huiju-Cache and Huiju-Trace are for callers who have signed in",
}
ANONYMOUS_OFF = {
    "zh": "管理员已暂停匿名访问：请登录后重试",
    "en": "anonymous access is off now, by order of the operator: sign in and try again",
}


def create_app(settings: Settings, arrangement: Arrangement, *, alone: bool = True) -> Starlette:
    """Make the application; everything is opened when its lifespan begins.

    `alone`: this is the only process. It makes the store and harvests; otherwise both are done by others and this one only reads.
    """
    schema = build_schema()
    metrics = Metrics(None if alone else settings.metrics_dir)
    telemetry = Telemetry(settings.otlp_endpoint) if settings.otlp_endpoint is not None else None
    serving = Serving(settings, arrangement, metrics, telemetry, alone=alone)
    documents = Documents(schema._schema, Limits(), PRICES)
    endpoint = GraphQLEndpoint(schema._schema, documents, serving.context_for, language=settings.lang, metrics=metrics)
    feeds = FeedEndpoint(serving.source_named, serving.catalog, serving.is_read_only, language=settings.lang)
    return Starlette(
        routes=[
            Route("/graphql", endpoint.respond, methods=["GET", "POST"]),
            Route("/feeds/{source}", feeds.respond, methods=["GET", "POST", "DELETE"]),
            record_route(serving.context_for, settings.lang),
            *(sign_on_routes(lambda: serving.sign_on) if EMBEDDED in settings.issuers else ()),
            *health_routes(serving.ready, detail=settings.admin_port is None),
            *([metrics_route(metrics, serving.measure)] if settings.admin_port is None else ()),
            *explorer_routes(),
            *published_routes(schema._schema, schema.as_str() + "\n"),
        ],
        middleware=[
            *([Middleware(Traced, telemetry=telemetry)] if telemetry is not None else ()),
            Middleware(Away),
            Middleware(HostGuard, public_url=settings.public_url, listens=settings.host),
            Middleware(CrossOrigin, opened=lambda: serving.sign_on),
        ],
        lifespan=serving.lifespan,
    )


async def serve_until_stopped(application: Starlette, settings: Settings, announce: Callable[[int], None] | None = None) -> None:
    """Open everything, serve until a signal, close everything; `announce` is told the port as soon as it is taken.

    Raises OSError where the address cannot be listened on, and StoreRefused, DefinitionInvalid or KeyFileInvalid at the start.
    """
    with listening(settings.host, settings.port) as listener:
        if announce is not None:
            announce(listener.getsockname()[1])
        await serve(application, settings, listener)


def listening(host: str, port: int, setting: str = "HUIJU_PORT") -> socket.socket:
    """Take an address, before anything is opened. Raises OSError that names it."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    # With the protocol left open, asyncio does not switch Nagle's algorithm off, and small answers wait 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise OSError(f"cannot listen on {host}:{port} ({error.strerror}): stop what listens there, or choose another {setting}") from error
    return listener


async def serve(application: Starlette, settings: Settings, listener: socket.socket, ready: Callable[[], None] | None = None) -> None:
    """Answer what comes to `listener` until SIGTERM, SIGINT or the parent's death; `ready` is called when it is listened to."""
    async with stopping() as stop, application.router.lifespan_context(application):
        # What is open now stays; a request's own values are mostly gone before a collection would look at them.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)
        server = _Server(uvicorn_config(application, settings))
        server.ready = ready
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait([serving, stopped], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    ready: Callable[[], None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.ready is not None:
            self.ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to `stopping`: uvicorn would raise them again at its end, before anything else is closed."""
        yield


def event_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """The factory of the quickest event loop that is installed: uvloop, else the standard one."""
    return uvicorn.Config(app="", loop="auto", log_config=None).get_loop_factory()


def uvicorn_config(application: Starlette, settings: Settings) -> uvicorn.Config:
    """How a process serves; the lifespan is entered around it, so that what stops the start reaches the caller."""
    return uvicorn.Config(
        application,
        host=settings.host,
        port=settings.port,
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=[str(each) for each in settings.trusted_proxies],
        server_header=False,
        timeout_graceful_shutdown=5,
    )


@asynccontextmanager
async def administering(settings: Settings, federation: Federation, following: Following, metrics: Metrics) -> AsyncIterator[None]:
    """Serve metrics and the checks of readiness on the administration port, where there is one, while the block lasts.

    Raises OSError where the address cannot be listened on.
    """
    if settings.admin_port is None:
        yield
        return

    async def look() -> None:
        await following.look()
        await federation.index.refresh()
        await measure(federation, metrics)

    async def ready() -> dict[str, bool]:
        await following.look()
        await federation.index.refresh()
        return await readiness(federation, following)

    routes = [metrics_route(metrics, look), *health_routes(ready)]
    with listening(settings.admin_host, settings.admin_port, "HUIJU_ADMIN_PORT") as listener:
        server = _Server(uvicorn_config(Starlette(routes=routes), settings))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        _log.info("metrics on http://%s:%d/metrics", *listener.getsockname()[:2])
        try:
            yield
        finally:
            server.should_exit = True
            await serving


async def readiness(federation: Federation, following: Following) -> dict[str, bool]:
    """The store answers, every harvested source has been tried once, what they gave can be searched."""
    others = {"harvest": following.all_tried, "index": following.indexed}
    try:
        await federation.database.ping()
    except Exception:  # noqa: BLE001 - whatever the driver says, the store does not answer
        return {"store": False, **others}
    return {"store": True, **others}


class Serving:
    """What requests are answered from, while the application lives."""

    def __init__(self, settings: Settings, arrangement: Arrangement, metrics: Metrics, telemetry: Telemetry | None, *, alone: bool) -> None:
        self._telemetry = telemetry
        self._settings = settings
        self._arrangement = arrangement
        self._alone = alone
        self._metrics = metrics
        self._federation = Federation(settings, arrangement, metrics)
        self._following = Following(self._federation)

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Open the federation and follow what others write; close in reverse. Raises StoreRefused, DefinitionInvalid, KeyFileInvalid."""
        async with AsyncExitStack() as stack:
            if self._telemetry is not None:
                stack.push_async_callback(self._telemetry.aclose)
            if self._alone:
                await prepare(self._settings, self._arrangement)
            await self._federation.open(stack)
            self.sign_on = await sign_on_of(self._settings, self._arrangement, self._federation, stack)
            await self._following.look()
            tasks = [self._following.run(), self._federation.index.run(), *([work_in_background(self._federation)] if self._alone else [])]
            for task in tasks:
                stack.push_async_callback(_end, asyncio.create_task(task))
            if self._alone:
                await stack.enter_async_context(administering(self._settings, self._federation, self._following, self._metrics))
            yield

    async def ready(self) -> dict[str, bool]:
        """The checks of `/readyz`."""
        return await readiness(self._federation, self._following)

    async def measure(self) -> None:
        """Bring the gauges of harvests and of the index up to date."""
        await measure(self._federation, self._metrics)

    def source_named(self, name: str) -> OpenSource | None:
        """An open source."""
        return self._federation.sources.by_name(name)

    def is_read_only(self) -> bool:
        """An operator lets nothing be changed."""
        return Switch.READ_ONLY in self._federation.orders.on

    def catalog(self) -> Catalog:
        """What pushes are written to."""
        return self._federation.catalog

    async def context_for(self, request: Request, lang: Language) -> Context:
        """Build what a request may use. Raises RequestRefused for a token that is not accepted."""
        federation, grant = self._federation, await self._grant_of(request)
        wishes, orders = wishes_of(request.headers), federation.orders.on
        if (wishes.fresh or wishes.trace) and grant.holder is None and not self._arrangement.demo:
            raise RequestRefused("FORBIDDEN", SIGN_IN_FIRST["zh"], SIGN_IN_FIRST["en"], 403)
        if Switch.ANONYMOUS_OFF in orders and grant.holder is None:
            raise Unauthenticated(ANONYMOUS_OFF["zh"], ANONYMOUS_OFF["en"], 401, "Bearer")
        return Context(
            grant=grant,
            reader=Reader(federation.database, grant.keys),
            index=federation.index,
            sources=await self._sources_for(request),
            sealer=federation.sealer,
            reaper=federation.reaper,
            deadline=asyncio.get_running_loop().time() + wishes.seconds(self._settings.request_deadline_ms),
            now=datetime.now(UTC),
            public_url=self._settings.public_url or str(request.base_url).rstrip("/"),
            catalog=federation.catalog,
            forget=federation.forget,
            sign_on=self.sign_on,
            withdrawn=federation.withdrawn,
            blocked=federation.blocked,
            freshness=federation.freshness,
            fresh=wishes.fresh,
            trace=Trace() if wishes.trace else None,
            stored_only=Switch.STORED_ONLY in orders,
            read_only=Switch.READ_ONLY in orders,
        )

    async def _grant_of(self, request: Request) -> Grant:
        if "authorization" not in request.headers and "cookie" not in request.headers:
            return self._arrangement.anonymous
        try:
            return await self.sign_on.resource_server.grant_of(request)
        except TokenRefused as error:
            raise Unauthenticated(error.message.zh, error.message.en, error.status, error.challenge()) from error
        except IssuerUnreachable as error:
            raise Unverifiable(error.message.zh, error.message.en, error.seconds) from error

    async def _sources_for(self, request: Request) -> Sources:
        """The sources of a request: in the demo, a header makes some of them fail."""
        asked = request.headers.get(FAULT_HEADER)
        if asked is None:
            return self._federation.sources
        try:
            return await self._federation.failing(asked)
        except ValueError as error:
            raise RequestRefused("BAD_USER_INPUT", f"{FAULT_HEADER}：{error}", f"{FAULT_HEADER}: {error}", 400) from error


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

"""The server: what is opened, in which order, and how a request becomes a context. Closing happens in reverse."""

from __future__ import annotations

import asyncio
import gc
import logging
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.routing import Route

from auth.grant import ANONYMOUS, Grant
from auth.secrets import read_secrets
from connectors.definition import Definition, parse_definition
from connectors.errors import DefinitionInvalid, Problem
from connectors.registry import Surroundings, find_kind
from egress import HARVEST, LIVE, Allow, Bounds, Client
from harvest import HarvestSource, Progress, RunReport, harvest
from resolvers.context import Context, Freshness
from resolvers.pagination import Sealer
from resolvers.reaper import Reaper
from resolvers.sources import OpenSource, Sources, bind
from schema.build import build_schema
from settings import Settings
from store.catalog import Catalog
from store.database import Database
from store.errors import LeaseHeld
from store.reader import Reader
from store.sources import HarvestFacts
from store.sources import Sources as Registry
from transport.documents import Documents
from transport.errors import RequestRefused
from transport.graphql import GraphQLEndpoint
from transport.health import health_routes
from transport.host import HostGuard
from transport.language import Language
from transport.limits import Limits
from transport.prices import PRICES
from transport.published import published_routes
from transport.record_page import record_route

PURPOSE = "purpose"
"""The fact that tells a store of the demo from one of real records."""

FAULT_HEADER = "huiju-demo-fault"

LOOK_EVERY = 5.0
"""Seconds between two looks at what is due."""

NEVER_HARVESTED = HarvestFacts()

_log = logging.getLogger(__name__)


class StoreRefused(RuntimeError):
    """The store belongs to the demo and real sources were to be served from it, or the other way round."""


@dataclass(frozen=True, slots=True)
class Document:
    """A definition as text, what to call it in a complaint, and the directory of the files that it names."""

    text: str
    name: str
    directory: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """What a server federates.

    `allow` gives the private addresses that a source's own client may reach; `faults` is the demo's switch: the documents of the sources
    that a header makes fail. It raises ValueError for what it cannot read.
    """

    documents: Sequence[Document]
    sqlite_directory: Path | None = None
    allow: Callable[[Definition], Allow]
    anonymous: Grant = ANONYMOUS
    faults: Callable[[str], Sequence[Document]] | None = None
    demo: bool = False


def arrange(settings: Settings) -> Arrangement:
    """Federate the definitions that lie in the settings' directory. Raises DefinitionInvalid when one is read."""
    paths = sorted(settings.definitions_dir.glob("*.toml")) if settings.definitions_dir.is_dir() else []
    return Arrangement(
        documents=tuple(Document(path.read_text("utf-8"), path.name, path.parent) for path in paths),
        sqlite_directory=settings.sqlite_dir,
        allow=lambda definition: _allowed(settings, definition),
    )


def create_app(settings: Settings, arrangement: Arrangement) -> Starlette:
    """Make the application; everything is opened when its lifespan begins."""
    schema = build_schema()
    runtime = Runtime(settings, arrangement)
    endpoint = GraphQLEndpoint(schema._schema, Documents(schema._schema, Limits(), PRICES), runtime.context_for, language=settings.lang)
    return Starlette(
        routes=[
            Route("/graphql", endpoint.respond, methods=["GET", "POST"]),
            record_route(runtime.context_for, settings.lang),
            *health_routes(runtime.ready),
            *published_routes(schema._schema, schema.as_str() + "\n"),
        ],
        middleware=[Middleware(HostGuard, public_url=settings.public_url, listens=settings.host)],
        lifespan=runtime.lifespan,
    )


async def serve_until_stopped(application: Starlette, settings: Settings, announce: Callable[[int], None] | None = None) -> None:
    """Open everything, serve until a signal, close everything; `announce` is told the port as soon as it is taken.

    Raises OSError where the address cannot be listened on, and StoreRefused, DefinitionInvalid or KeyFileInvalid at the start.
    """
    with listening(settings.host, settings.port) as listener:
        if announce is not None:
            announce(listener.getsockname()[1])
        await _serve(application, settings, listener)


def listening(host: str, port: int) -> socket.socket:
    """Take an address, before anything is opened. Raises OSError that names it."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    # With the protocol left open, asyncio does not switch Nagle's algorithm off, and small answers wait 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise OSError(
            f"cannot listen on {host}:{port} ({error.strerror}): stop what listens there, or choose another HUIJU_PORT"
        ) from error
    return listener


async def _serve(application: Starlette, settings: Settings, listener: socket.socket) -> None:
    async with application.router.lifespan_context(application):
        # What is open now stays; a request's own values are mostly gone before a collection would look at them.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)
        await uvicorn.Server(uvicorn_config(application, settings)).serve(sockets=[listener])


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
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )


class Runtime:
    """Everything that is open while the server runs."""

    def __init__(self, settings: Settings, arrangement: Arrangement) -> None:
        self._settings = settings
        self._arrangement = arrangement
        self._variants: dict[str, asyncio.Future[OpenSource]] = {}
        self._freshness: Mapping[str, Freshness] = {}
        self._tried: set[str] = set()

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Open the store, the sources and the harvest; close them in reverse. Raises StoreRefused, DefinitionInvalid, KeyFileInvalid."""
        async with AsyncExitStack() as stack:
            await self.open(stack)
            harvesting = asyncio.create_task(self._harvest_forever())
            stack.push_async_callback(_end, harvesting)
            yield

    async def open(self, stack: AsyncExitStack) -> None:
        """Open the store and every source on `stack`."""
        settings, arrangement = self._settings, self._arrangement
        self._stack = stack
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        self._sealer = Sealer(read_secrets(settings.secret_key_file))
        self._database = Database.open(settings.database_url)
        stack.push_async_callback(self._database.aclose)
        await self._database.migrate()
        await self._claim()
        self._reaper = Reaper()
        stack.push_async_callback(self._reaper.aclose)
        self._registry = Registry(self._database)
        definitions = [(document, _parsed(document)) for document in arrangement.documents]
        _refuse_duplicates([definition.name for _, definition in definitions])
        for document, definition in definitions:
            await self._registry.register(document.text, name=definition.name, title=definition.title)
        self._registered = {each.name: each for each in await self._registry.all()}
        self._sources = Sources([await self._open_source(*each, LIVE if each[1].mode == "live" else HARVEST) for each in definitions])

    async def ready(self) -> dict[str, bool]:
        """The checks of `/readyz`: the store answers, and every harvested source has been tried once."""
        harvested = all(source.live or source.key in self._tried for source in self._sources)
        try:
            await self._database.ping()
        except Exception:  # noqa: BLE001 - whatever the driver says, the store does not answer
            return {"store": False, "harvest": harvested}
        return {"store": True, "harvest": harvested}

    async def context_for(self, request: Request, lang: Language) -> Context:
        """Build what a request may use. Everybody has the anonymous grant until sign-on exists."""
        grant = self._arrangement.anonymous
        return Context(
            grant=grant,
            reader=Reader(self._database, grant.keys),
            sources=await self._sources_for(request),
            sealer=self._sealer,
            reaper=self._reaper,
            deadline=asyncio.get_running_loop().time() + self._settings.request_deadline_ms / 1000,
            now=datetime.now(UTC),
            public_url=self._settings.public_url or str(request.base_url).rstrip("/"),
            freshness=self._freshness,
        )

    async def _claim(self) -> None:
        """Keep the demo's records and real ones apart. Raises StoreRefused."""
        meant = "demo" if self._arrangement.demo else "real"
        found = await self._database.fact(PURPOSE)
        if found not in (None, meant):
            advice = "choose another HUIJU_DATA_DIR or HUIJU_DATABASE_URL"
            raise StoreRefused(f"this store holds {found} records and cannot serve {meant} ones: {advice}")
        await self._database.set_fact(PURPOSE, meant)

    async def _open_source(self, document: Document, definition: Definition, bounds: Bounds) -> OpenSource:
        kind = find_kind(definition.connector)
        if kind is None:
            raise AssertionError(definition.connector)
        allow, sqlite = self._arrangement.allow(definition), self._arrangement.sqlite_directory
        client = await self._stack.enter_async_context(Client(bounds=bounds, allow=allow))
        surroundings = Surroundings(client=client, directory=document.directory, sqlite_directory=sqlite, allow=allow)
        connector = await kind.open(definition, surroundings)
        self._stack.push_async_callback(connector.aclose)
        registered = self._registered[definition.name]
        keys = {name: each.key for name, each in self._registered.items()}
        binding = bind(registered.key, definition, version=registered.version, keys_by_name=keys)
        return OpenSource(registered.key, definition, binding, connector)

    async def _sources_for(self, request: Request) -> Sources:
        """The sources of a request: in the demo, a header makes some of them fail."""
        asked = request.headers.get(FAULT_HEADER)
        faults = self._arrangement.faults
        if asked is None or faults is None:
            return self._sources
        try:
            documents = faults(asked)
        except ValueError as error:
            raise RequestRefused("BAD_USER_INPUT", f"{FAULT_HEADER}：{error}", f"{FAULT_HEADER}: {error}", 400) from error
        return self._sources.replacing([await self._variant(document) for document in documents])

    async def _variant(self, document: Document) -> OpenSource:
        opening = self._variants.get(document.text)
        if opening is None:
            definition = _parsed(document)
            opening = self._variants[document.text] = asyncio.ensure_future(self._open_source(document, definition, LIVE))
        return await asyncio.shield(opening)

    async def harvest(self, source: OpenSource, *, confirm: bool = False, progress: Callable[[Progress], None] | None = None) -> RunReport:
        """Copy one source into the catalog now. Raises LeaseHeld where another process does."""
        taken = HarvestSource.of(source.definition, source.binding, source.connector)
        report = await harvest(taken, Catalog(self._database), confirm=confirm, progress=progress)
        _log.log(logging.WARNING if report.error else logging.INFO, "%s", report.line())
        return report

    def harvested(self, name: str | None = None) -> list[OpenSource]:
        """The sources that are copied, all or the one of that name. Raises LookupError where there is none."""
        found = [source for source in self._sources if source.definition.mode == "harvest" and name in (None, source.name)]
        if name is not None and not found:
            raise LookupError(name)
        return found

    async def _harvest_forever(self) -> None:
        """Harvest what is due, and learn what the catalog holds."""
        while True:
            due = await self._learn()
            for source in due:
                try:
                    await self.harvest(source)
                except LeaseHeld:
                    _log.info("%s is being harvested by another process", source.name)
                except Exception:  # noqa: BLE001 - one source must not keep the others from being copied
                    _log.exception("%s: the harvest failed", source.name)
                self._tried.add(source.key)
            if due:
                await self._learn()
            await asyncio.sleep(LOOK_EVERY)

    async def _learn(self) -> list[OpenSource]:
        """Look up how old the catalog's copies are; the sources that are due."""
        facts = await self._registry.facts()
        now = datetime.now(UTC)
        due: list[OpenSource] = []
        freshness: dict[str, Freshness] = {}
        for source in self.harvested():
            known = facts.get(source.key, NEVER_HARVESTED)
            every = timedelta(seconds=source.definition.schedule.every)
            stale = known.complete_at is None or now - known.complete_at > 2 * every
            freshness[source.key] = Freshness(known.complete_at, stale, known.last_run)
            next_due = known.last_run.next_due if known.last_run is not None else None
            if next_due is None or next_due <= now:
                due.append(source)
            else:
                self._tried.add(source.key)
        self._freshness = freshness
        return due


def _parsed(document: Document) -> Definition:
    try:
        return parse_definition(document.text)
    except DefinitionInvalid as error:
        raise DefinitionInvalid(tuple(replace(each, place=f"{document.name}: {each.place}") for each in error.problems)) from error


def _refuse_duplicates(names: Sequence[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            problem = Problem("name", repr(name), f"{times} definitions have this name", "rename all but one")
            raise DefinitionInvalid((problem,))


def _allowed(settings: Settings, definition: Definition) -> Allow:
    """Of the administrator's private addresses, those with the port that the source names."""
    address = urlsplit(getattr(definition.connection, "url", ""))
    port = address.port or {"http": 80, "https": 443}.get(address.scheme)
    return Allow([pair for pair in settings.allow_private if pair[1] == port])


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def harvest_now(
    settings: Settings,
    arrangement: Arrangement,
    name: str | None,
    *,
    confirm: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> list[RunReport]:
    """Copy the harvested sources, all or the one of that name, and return. Raises LookupError where there is none, LeaseHeld."""
    async with AsyncExitStack() as stack:
        runtime = Runtime(settings, arrangement)
        await runtime.open(stack)
        return [await runtime.harvest(source, confirm=confirm, progress=progress) for source in runtime.harvested(name)]

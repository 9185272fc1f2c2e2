"""What a process holds open: the store, the registry, and every source behind its connector."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

from auth.secrets import read_secrets
from connectors.cache import Memory, Namespace, Remote, Shelf
from connectors.credentials.keeping import Keeper, needed
from connectors.definition import Definition, parse_definition
from connectors.errors import DefinitionInvalid, Problem, SourceRefused
from connectors.guards import Breaker, Health
from connectors.link import Link
from connectors.opening import opened
from connectors.protocol import Connector
from federation.accounts import Account
from federation.arrangement import Arrangement, Document
from federation.errors import StoreRefused
from federation.guarding import breaker_of, guard_harvest, guard_live, keep
from resolvers.context import Freshness
from resolvers.pagination import Sealer
from resolvers.reaper import Reaper
from resolvers.sources import OpenSource, Sources, bind
from settings import Settings
from store.catalog import Catalog
from store.database import Database
from store.feeds import FeedRows
from store.orders import Orders, forget, read_orders
from store.search.index import SearchIndex
from store.sources import RegisteredSource
from store.sources import Sources as Registry
from store.vault import Vault
from transport.metrics import Metrics

_log = logging.getLogger("huiju")

PURPOSE = "purpose"
"""The fact that tells a store of the demo from one of real records."""

INDEX = "index"
"""The directory of this node's search index, in the data directory."""


async def prepare(settings: Settings, arrangement: Arrangement) -> None:
    """Make the key file and the tables, register what is federated, add the demo's people; once, before any process opens it.

    Raises StoreRefused, DefinitionInvalid, KeyFileInvalid.
    """
    definitions = _read(arrangement)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    read_secrets(settings.secret_key_file)
    database = Database.open(settings.database_url)
    try:
        await database.migrate()
        await _claim(database, "demo" if arrangement.demo else "real")
        registry = Registry(database)
        for document, definition in definitions:
            key = await _renamed(registry, definition)
            await registry.register(document.text, name=definition.name, title=definition.title, key=key)
        if arrangement.people is not None:
            await arrangement.people(database)
    finally:
        await database.aclose()


class Federation:
    """Everything that is open while a process serves or harvests.

    `freshness`, by source key, `withdrawn`, the ids that live sources may still give, `blocked`, the terms that are not suggested, and
    `orders` are kept by `Following`.
    """

    freshness: Mapping[str, Freshness]
    withdrawn: frozenset[str]
    orders: Orders
    blocked: frozenset[str]

    def __init__(self, settings: Settings, arrangement: Arrangement, metrics: Metrics | None = None) -> None:
        self._settings = settings
        self._metrics = metrics
        self._arrangement = arrangement
        self._variants: dict[str, asyncio.Future[OpenSource]] = {}
        self.freshness = {}
        self.withdrawn = frozenset()
        self.orders = Orders()
        self._shelf: Shelf | None = None
        self._link: Link | None = None
        self.blocked = frozenset()

    async def open(self, stack: AsyncExitStack) -> None:
        """Open the store, which `prepare` has made, and every source on `stack`. Raises DefinitionInvalid, KeyFileInvalid."""
        settings, arrangement = self._settings, self._arrangement
        self._stack = stack
        self.secrets = read_secrets(settings.secret_key_file)
        self.sealer = Sealer(self.secrets)
        self.database = Database.open(settings.database_url)
        self._vault = Vault(self.database, self.secrets)
        stack.push_async_callback(self.database.aclose)
        self.catalog = Catalog(self.database)
        self.index_directory = settings.data_dir / INDEX
        self.index = SearchIndex(self.index_directory)
        stack.callback(self.index.close)
        self.orders = await read_orders(self.database)
        self.reaper = Reaper()
        stack.push_async_callback(self.reaper.aclose)
        self.registry = Registry(self.database)
        if settings.redis_url is not None:
            self._link = Link(settings.redis_url)
            stack.push_async_callback(self._link.aclose)
        self._registered = {each.name: each for each in await self.registry.all()}
        definitions = _read(arrangement)
        self.sources = Sources([await self._open_source(*each) for each in definitions])

    def pushed(self) -> list[OpenSource]:
        """The sources that push to us."""
        return [source for source in self.sources if source.definition.mode == "push"]

    def copied(self) -> list[OpenSource]:
        """The sources that the catalog holds copies of: harvested and pushed ones."""
        return [*self.harvested(), *self.pushed()]

    def harvested(self, name: str | None = None) -> list[OpenSource]:
        """The sources that are copied, all or the one of that name. Raises LookupError where there is none."""
        found = [source for source in self.sources if source.definition.mode == "harvest" and name in (None, source.name)]
        if name is not None and not found:
            raise LookupError(name)
        return found

    async def forget(self, sources: Collection[str], by: str) -> None:
        """Empty the cache of some sources (their keys) on every node, here before this returns; `by` is the actor for the audit log."""
        await forget(self.database, sources, by=by)
        self.orders = await read_orders(self.database)

    async def failing(self, asked: str) -> Sources:
        """The sources with those failing that `asked` names (`guangdong=hang`), in the demo. Raises ValueError for what cannot be read."""
        faults = self._arrangement.faults
        documents = () if faults is None else faults(asked)
        return self.sources.replacing([await self._variant(document) for document in documents])

    async def _open_source(self, document: Document, definition: Definition) -> OpenSource:
        registered = self._registered[definition.name]
        keeper = self._vault.of(registered.key)
        breaker = breaker_of(definition)
        health = Health(breaker if definition.mode == "live" else None)
        opening = opened(
            definition,
            allow=self._arrangement.allow(definition),
            directory=document.directory,
            sqlite_directory=self._arrangement.sqlite_directory,
            keeper=keeper,
            pushed=FeedRows(self.database, registered.key) if definition.mode == "push" else None,
            guard=lambda connector: self._guarded(connector, definition, registered, breaker, health),
        )
        connector = await self._stack.enter_async_context(opening)
        await _tell_missing(definition, keeper)
        keys = {name: each.key for name, each in self._registered.items()}
        binding = bind(registered.key, definition, version=registered.version, keys_by_name=keys)
        return OpenSource(registered.key, definition, binding, connector, health)

    def _guarded(
        self, connector: Connector, definition: Definition, registered: RegisteredSource, breaker: Breaker, health: Health
    ) -> Connector:
        """Put the guards and the cache before a source, by its definition."""
        account = Account(definition.name, health, self._metrics, breaker)
        key = registered.key
        namespace = Namespace(key, registered.version, lambda: self.orders.generations.get(key, 0))
        if definition.mode != "live":
            return guard_harvest(connector, definition, account, namespace, self._link)
        budget = self._settings.request_deadline_ms / 1000
        guarded = guard_live(connector, definition, breaker, account, budget, namespace, self._link)
        return keep(guarded, definition, self._kept_on(), namespace, account, budget)

    def _kept_on(self) -> Shelf:
        """The record cache of this process, opened when the first source needs it."""
        if self._shelf is None:
            remote = Remote(self._link) if self._link is not None else None
            self._shelf = Shelf(Memory(self._settings.cache_mb * 1_000_000), remote)
        return self._shelf

    async def _variant(self, document: Document) -> OpenSource:
        opening = self._variants.get(document.text)
        if opening is None:
            definition = _parsed(document)
            opening = self._variants[document.text] = asyncio.ensure_future(self._open_source(document, definition))
        return await asyncio.shield(opening)


async def _claim(database: Database, meant: str) -> None:
    """Keep the demo's records and real ones apart. Raises StoreRefused."""
    found = await database.fact(PURPOSE)
    if found not in (None, meant):
        advice = "choose another HUIJU_DATA_DIR or HUIJU_DATABASE_URL"
        raise StoreRefused(f"this store holds {found} records and cannot serve {meant} ones: {advice}")
    await database.set_fact(PURPOSE, meant)


async def _renamed(registry: Registry, definition: Definition) -> str | None:
    """The key of a source that comes under a new name for the first time."""
    if definition.renamed_from is None or await registry.by_name(definition.name) is not None:
        return None
    before = await registry.by_name(definition.renamed_from)
    return before.key if before is not None else None


def _read(arrangement: Arrangement) -> list[tuple[Document, Definition]]:
    definitions = [(document, _parsed(document)) for document in arrangement.documents]
    _refuse_duplicates([definition.name for _, definition in definitions])
    for document, definition in definitions:
        if definition.renamed_from in {other.name for _, other in definitions}:
            place = f"{document.name}: renamed_from"
            advice = "take the other definition away, or leave this key out"
            raise DefinitionInvalid((Problem(place, str(definition.renamed_from), "another definition still has this name", advice),))
    return definitions


def _parsed(document: Document) -> Definition:
    try:
        return parse_definition(document.text)
    except DefinitionInvalid as error:
        raise DefinitionInvalid(tuple(replace(each, place=f"{document.name}: {each.place}") for each in error.problems)) from error


async def _tell_missing(definition: Definition, keeper: Keeper) -> None:
    """A secret that is not set keeps one source from answering, and no other; it may be set while the server runs."""
    names = definition.credentials.secrets if definition.credentials is not None else ()
    try:
        await needed(keeper, names)
    except SourceRefused:
        lacking = ", ".join(names)
        _log.warning("%s: secrets are not set (%s): huiju source credential set %s FIELD", definition.name, lacking, definition.name)


def _refuse_duplicates(names: Sequence[str]) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            problem = Problem("name", repr(name), f"{times} definitions have this name", "rename all but one")
            raise DefinitionInvalid((problem,))

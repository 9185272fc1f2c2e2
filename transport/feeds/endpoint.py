"""`POST /feeds/{source}` takes a push or a part of one; GET tells how far a push is, and repeats receipts; DELETE gives one up."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from math import ceil
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from connectors.feed.definition import FeedConnection, FeedSection
from connectors.protocol import Collection
from harvest.intake import receipt
from resolvers.sources import OpenSource
from store.away import RETRY_AFTER, unusable
from store.catalog import Catalog
from store.errors import LeaseHeld, PushRefused
from store.push_secrets import PushSecrets
from store.pushes import Pushes
from transport.feeds.answers import receipt_response
from transport.feeds.asking import body_form, parse
from transport.feeds.bodies import Body
from transport.feeds.problems import FeedProblem
from transport.feeds.taking import Receipt, Taking, busy
from transport.language import Language, preferred

AT_ONCE = 8
"""Pushes that one process takes at the same time."""

_MINUTE = 60.0
_LONGEST_NAME, _LONGEST_SECRET = 100, 200
_log = logging.getLogger(__name__)


class FeedEndpoint:
    """The feeds. `source_of` finds an open source by name, `catalog` gives what is written to, `read_only` tells of a pause."""

    def __init__(
        self,
        source_of: Callable[[str], OpenSource | None],
        catalog: Callable[[], Catalog],
        read_only: Callable[[], bool],
        *,
        language: Language,
    ) -> None:
        self._source_of = source_of
        self._read_only = read_only
        self._catalog = catalog
        self._language = language
        self._begun: dict[str, deque[float]] = {}
        self._under_way = 0

    async def respond(self, request: Request) -> Response:
        """Answer a request; nothing that is sent makes this raise."""
        lang = preferred(request.headers.get("accept-language"), self._language)
        docs = f"{str(request.base_url).rstrip('/')}/docs/feeds"
        try:
            source = await self._authenticated(request)
            if request.method == "POST" and self._read_only():
                raise FeedProblem("read-only")
            answer = {"POST": self._take, "DELETE": self._give_up}.get(request.method, self._tell)
            return await answer(request, source, lang)
        except FeedProblem as problem:
            return problem.response(lang, docs)
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception as error:  # noqa: BLE001 - the last word: no input may end in a traceback
            _log.exception("a push could not be answered")
            away = unusable(error) is not None
            return (FeedProblem("store-unavailable", retry_after=RETRY_AFTER) if away else FeedProblem("internal")).response(lang, docs)

    async def _authenticated(self, request: Request) -> OpenSource:
        """The source that the secret opens; a name that does not exist is answered as a wrong secret."""
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        name = request.path_params["source"]
        opens = await PushSecrets(self._catalog().database).opens(name[:_LONGEST_NAME], secret.strip()[:_LONGEST_SECRET])
        source = self._source_of(name)
        if not opens or scheme.lower() != "bearer" or source is None or source.definition.mode != "push":
            raise FeedProblem("unauthenticated")
        return source

    async def _take(self, request: Request, source: OpenSource, lang: Language) -> Response:
        asked = parse(request.query_params.multi_items())
        section = _section(source, asked.collection)
        connection: FeedConnection = source.definition.connection
        form = body_form(request.headers, connection)
        self._refuse_haste(source.name, connection.requests_per_minute)
        if self._under_way >= AT_ONCE:
            raise FeedProblem("crowded", retry_after=5)
        self._under_way += 1
        try:
            found = await Taking(source, self._catalog(), asked).take(Body(request.stream(), connection.max_body), form)
        finally:
            self._under_way -= 1
        return receipt_response(found, asked.shown, lang, request.headers.get("accept", ""), section.report)

    async def _tell(self, request: Request, source: OpenSource, lang: Language) -> Response:
        """How far a push is; with `part`, the receipt of that part."""
        asked = parse(request.query_params.multi_items())
        name = asked.push or ""
        pushes = Pushes(self._catalog().database, source.key, self._catalog().clock)
        state = await pushes.state(name)
        if state is None:
            raise FeedProblem("unknown-push", push=name)
        if "part" in request.query_params:
            part = await pushes.part(name, asked.part)
            if part is None:
                raise FeedProblem("unknown-push", push=name)
            found = Receipt(orjson.loads(part.summary), receipt(pushes, part.push, part.part))
            report = _section(source, Collection(state.collection)).report
            return receipt_response(found, asked.shown, lang, request.headers.get("accept", ""), report)
        told = {
            "push": state.name,
            "collection": state.collection,
            "mode": "snapshot" if state.snapshot else "delta",
            "state": state.state,
            "parts": state.parts,
            "next_part": state.parts + 1 if state.state == "open" else None,
            "began": state.began.isoformat(),
            "finished": None if state.finished is None else state.finished.isoformat(),
        }
        return JSONResponse(told, headers={"cache-control": "no-store"})

    async def _give_up(self, request: Request, source: OpenSource, _lang: Language) -> Response:
        """End a push that its sender will not go on with."""
        name, catalog = request.query_params.get("push", ""), self._catalog()
        try:
            known = await Pushes(catalog.database, source.key, catalog.clock).abandon(name)
        except LeaseHeld as held:
            raise busy(held, catalog.clock()) from held
        except PushRefused as refused:
            raise FeedProblem(f"push-{refused.reason}", push=name[:_LONGEST_NAME], expected=refused.expected) from refused
        if not known:
            raise FeedProblem("unknown-push", push=name[:_LONGEST_NAME])
        return Response(status_code=204)

    def _refuse_haste(self, name: str, most: int) -> None:
        now = asyncio.get_running_loop().time()
        begun = self._begun.setdefault(name, deque())
        while begun and begun[0] <= now - _MINUTE:
            begun.popleft()
        if len(begun) >= most:
            raise FeedProblem("rate", retry_after=max(1, ceil(begun[0] + _MINUTE - now)), most=most)
        begun.append(now)


def _section(source: OpenSource, collection: Collection) -> FeedSection:
    section: Any = source.definition.section(collection)
    if not isinstance(section, FeedSection):
        known = ", ".join(each for each, _ in source.definition.sections())
        raise FeedProblem("collection", collection=collection.value, known=known)
    return section

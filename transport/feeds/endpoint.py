"""`POST /feeds/{source}` takes a push or a part of one; GET tells how far a push is, and repeats receipts."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Callable
from datetime import timedelta
from math import ceil
from typing import Any

import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from connectors.feed.definition import FeedConnection
from harvest.errors import SweepRefused
from harvest.intake import Intake, Taken, receipt
from harvest.lease import renewing
from harvest.source import HarvestSource
from resolvers.sources import OpenSource
from store.catalog import Catalog
from store.errors import LeaseHeld, LeaseLost, PushRefused
from store.harvests import Harvests
from store.push_secrets import PushSecrets
from store.pushes import Part, Push, Pushes
from transport.feeds.answers import receipt_response
from transport.feeds.asking import Asked, body_form, parse
from transport.feeds.bodies import Body
from transport.feeds.problems import FeedProblem
from transport.language import Language, preferred

LEASE = timedelta(seconds=60)
"""How long a push that was killed keeps others away."""

AT_ONCE = 8
"""Pushes that one process takes at the same time."""

_MINUTE = 60.0
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
        try:
            source = await self._authenticated(request)
            if request.method == "POST" and self._read_only():
                raise FeedProblem("read-only")
            if request.method == "POST":
                return await self._post(request, source, lang)
            return await self._get(request, source, lang)
        except FeedProblem as problem:
            return problem.response(lang, _docs(request))
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception:  # noqa: BLE001 - the last word: no input may end in a traceback
            _log.exception("a push could not be answered")
            return FeedProblem("internal").response(lang, _docs(request))

    async def _authenticated(self, request: Request) -> OpenSource:
        """The source that the secret opens; a name that does not exist is answered as a wrong secret."""
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        name = request.path_params["source"]
        opens = await PushSecrets(self._catalog().database).opens(name[:100], secret.strip()[:200])
        source = self._source_of(name)
        if not opens or scheme.lower() != "bearer" or source is None or source.definition.mode != "push":
            raise FeedProblem("unauthenticated")
        return source

    async def _get(self, request: Request, source: OpenSource, lang: Language) -> Response:
        """How far a push is; with `part`, the receipt of that part."""
        name, part = request.query_params.get("push", ""), request.query_params.get("part")
        catalog = self._catalog()
        pushes = Pushes(catalog.database, source.key, catalog.clock)
        state = await pushes.state(name)
        if state is None:
            raise FeedProblem("unknown-push", push=name[:100])
        if part is not None:
            found = await pushes.part(name, int(part[:9])) if part.isascii() and part.isdigit() else None
            if found is None:
                raise FeedProblem("unknown-push", push=name[:100])
            shown = parse([(key, value) for key, value in request.query_params.multi_items() if key == "receipt"]).shown
            return receipt_response(
                orjson.loads(found.summary), receipt(pushes, found.push, found.part), shown, lang, request.headers.get("accept", "")
            )
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

    async def _post(self, request: Request, source: OpenSource, lang: Language) -> Response:
        asked = parse(request.query_params.multi_items())
        connection: FeedConnection = source.definition.connection
        if source.definition.section(asked.collection) is None:
            known = ", ".join(collection for collection, _ in source.definition.sections())
            raise FeedProblem("collection", collection=asked.collection.value, known=known)
        form = body_form(request.headers, connection)
        self._refuse_haste(source.name, connection.requests_per_minute)
        if self._under_way >= AT_ONCE:
            raise FeedProblem("crowded", retry_after=5)
        self._under_way += 1
        try:
            body = Body(request.stream(), connection.max_body)
            catalog = self._catalog()
            harvested = HarvestSource.of(source.definition, source.binding, source.connector)
            accept = request.headers.get("accept", "")
            if asked.dry_run:
                intake = Intake(harvested, catalog, asked.collection, None, snapshot=asked.snapshot)
                async for rows in body.batches(form, connection):
                    await intake.take(rows)
                head = _head(source, asked, "", intake.taken(), complete=False)
                return receipt_response(head, intake.lines(), asked.shown, lang, accept)
            pushes = Pushes(catalog.database, source.key, catalog.clock)
            name = asked.push or f"huiju-{secrets.token_hex(8)}"
            begun = await self._begin(pushes, name, asked, source)
            if isinstance(begun, Part):
                await body.drain()
                if body.digest != begun.digest:
                    raise FeedProblem("part-differs", push=name, part=begun.part)
                return receipt_response(orjson.loads(begun.summary), receipt(pushes, begun.push, begun.part), asked.shown, lang, accept)
            intake = Intake(harvested, catalog, asked.collection, begun, snapshot=asked.snapshot)
            try:
                async with renewing(Harvests(catalog.database, catalog.clock), begun.run):
                    await intake.begin()
                    async for rows in body.batches(form, connection):
                        await intake.take(rows)
                    if asked.last:
                        await intake.sweep(confirm=asked.confirm)
                    head = _head(source, asked, name, intake.taken(), complete=asked.last)
                    if asked.last:
                        await pushes.complete(begun, body.digest, orjson.dumps(head), catalog.clock() + harvested.every)
                        await pushes.forget_older()
                    else:
                        await pushes.receive(begun, body.digest, orjson.dumps(head))
            except LeaseLost as error:
                raise FeedProblem("taken-over") from error
            except SweepRefused as refused:
                await self._stop(pushes, begun, asked, str(refused))
                raise FeedProblem("sweep-refused", push=name, unmet=refused.unmet, total=refused.total) from refused
            except BaseException as error:
                await asyncio.shield(self._stop(pushes, begun, asked, f"it broke off: {type(error).__name__}"))
                raise
            return receipt_response(head, intake.lines(), asked.shown, lang, accept)
        finally:
            self._under_way -= 1

    async def _begin(self, pushes: Pushes, name: str, asked: Asked, source: OpenSource) -> Push | Part:
        try:
            return await pushes.begin(
                name,
                asked.part,
                collection=asked.collection,
                snapshot=asked.snapshot,
                version=source.binding.version,
                lease=LEASE,
            )
        except LeaseHeld as held:
            seconds = ceil((held.until - self._catalog().clock()).total_seconds())
            raise FeedProblem("busy", retry_after=max(1, min(seconds, 60))) from held
        except PushRefused as refused:
            raise FeedProblem(f"push-{refused.reason}", push=name, expected=refused.expected) from refused

    async def _stop(self, pushes: Pushes, push: Push, asked: Asked, error: str) -> None:
        """A push that has a name may be gone on with; another one is over."""
        if asked.push is not None:
            await pushes.pause(push)
        else:
            await pushes.give_up(push, error, self._catalog().clock())

    def _refuse_haste(self, name: str, most: int) -> None:
        now = asyncio.get_running_loop().time()
        begun = self._begun.setdefault(name, deque())
        while begun and begun[0] <= now - _MINUTE:
            begun.popleft()
        if len(begun) >= most:
            raise FeedProblem("rate", retry_after=max(1, ceil(begun[0] + _MINUTE - now)), most=most)
        begun.append(now)


def _head(source: OpenSource, asked: Asked, name: str, taken: Taken, *, complete: bool) -> dict[str, Any]:
    return {
        "push": name or None,
        "source": source.name,
        "collection": asked.collection.value,
        "mode": "snapshot" if asked.snapshot else "delta",
        "part": asked.part,
        "complete": complete,
        "dry_run": asked.dry_run,
        "durable": not asked.dry_run,
        "searchable_within_seconds": None if asked.dry_run else 2,
        "summary": {
            "rows": taken.rows,
            **taken.counts,
            "deleted_by_snapshot": taken.swept,
            "nothing_deleted_for_rows_without_key": taken.kept,
            "values_left_empty": taken.left_empty,
        },
    }


def _docs(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/docs/feeds"

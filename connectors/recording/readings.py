"""Readings on a tape, for kinds that open sockets of their own: which rows a question gave."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import asdict
from datetime import datetime
from typing import Any

from connectors.errors import SourceError, SourceUnavailable
from connectors.protocol import Batch, Collection, Connector, Item, Key, Query, Spoiled, Supports
from connectors.recording.exchanges import failure
from connectors.recording.redaction import Redactor
from connectors.recording.tape import Played, Tape
from store.ordering import Order


class RecordingConnector:
    """Reads by `inner`, and writes down each question with the batches that were taken of its answer."""

    def __init__(self, inner: Connector, tape: Tape) -> None:
        self._inner, self._tape = inner, tape
        self._cursors: dict[str, str] = {}
        self.supports = inner.supports

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        """Yield batches, and write them down when no more are asked for."""
        taken: list[dict[str, Any]] = []
        failed: SourceError | None = None
        try:
            async with aclosing(self._inner.read(query)) as batches:
                async for batch in batches:
                    taken.append(self._batch(batch))
                    yield batch
        except SourceError as error:
            failed = error
            raise
        finally:
            told = {} if failed is None else {"failed": {"error": type(failed).__name__, "reason": failed.reason}}
            redactor = self._tape.redactor
            self._tape.add(redactor.value(_asked(query, self._cursors)), {"answered": taken, **told})

    async def aclose(self) -> None:
        """Close what is read by."""
        await self._inner.aclose()

    def _batch(self, batch: Batch) -> dict[str, Any]:
        redactor = self._tape.redactor
        cursor = batch.cursor
        if cursor is not None:  # it may hold a key, and nobody could read it
            cursor = self._cursors.setdefault(cursor, f"cursor-{len(self._cursors) + 1}")
        return {
            "items": [{"key": _key(item.key, redactor), "row": redactor.value(_plain(item.native))} for item in batch.items],
            "cursor": cursor,
            "gone": [_key(key, redactor) for key in batch.gone],
            "total": batch.total,
            "date": batch.date.isoformat() if batch.date is not None else None,
            "spoiled": [[None if each.key is None else _key(each.key, redactor), each.reason] for each in batch.spoiled],
        }


class RecordedConnector:
    """Gives the rows of a recording. What was not recorded raises SourceUnavailable("not_recorded")."""

    def __init__(self, played: Played) -> None:
        self._played = played
        self.supports: Mapping[Collection, Supports] = {
            Collection(name): _supports(told) for name, told in played.about.get("supports", {}).items()
        }

    async def read(self, query: Query) -> AsyncGenerator[Batch, None]:
        """Yield the batches that were taken; where more are wanted than that, the recording does not have them."""
        found = self._played.answer(_asked(query, {}))
        if found is None:
            raise SourceUnavailable("not_recorded")
        for told in found["answered"]:
            yield Batch(
                items=[Item(_tuple(each["key"]), _bytes(each["row"])) for each in told["items"]],
                cursor=told["cursor"],
                gone=[_tuple(key) for key in told["gone"]],
                total=told["total"],
                date=datetime.fromisoformat(told["date"]) if told["date"] else None,
                spoiled=[Spoiled(None if key is None else _tuple(key), reason) for key, reason in told["spoiled"]],
            )
        if "failed" in found:
            raise failure(found["failed"])
        if found["answered"] and found["answered"][-1]["cursor"] is not None:
            raise SourceUnavailable("not_recorded")

    async def aclose(self) -> None:
        """Nothing is open."""


def told_supports(supports: Mapping[Collection, Supports]) -> dict[str, Any]:
    """What a connector supports, as it is written down."""
    return {str(name): _plain(asdict(each)) for name, each in supports.items()}


def _supports(told: Mapping[str, Any]) -> Supports:
    orders = frozenset(Order(each) for each in told["orders"])
    return Supports(**{**told, "filters": frozenset(told["filters"]), "orders": orders})


def _asked(query: Query, cursors: Mapping[str, str]) -> dict[str, Any]:
    """The question without what it leaves open."""
    told: dict[str, Any] = _plain(asdict(query))
    told["cursor"] = cursors.get(query.cursor, query.cursor) if query.cursor is not None else None
    told["filter"] = {name: value for name, value in told["filter"].items() if value is not None}
    return {name: value for name, value in told.items() if value not in (None, {})}


def _plain(value: Any) -> Any:
    match value:
        case Mapping():
            return {str(name): _plain(each) for name, each in value.items()}
        case frozenset():
            return sorted(map(str, value))
        case list() | tuple():
            return [_plain(each) for each in value]
        case datetime():
            return value.isoformat()
        case bytes():
            return {"base64": b64encode(value).decode()}
        case str() | int() | float() | None:
            return value
    return str(value)


def _bytes(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: b64decode(value["base64"]) if isinstance(value, dict) and value.keys() == {"base64"} else value for name, value in row.items()
    }


def _key(key: Key, redactor: Redactor) -> Any:
    return [redactor.text(part) for part in key] if isinstance(key, tuple) else redactor.text(key)


def _tuple(key: Any) -> Key:
    return tuple(key) if isinstance(key, list) else str(key)

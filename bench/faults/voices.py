"""How a sound source of each kind speaks over HTTP: its definition, which page a request asks for, and the answer to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import orjson

from bench.faults.shelf import PAGE, Entry, gone

HEAD = """
name = "{name}"
title = "{name}（示例）"
tier = "national"
connector = "{kind}"
mode = "{mode}"
all_public = true
schedule = {{ every = "7d" }}
"""
"""What the definitions of all kinds begin with."""

_REST = """
[connection]
url = "{url}"
error = {{ path = "success", ok = [true] }}
[resources]
identifier = "id"
max_batch = {page}
list = {{ path = "/resources" }}
items = "list"
total = "total"
paging = {{ style = "page", param = "page", size_param = "size" }}
orders = {{ newest = {{}} }}
mapping = {{ title = "name", updated_at = "changed" }}
"""
_GRAPHQL = """
[connection]
url = "{url}/graphql"
[resources]
identifier = "id"
max_batch = {page}
field = "resources"
total = "totalCount"
orders = {{ newest = {{}} }}
mapping = {{ title = "name", updated_at = "changed" }}
"""
_OAIPMH = """
[connection]
url = "{url}/oai"
[resources]
mapping = {{ title = "metadata.oai_dc:dc[0].dc:title[0]", updated_at = "header.datestamp" }}
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its target, its body, and the page of the list that it asks for; 0 for anything that is no list."""

    target: str
    body: bytes
    page: int

    @property
    def params(self) -> Mapping[str, str]:
        """The query, the first value of each name."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}


class Answering(Protocol):
    """Gives the body of a sound answer."""

    def __call__(self, asked: Asked, entries: Sequence[Entry], rows: Sequence[Entry] | None = None, /) -> bytes: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """One kind.

    `page` finds the page that is asked for, `answer` gives the body for a shelf (and with other rows on the page than the shelf's),
    `inside` one that reports an error in a success, `nested` one of some depth, `opening` how a list begins. `in_order`: newest first.
    """

    kind: str
    definition: str
    content_type: str
    page: Callable[[Asked], int]
    answer: Answering
    inside: Callable[[str], bytes]
    nested: Callable[[int], bytes]
    opening: bytes
    in_order: bool = True

    def document(self, name: str, mode: str, url: str) -> str:
        """The definition of a source at `url`."""
        return (HEAD + self.definition).format(name=name, kind=self.kind, mode=mode, url=url, page=PAGE)


def _slice(entries: Sequence[Entry], page: int) -> Sequence[Entry]:
    return entries[(page - 1) * PAGE : page * PAGE]


def _row(entry: Entry) -> dict[str, Any]:
    return {"id": entry.key, "name": entry.title, "changed": entry.stamp}


def _rest_page(asked: Asked) -> int:
    return int(asked.params.get("page", "0"))


def _rest_answer(asked: Asked, entries: Sequence[Entry], rows: Sequence[Entry] | None = None) -> bytes:
    page = _slice(entries, asked.page) if rows is None else rows
    return orjson.dumps({"success": True, "total": len(entries), "list": [_row(each) for each in page]})


def _graphql_page(asked: Asked) -> int:
    after = (orjson.loads(asked.body or b"{}").get("variables") or {}).get("after")
    return int(after or 0) // PAGE + 1


def _graphql_answer(asked: Asked, entries: Sequence[Entry], rows: Sequence[Entry] | None = None) -> bytes:
    end = asked.page * PAGE
    page = _slice(entries, asked.page) if rows is None else rows
    edges = [{"node": _row(each)} for each in page]
    told = {"hasNextPage": end < len(entries), "endCursor": str(end)}
    return orjson.dumps({"data": {"resources": {"totalCount": len(entries), "edges": edges, "pageInfo": told}}})


def _oaipmh_page(asked: Asked) -> int:
    if asked.params.get("verb") != "ListRecords":
        return 0
    return int(asked.params.get("resumptionToken", "0")) // PAGE + 1


def _oaipmh_answer(asked: Asked, entries: Sequence[Entry], rows: Sequence[Entry] | None = None) -> bytes:
    if asked.page == 0:
        return _envelope(
            "<Identify><earliestDatestamp>2020-01-01T00:00:00Z</earliestDatestamp><deletedRecord>no</deletedRecord>"
            "<granularity>YYYY-MM-DD</granularity></Identify>"
        )
    end = asked.page * PAGE
    more = end < len(entries)
    told = f'<resumptionToken completeListSize="{len(entries)}">{end}</resumptionToken>' if more else ""
    if end - PAGE < len(entries) <= end:
        told += "".join(f'<record><header status="deleted"><identifier>{key}</identifier></header></record>' for key in gone(entries))
    page = _slice(entries, asked.page) if rows is None else rows
    return _envelope(f"<ListRecords>{''.join(map(_record, page))}{told}</ListRecords>")


def _record(entry: Entry) -> str:
    return (
        f"<record><header><identifier>{entry.key}</identifier><datestamp>{entry.stamp}</datestamp></header><metadata>"
        '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(entry.title)}</dc:title></oai_dc:dc></metadata></record>"
    )


def _envelope(body: str) -> bytes:
    return (
        '<?xml version="1.0"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        f"<responseDate>2026-09-02T00:00:00Z</responseDate>{body}</OAI-PMH>"
    ).encode()


VOICES: Mapping[str, Voice] = {
    "rest": Voice(
        kind="rest",
        definition=_REST,
        content_type="application/json",
        page=_rest_page,
        answer=_rest_answer,
        inside=lambda secret: orjson.dumps({"success": False, "code": "500", "msg": secret}),
        nested=lambda depth: b'{"success":true,"list":' + b"[" * depth + b"]" * depth + b"}",
        opening=b'{"success":true,"total":60,"list":[',
    ),
    "graphql": Voice(
        kind="graphql",
        definition=_GRAPHQL,
        content_type="application/json",
        page=_graphql_page,
        answer=_graphql_answer,
        inside=lambda secret: orjson.dumps({"data": None, "errors": [{"message": secret, "path": ["resources"]}]}),
        nested=lambda depth: b'{"data":{"resources":' + b"[" * depth + b"]" * depth + b"}}",
        opening=b'{"data":{"resources":{"edges":[',
    ),
    "oaipmh": Voice(
        kind="oaipmh",
        definition=_OAIPMH,
        content_type="text/xml",
        page=_oaipmh_page,
        answer=_oaipmh_answer,
        inside=lambda secret: _envelope(f'<error code="internalError">{secret}</error>'),
        nested=lambda depth: b"<a>" * depth + b"</a>" * depth,
        opening=b'<?xml version="1.0"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>',
        in_order=False,
    ),
}
"""The kinds that are asked over HTTP."""

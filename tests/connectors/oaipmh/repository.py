"""A repository that speaks OAI-PMH 2.0 over a real socket, exact by default, with the quirks of real ones by choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from tests.connectors.loopback import DEFINITION, Answer, Asked

NOW = "2026-11-23T08:00:00Z"
OAI = "http://www.openarchives.org/OAI/2.0/"
DC = (
    '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<dc:title>{title}</dc:title></oai_dc:dc>"
)
DOCUMENT = (
    DEFINITION.format(connector="oaipmh")
    + """
[connection]
url = "{url}/oai"
[resources]
max_batch = 100
[resources.mapping]
title = "metadata.oai_dc:dc[0].dc:title[0]"
[libraries]
list = "ListSets"
[libraries.mapping]
name = "setName"
"""
)


def definition(connection: str = "", url: str = "{url}/oai") -> str:
    """The definition with more keys in its connection."""
    return DOCUMENT.replace('url = "{url}/oai"', f'url = "{url}"\n{connection}')


@dataclass(frozen=True)
class Entry:
    """A record: its metadata as XML, none where it was deleted."""

    key: str
    stamp: str = "2026-01-01T00:00:00Z"
    metadata: str | None = DC.format(title="数控车床编程")
    sets: tuple[str, ...] = ()

    @property
    def header(self) -> str:
        sets = "".join(f"<setSpec>{each}</setSpec>" for each in self.sets)
        status = ' status="deleted"' if self.metadata is None else ""
        return f"<header{status}><identifier>{escape(self.key)}</identifier><datestamp>{self.stamp}</datestamp>{sets}</header>"

    @property
    def record(self) -> str:
        body = f"<metadata>{self.metadata}</metadata>" if self.metadata is not None else ""
        return f"<record>{self.header}{body}</record>"


@dataclass
class Repository:
    """Answers `Asked`; `page` records to a page, tokens `offset` of the list that from, until and set choose."""

    entries: Sequence[Entry] = ()
    page: int = 4
    sets: Sequence[tuple[str, str]] = ()
    granularity: str = "YYYY-MM-DDThh:mm:ssZ"
    earliest: str = "2020-01-01T00:00:00Z"
    hidden: frozenset[str] = frozenset()
    tells_size: bool = True
    last_token: str | None = ""
    """The token of the last page: empty, None for no element, or any other."""
    wants_prefix: bool = False
    response_date: str = f"<responseDate>{NOW}</responseDate>"
    verbs: list[str] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Answer:
        params = {name: values[0] for name, values in asked.params.items()}
        verb = params.get("verb", "")
        self.verbs.append(verb)
        match verb:
            case "Identify":
                return self.answer(
                    f"<Identify><repositoryName>示例</repositoryName><earliestDatestamp>{self.earliest}</earliestDatestamp>"
                    f"<deletedRecord>transient</deletedRecord><granularity>{self.granularity}</granularity></Identify>"
                )
            case "ListRecords" | "ListIdentifiers":
                return self._list(verb, params)
            case "GetRecord":
                found = next((each for each in self.entries if each.key == params["identifier"]), None)
                if found is None or found.key in self.hidden:
                    return self.error("idDoesNotExist")
                return self.answer(f"<GetRecord>{found.record}</GetRecord>")
            case "ListMetadataFormats":
                formats = "".join(f"<metadataFormat><metadataPrefix>{each}</metadataPrefix></metadataFormat>" for each in ("oai_dc", "dim"))
                return self.answer(f"<ListMetadataFormats>{formats}</ListMetadataFormats>")
            case "ListSets":
                if not self.sets:
                    return self.error("noSetHierarchy")
                start = int(params.get("resumptionToken", "0"))
                rows = "".join(
                    f"<set><setSpec>{spec}</setSpec><setName>{name}</setName></set>" for spec, name in self.sets[start : start + self.page]
                )
                return self.answer(f"<ListSets>{rows}{self._token(start, len(self.sets), 'f')}</ListSets>")
        return self.error("badVerb")

    def _list(self, verb: str, params: dict[str, str]) -> Answer:
        token = params.get("resumptionToken")
        if token is None and "metadataPrefix" not in params:
            return self.error("badArgument")
        if token is not None and self.wants_prefix != ("metadataPrefix" in params):
            return self.error("badArgument")
        if params.get("metadataPrefix", "oai_dc") != "oai_dc":
            return self.error("cannotDisseminateFormat")
        low, high, chosen, start = params.get("from", ""), params.get("until", ""), params.get("set", ""), 0
        if token is not None:
            try:
                start, low, high, chosen = (part if number else int(part) for number, part in enumerate(token.split("!")))  # type: ignore[assignment]
            except ValueError:
                return self.error("badResumptionToken")
        found = [
            each
            for each in self.entries
            if (not low or each.stamp[: len(low)] >= low) and (not high or each.stamp[: len(high)] <= high)
            if not chosen or chosen in each.sets
        ]
        if not found:
            return self.error("noRecordsMatch")
        rows = "".join(each.record if verb == "ListRecords" else each.header for each in found[start : start + self.page])
        return self.answer(f"<{verb}>{rows}{self._token(start, len(found), f'!{low}!{high}!{chosen}')}</{verb}>")

    def _token(self, start: int, count: int, rest: str) -> str:
        size = f' completeListSize="{count}" cursor="{start}"' if self.tells_size else ""
        after = start + self.page
        if after < count:
            return f"<resumptionToken{size}>{after}{rest if rest != 'f' else ''}</resumptionToken>"
        return "" if self.last_token is None else f"<resumptionToken{size}>{self.last_token}</resumptionToken>"

    def error(self, code: str) -> Answer:
        return self.answer(f'<error code="{code}">java.lang.NullPointerException at 10.0.0.8</error>')

    def answer(self, body: str, status: int = 200, **_: Any) -> Answer:
        return Answer(f'<?xml version="1.0"?><OAI-PMH xmlns="{OAI}">{self.response_date}{body}</OAI-PMH>'.encode(), status)


def entries(count: int, deleted: int = 0) -> list[Entry]:
    """`count` records a day apart from 2026-01-01 on; every `deleted`th one was deleted."""
    return [
        Entry(
            f"oai:示例.cn:{number}/a b&c",
            f"2026-{1 + number // 28:02}-{1 + number % 28:02}T08:00:00Z",
            None if deleted and number % deleted == deleted - 1 else DC.format(title=f"资源 {number}"),
            (f"lib{number % 3}",),
        )
        for number in range(count)
    ]

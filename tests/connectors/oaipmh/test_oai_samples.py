"""Documents that this project did not write: pycsw on the wire, the corpus of sickle, a SCORM package with Chinese LOM."""

import os
import re
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import SourceError
from connectors.mapping.paths import getter
from connectors.protocol import Collection, Query
from tests.connectors.loopback import Answer, Asked, items, keys, opened, read, serving
from tests.connectors.oaipmh.repository import Entry, Repository, definition

SAMPLES = Path(os.environ.get("CORPUS", Path(__file__).parents[4] / "shared" / "samples"))

pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no corpus of samples here; name one with CORPUS=DIR")


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def pycsw(asked: Asked) -> Answer:
    """As it answered: it wants the prefix beside the token, and its last token begins anew."""
    params = asked.params
    if "resumptionToken" in params and "metadataPrefix" not in params:
        return Answer(sample("captured/pycsw_token_only_badArgument.xml"))
    if params["verb"] == ["Identify"]:
        return Answer(sample("captured/pycsw_Identify.xml"))
    if params["verb"] == ["GetRecord"]:
        return Answer(sample("captured/pycsw_GetRecord_unknown_empty.xml"))
    page = "p2_token0" if params.get("resumptionToken") == ["4"] else "p1"
    return Answer(sample(f"captured/pycsw_ListRecords_{page}.xml").replace(b"ListRecords", params["verb"][0].encode()))


async def test_pycsw_is_read_once_and_resumed_from_everywhere() -> None:
    whole = [f"urn:r:{number}" for number in range(1, 6)]
    async with serving() as upstream, opened(upstream, definition()) as connector:
        upstream.handler = pycsw
        batches = await read(connector, Query(limit=2))
        assert keys(batches) == whole
        for number, batch in enumerate(batches[:-1], 1):
            assert keys(await read(connector, Query(limit=3, cursor=batch.cursor))) == keys(batches[number:])
        first = items(batches)[0].native
        assert getter("metadata.oai_dc:dc[0].dc:subject[]")(first) == ["460103"]
        assert getter("metadata.oai_dc:dc[0].dcterms:abstract[0]")(first) == "描述 & 摘要"
        assert first["header"] == {"identifier": "urn:r:1", "datestamp": "2022-12-01"}
        assert keys(await read(connector, Query(ids=("zzz",)))) == []


SICKLE: dict[str, tuple[str, Any]] = {
    "sickle_ListRecords4": ("ListRecords", None),
    "sickle_noRecordsMatch": ("ListRecords", []),
    "sickle_ListRecordsBroken": ("ListRecords", "malformed"),
    "sickle_cannotDisseminateFormat": ("ListRecords", "schema"),
    "sickle_undefinedError": ("ListRecords", "error_inside"),
    "sickle_badResumptionToken": ("ListRecords", "rejected"),
    "sickle_idDoesNotExist": ("GetRecord", []),
    "sickle_GetRecord_utf8test": ("GetRecord", ["oai:test.example.com:1996652"]),
}


@pytest.mark.parametrize("name", SICKLE)
async def test_the_corpus_of_sickle(name: str) -> None:
    verb, expected = SICKLE[name]
    query = Query(ids=("oai:test.example.com:1996652",)) if verb == "GetRecord" else Query()
    async with serving() as upstream, opened(upstream, definition()) as connector:
        upstream.handler = lambda _asked: Answer(sample(f"oai/{name}.xml"))
        if isinstance(expected, str):
            with pytest.raises(SourceError, match=expected):
                await read(connector, query)
        else:
            batches = await read(connector, query, batches=1)
            assert expected is None or keys(batches) == expected
            assert all(item.native["metadata"] for item in items(batches))


async def test_deleted_records_and_sets_of_sickle() -> None:
    async with serving() as upstream, opened(upstream, definition()) as connector:
        upstream.handler = lambda _asked: Answer(sample("oai/sickle_ListRecords.xml"))
        (batch,) = await read(connector, batches=1)
        assert batch.gone[0] == "oai:test.example.com:1585310"
        assert batch.items[0].key == "oai:test.example.com:1585322"
        upstream.handler = lambda _asked: Answer(sample("oai/sickle_ListSets.xml"))
        (batch,) = await read(connector, Query(collection=Collection.LIBRARIES), batches=1)
        assert batch.items[0].native == {"setSpec": "bi", "setName": "All BI publications (already published)"}


async def test_lom_of_a_scorm_package() -> None:
    manifest = sample("lom/scorm12_lom_zh-Hant_imsmanifest.xml").decode()
    lom = re.search(r"<lom .*</lom>", manifest, re.DOTALL)
    assert lom is not None
    async with serving() as upstream, opened(upstream, definition()) as connector:
        upstream.handler = Repository([Entry("a", metadata=lom[0])])
        (item,) = items(await read(connector))
    assert getter("metadata.lom:lom[0].lom:general[0].lom:title[0].lom:string@zh[0]")(item.native) == "p5.js 動態回饋測驗系統"
    assert getter("metadata.lom:lom[0].lom:general[].lom:keyword[].lom:string[]")(item.native) == ["quiz", "p5.js"]
    assert getter("metadata.lom:lom[0].lom:lifeCycle[0].lom:status[0].lom:value[0]")(item.native) == "Final"

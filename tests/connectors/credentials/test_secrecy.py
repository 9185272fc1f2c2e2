"""Nothing that we know a source by ever shows: not in logs, errors and their causes, records, samples, nor in the files of the store."""

from __future__ import annotations

import logging
import os
import traceback
from base64 import b64encode
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from connectors import opening
from connectors.credentials import issuing
from connectors.credentials.passes import Pass
from connectors.definition import parse_definition
from connectors.errors import SourceError
from connectors.protocol import Query
from egress import Allow, Bounds
from harvest import HarvestSource, harvest
from harvest.checking import check_document
from harvest.telling import check_text
from resolvers.sources import bind
from store.catalog import Catalog
from store.database import Database
from store.identity import source_key
from store.vault import Vault
from tests.connectors.credentials.hub import DANCE, EXCLUSIVE, SECRET, Hub, Memory, document, reaching
from tests.connectors.loopback import HALF, HANG, RESET, Answer, Asked, read, serving


def traces_of(secrets: list[str], *texts: str | bytes) -> list[str]:
    """The secrets that stand in the texts, in any of the forms that they are sent in."""
    found = b"\n".join(text.encode() if isinstance(text, str) else text for text in texts)
    forms = {
        secret: (secret, quote(secret, safe=""), b64encode(secret.encode()).decode(), secret.replace("/", "\\/")) for secret in secrets
    }
    return [secret for secret, written in forms.items() if any(form.encode() in found for form in written)]


def chain(error: BaseException | None) -> str:
    """Everything that an exception and whatever led to it says."""
    told = []
    while error is not None:
        told += ["".join(traceback.format_exception(error)), repr(error), repr(error.args)]
        error = error.__cause__ or error.__context__
    return "\n".join(told)


async def test_a_harvest_and_a_check_leave_no_trace(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key = os.urandom(32)
    database = Database.open(f"sqlite+aiosqlite:///{tmp_path}/store.sqlite3")
    await database.migrate()
    vault = Vault(database, [key])
    await vault.set("aaaaaaaa", "app_secret", SECRET)
    text = document(EXCLUSIVE).replace('title = "name"', 'title = "name", url = "link"')
    async with serving() as upstream:
        upstream.handler = hub = Hub()
        async with reaching(upstream, text, vault.of("aaaaaaaa")) as connector:
            definition = parse_definition(text.replace("{url}", upstream.url))
            source = HarvestSource.of(definition, bind("aaaaaaaa", definition, version=1, keys_by_name={}), connector)
            report = await harvest(source, Catalog(database))
            natives = [item.native for batch in await read(connector, Query()) for item in batch.items]

        async def keeper(_name: str) -> Any:
            return vault.of("aaaaaaaa")

        check = await check_document(
            text.replace("{url}", upstream.url).encode(),
            "hub",
            Path(),
            sqlite_directory=None,
            allow=lambda _: Allow([("127.0.0.1", upstream.port)]),
            bind=lambda found: bind(source_key(found.name), found, version=1, keys_by_name={}),
            keeper=keeper,
        )
    await database.aclose()
    assert report.error is None
    assert report.seen == 30
    assert check.usable, check.findings
    assert "accessToken=***" in str(natives[0]["link"])
    files = [path.read_bytes() for path in list(tmp_path.iterdir())]  # noqa: ASYNC240
    told = [caplog.text, repr(report), repr(natives), check_text(check, "zh"), check_text(check, "en"), orjson.dumps(check)]
    assert traces_of([SECRET, *hub.tokens], *told, *files) == []


def refusing(asked: Asked) -> Any:
    """Repeats all that it was sent in a refusal."""
    return Answer({"success": False, "code": -5, "message": f"{asked.target} {asked.headers} {asked.body!r}"}, status=403)


FAILURES = [
    refusing,
    lambda _asked: RESET,
    lambda _asked: HALF,
    lambda _asked: HANG,
    lambda asked: Answer(f"<html>{asked.target}</html>".encode(), headers=(("Content-Type", "text/html"),)),
    lambda asked: Answer(asked.target.encode(), headers=(("Content-Encoding", "gzip"),)),
    lambda asked: Answer({}, status=302, headers=(("Location", f"http://192.0.2.1{asked.target}"),)),
    lambda asked: Answer({}, status=302, headers=(("Location", asked.target),)),
    lambda asked: Answer({}, headers=((f"bad header {asked.target}", "x"),)),
    lambda asked: Answer(b"", headers=(("Transfer-Encoding", "chunked"),)),
]


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "LIVE", Bounds(deadline=0.5))
    monkeypatch.setattr(issuing, "BOUNDS", Bounds(deadline=0.5))


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("failure", FAILURES, ids=range(len(FAILURES)))
@pytest.mark.parametrize("place", ["query", "header", "cookie"])
async def test_no_failure_tells_a_token(failure: Any, place: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    hub = Hub()
    async with serving() as upstream:
        upstream.handler = lambda asked: hub(asked) if asked.path == "/oauth/token" else failure(asked)
        text = document(DANCE).replace('in = "query"', f'in = "{place}"').replace('mode = "harvest"', 'mode = "live"')
        async with reaching(upstream, text, Memory({"app_secret": SECRET})) as connector:
            with pytest.raises(SourceError) as caught:
                await read(connector)
    assert traces_of([SECRET, *hub.tokens], chain(caught.value), caplog.text) == []


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("failure", FAILURES, ids=range(len(FAILURES)))
async def test_no_failure_of_a_token_endpoint_tells_a_secret(failure: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with serving() as upstream:
        upstream.handler = failure
        plain = 'method = "GET"\nparams = { secret = "{secret.app_secret}", sign = "{signature}" }'
        text = document(DANCE)
        text = text.replace(text[text.index("json = { appId") : text.index("\n\n[credentials.signature]")], plain)
        async with reaching(upstream, text, Memory({"app_secret": SECRET})) as connector:
            with pytest.raises(SourceError) as caught:
                await read(connector)
    assert upstream.asked[0].params["secret"] == [SECRET]
    assert traces_of([SECRET], chain(caught.value), caplog.text) == []


def test_what_holds_a_secret_does_not_show_it() -> None:
    held = Pass(headers={"Authorization": SECRET}, params={"key": SECRET}, secrets=(SECRET,))
    assert SECRET not in repr(held)

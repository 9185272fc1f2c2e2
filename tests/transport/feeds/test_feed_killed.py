"""A server that is killed in the middle of a push: what was acknowledged is there, and sending it all again changes nothing."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from store.database import Database
from store.push_secrets import PushSecrets
from store.reader import Reader
from store.sources import Sources

ROOT = Path(__file__).parents[3]
PARTS, ROWS = 4, 600


def part(number: int) -> bytes:
    rows = ({"id": f"{number}-{n}", "title": f"数控 {n}", "version": number} for n in range(ROWS))
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


@asynccontextmanager
async def served(directory: Path, url: str, definition: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    told, file = directory / "port", directory / "feed.toml"
    file.write_text(definition, "utf-8")
    told.unlink(missing_ok=True)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.transport.feeds.pushed", str(directory), url, str(file), str(told)), cwd=ROOT
    )
    try:
        while not told.exists():
            assert process.returncode is None
            await asyncio.sleep(0.02)
        address = f"http://127.0.0.1:{told.read_text('utf-8')}"
        async with httpx.AsyncClient() as http:
            while True:
                try:
                    if (await http.get(f"{address}/healthz")).status_code == 200:
                        break
                except httpx.TransportError:
                    await asyncio.sleep(0.02)
        yield process, address
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_what_was_acknowledged_outlives_the_process_and_the_push_goes_on(tmp_path: Path, database_url: str, definition: str) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    dice = random.Random(seed)
    acknowledged = killed = 0
    database = Database.open(database_url)
    headers = {"content-type": "application/x-ndjson"}
    params = {"mode": "snapshot", "push": "p"}
    while acknowledged < PARTS:
        async with served(tmp_path, database_url, definition) as (process, address), httpx.AsyncClient(timeout=30) as http:
            source = await Sources(database).by_name("college")
            assert source is not None
            headers["authorization"] = f"Bearer {await PushSecrets(database).make(source.key)}"
            state = await http.get(f"{address}/feeds/college", params={"push": "p"}, headers=headers)
            known = state.json()["parts"] if state.status_code == 200 else 0
            assert known >= acknowledged, "what was acknowledged is there"
            acknowledged = known
            doomed = killed < 3 and asyncio.get_running_loop().call_later(dice.uniform(0.02, 0.4), process.kill)
            try:
                while acknowledged < PARTS:
                    number = acknowledged + 1
                    last = "true" if number == PARTS else "false"
                    asked = {**params, "part": str(number), "last": last}
                    answer = await http.post(f"{address}/feeds/college", params=asked, content=part(number), headers=headers)
                    assert answer.status_code == 200, answer.text
                    acknowledged = number
            except httpx.TransportError:
                killed += 1
            if doomed:
                doomed.cancel()
    assert killed
    records = await Reader(database, frozenset({"pub"})).count()
    assert records == PARTS * ROWS
    async with served(tmp_path, database_url, definition) as (_, address), httpx.AsyncClient(timeout=30) as http:
        for number in range(1, PARTS + 1):
            answer = await http.post(f"{address}/feeds/college", content=part(number), headers=headers)
            assert answer.json()["summary"]["unchanged"] == ROWS
    await database.aclose()

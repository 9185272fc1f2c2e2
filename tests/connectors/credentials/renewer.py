"""One of several processes that share a token: reads the hub again and again. Arguments: database address, key in hex, URL, times."""

import asyncio
import sys

from connectors.protocol import Query
from store.database import Database
from store.vault import Vault
from tests.connectors.credentials.hub import EXCLUSIVE, document, reaching
from tests.connectors.loopback import Upstream, keys, read


async def main(url: str, key: str, hub: str, times: int) -> None:
    database = Database.open(url)
    keeper = Vault(database, [bytes.fromhex(key)]).of("aaaaaaaa")
    async with reaching(Upstream(port=int(hub.rpartition(":")[2])), document(EXCLUSIVE), keeper) as connector:
        for _ in range(times):
            assert len(keys(await read(connector, Query(limit=10)))) == 30
    await database.aclose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))

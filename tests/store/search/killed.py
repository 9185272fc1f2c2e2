"""Keeps an index until it is killed. Arguments: database address, directory of the index. Says `ready` when it begins."""

import asyncio
import sys
from pathlib import Path

from store.database import Database
from store.search.indexer import Indexer


async def main() -> None:
    print("ready", flush=True)
    await Indexer(Database.open(sys.argv[1]), Path(sys.argv[2])).run()


if __name__ == "__main__":
    asyncio.run(main())

"""Serves one feed in a process of its own until it is killed. Arguments: data directory, database address, definition file, port file."""

import asyncio
import sys
from pathlib import Path

from egress import Allow
from federation import Arrangement, Document
from server import create_app, serve_until_stopped
from settings import Settings


def main(directory: str, url: str, definition: str, told: str) -> None:
    """Write the port to the file `told` once it is taken."""
    settings = Settings.from_environment({"HUIJU_DATA_DIR": directory, "HUIJU_PORT": "0", "HUIJU_DATABASE_URL": url})
    document = Document(Path(definition).read_text("utf-8"), "test", Path(directory))
    application = create_app(settings, Arrangement(documents=(document,), allow=lambda _: Allow()))

    def announce(port: int) -> None:
        Path(f"{told}.new").write_text(str(port), "utf-8")
        Path(f"{told}.new").rename(told)

    asyncio.run(serve_until_stopped(application, settings, announce))


if __name__ == "__main__":
    main(*sys.argv[1:])

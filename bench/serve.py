"""Serve the floor or the naive program with uvicorn, as the product is served: `python -m bench.serve floor PORT UPSTREAMS`."""

from __future__ import annotations

import sys

import orjson
import uvicorn

from bench.upstreams import LOOPBACK


def _application(name: str, upstreams: dict[str, str]) -> object:
    if name == "floor":
        from bench.floor import Floor

        return Floor(upstreams)
    from bench.naive import naive

    return naive(upstreams)


if __name__ == "__main__":
    name, port, upstreams = sys.argv[1:]
    application = _application(name, orjson.loads(upstreams))
    uvicorn.run(application, host=LOOPBACK, port=int(port), log_config=None, access_log=False, server_header=False)  # type: ignore[arg-type]

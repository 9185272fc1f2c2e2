"""Pushes a school in processes that kill themselves (SIGKILL) at given points. Arguments: address, secret, directory, points by commas.

A point is the number of the statement of the state file, or of the answer of the hub, at which the process dies. It prints how many died.
"""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import sys
from pathlib import Path
from typing import Any

from agent import pushing
from agent.hub import Hub
from agent.state import State
from tests.agent.schools import PART, School


async def run(school: School, url: str, secret: str, point: int | None) -> None:
    """Push once; die at `point`."""
    trips = itertools.count(1)

    def count(*_: object) -> None:
        if next(trips) == point:
            os.kill(os.getpid(), signal.SIGKILL)

    opened, sent = State.__enter__, Hub._post

    def opening(state: State) -> State:
        opened(state)
        state._db.set_trace_callback(count)
        return state

    async def sending(*arguments: Any) -> Any:
        reply = await sent(*arguments)
        count()
        return reply

    State.__enter__, Hub._post, pushing.PART_ROWS = opening, sending, PART  # type: ignore[method-assign]
    report = await school.push(url, secret)
    if report.error is not None:
        raise SystemExit(report.error)


def main(url: str, secret: str, school: School, points: list[int]) -> None:
    """Push until a push comes to its end; say how many died."""
    killed = 0
    for point in itertools.chain(points, itertools.repeat(None)):
        process = os.fork()
        if process == 0:
            asyncio.run(run(school, url, secret, point))
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        if status == 0:
            break
        if status != -signal.SIGKILL:
            raise SystemExit(f"a push ended with {status}")
        killed += 1
    print(killed)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], School(Path(sys.argv[3])), [int(point) for point in sys.argv[4].split(",")])

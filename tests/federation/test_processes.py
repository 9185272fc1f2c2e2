"""The supervisor: children are kept alive, end together, and never outlive their parent."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from federation import processes
from federation.processes import Role, Supervisor
from tests.federation.children import broken, deaf, steady

ROOT = Path(__file__).parents[2]


def _read(file: Path) -> list[str]:
    return file.read_text().split() if file.exists() else []


async def _lines(file: Path, count: int) -> list[str]:
    """The first lines of a file that children write."""
    for _ in range(2000):
        found = _read(file)
        if len(found) >= count:
            return found
        await asyncio.sleep(0.01)
    raise AssertionError(f"only {found} in {file}")


async def _gone(number: int) -> None:
    for _ in range(2000):
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"the process {number} goes on")


async def test_children_end_when_the_parent_is_told_to_stop(tmp_path: Path) -> None:
    stop, ready = asyncio.Event(), asyncio.Event()
    roles = [Role(name, steady, (tmp_path / name,)) for name in ("one", "two")]
    running = asyncio.create_task(Supervisor(roles).run(stop, ready.set))
    await asyncio.wait_for(ready.wait(), 120)
    assert not running.done()
    stop.set()
    assert await asyncio.wait_for(running, 30) == 0
    for name in ("one", "two"):
        number, ended = (tmp_path / name).read_text().split()
        assert ended == "ended"
        with pytest.raises(ProcessLookupError):
            os.kill(int(number), 0)


async def test_a_killed_child_is_started_again_and_the_others_are_left_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    stop, ready = asyncio.Event(), asyncio.Event()
    one, two = tmp_path / "one", tmp_path / "two"
    running = asyncio.create_task(Supervisor([Role("one", steady, (one,)), Role("two", steady, (two,))]).run(stop, ready.set))
    await asyncio.wait_for(ready.wait(), 120)
    os.kill(int(one.read_text()), signal.SIGKILL)
    first, second = await _lines(one, 2)
    assert first != second
    assert len(two.read_text().split()) == 1
    assert "the one process ended (signal SIGKILL)" in caplog.text
    stop.set()
    assert await asyncio.wait_for(running, 30) == 0


async def test_a_child_that_cannot_start_ends_everything_with_its_status(tmp_path: Path) -> None:
    roles = [Role("one", steady, (tmp_path / "one",)), Role("two", broken)]
    assert await asyncio.wait_for(Supervisor(roles).run(asyncio.Event(), lambda: None), 30) == 3


async def test_a_child_that_does_not_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(processes, "GRACE", 0.2)
    stop, ready = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(Supervisor([Role("one", deaf, (tmp_path / "one",))]).run(stop, ready.set))
    await asyncio.wait_for(ready.wait(), 120)
    stop.set()
    assert await asyncio.wait_for(running, 30) == 0
    assert "did not end" in caplog.text
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "one").read_text()), 0)


async def test_children_end_by_themselves_when_their_parent_is_killed(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.federation.test_processes", str(tmp_path / "child"), cwd=ROOT
    )
    try:
        [number] = await _lines(tmp_path / "child", 1)
        parent.kill()
        assert (await _lines(tmp_path / "child", 2))[1] == "ended"
        await _gone(int(number))
    finally:
        with suppress(ProcessLookupError):
            parent.kill()
        await parent.wait()
        with suppress(ProcessLookupError):
            os.kill(int(number), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(Supervisor([Role("child", steady, (Path(sys.argv[1]),))]).run(asyncio.Event(), lambda: None))

"""Owners of leases: only a process that has certainly ended counts as dead."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from store.owners import end, is_dead, new_owner

ROOT = Path(__file__).parents[2]


def _owner_of_another_process() -> str:
    code = "from store.owners import new_owner; print(new_owner())"
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def test_a_process_that_runs_is_not_dead_and_no_two_runs_share_a_name() -> None:
    owner = new_owner()
    assert not is_dead(owner)
    assert owner != new_owner()


def test_a_run_of_this_process_that_could_not_give_its_lease_back_is_dead() -> None:
    owner, other = new_owner(), new_owner()
    end(owner)
    assert is_dead(owner)
    assert not is_dead(other)


def test_a_process_that_has_ended_is_dead() -> None:
    assert is_dead(_owner_of_another_process())


def test_a_process_that_was_killed_and_not_yet_waited_for_is_dead() -> None:
    if not Path("/proc/self/stat").exists():
        pytest.skip("only /proc tells of such a process")
    code = "import time; from store.owners import new_owner; print(new_owner(), flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        owner = process.stdout.readline().strip()
        assert not is_dead(owner)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert is_dead(owner)
    finally:
        process.kill()
        process.communicate()


def test_a_number_that_belongs_to_another_process_now_proves_the_first_one_dead() -> None:
    if not Path("/proc/self/stat").exists():
        pytest.skip("only /proc tells when a process began")
    machine, number, started, run = new_owner().split(":")
    assert is_dead(f"{machine}:{number}:{int(started) - 1}:{run}")


@pytest.mark.parametrize("owner", ["", "somebody else", "a:b:c:d", "another-machine:1:2:3", "x:99999999:1:y"])
def test_of_other_machines_and_other_names_nothing_is_certain(owner: str) -> None:
    assert not is_dead(owner)

"""Who holds a lease: a name for one run of one process, from which others on the same machine can prove that the process is dead."""

from __future__ import annotations

import os
import socket
import uuid
from functools import lru_cache
from pathlib import Path

_PROC = Path("/proc")
_ENDED: set[str] = set()


def new_owner() -> str:
    """Name a run of this process: machine, process number, start of the process, and a part of its own."""
    return ":".join((_machine(), str(os.getpid()), _started(os.getpid()) or "", uuid.uuid4().hex))


def end(owner: str) -> None:
    """Tell this process that a run of its own has ended which could not give its lease back: the database was away."""
    _ENDED.add(owner)


def is_dead(owner: str) -> bool:
    """Tell whether the process that `owner` names, or its run in this one, has certainly ended; of other machines nothing is certain."""
    if owner in _ENDED:
        return True
    parts = owner.split(":")
    if len(parts) != 4 or parts[0] != _machine() or not parts[1].isdigit():
        return False
    number, started = int(parts[1]), parts[2]
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    # The number may have been given to another process since.
    return bool(started) and _started(number) not in (started, None)


@lru_cache
def _machine() -> str:
    """Name the space in which process numbers mean one thing: this boot of this machine, and the container where there is one."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot}.{(_PROC / 'self/ns/pid').stat().st_ino}"
    except OSError:
        return f"{socket.gethostname()}.{uuid.getnode()}".replace(":", "-")


def _started(number: int) -> str | None:
    """When a process began, in clock ticks since the boot (proc_pid_stat(5), field 22); empty for a dead one, None where nobody tells."""
    try:
        fields = (_PROC / str(number) / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return None
    return "" if fields[0] == "Z" else fields[19]

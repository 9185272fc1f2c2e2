"""How far a harvest is: a bar on a terminal, plain lines otherwise."""

from __future__ import annotations

import sys
import time
from shutil import get_terminal_size

import typer

from harvest import Progress

BAR = 24
LINE_EVERY, DRAW_EVERY = 5.0, 0.1
"""Seconds between two lines, and between two drawings of the bar."""


class Meter:
    """Shows the progress of one command on standard error."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._shown: tuple[str, str] | None = None
        self._at = 0.0
        self._began = 0.0
        self._before = 0

    def show(self, progress: Progress) -> None:
        """Show how far a run is, not more often than somebody can read."""
        now = time.monotonic()
        fresh = self._shown != (progress.name, progress.collection)
        if fresh:
            self._shown, self._began, self._before = (progress.name, progress.collection), now, progress.seen_before
        elif now - self._at < (DRAW_EVERY if self._terminal else LINE_EVERY):
            return
        self._at = now
        done = progress.seen - self._before
        pace = f"{done / (now - self._began):,.0f}/s" if now - self._began > 1 else ""
        if self._terminal:
            line = f"{progress.name} {progress.collection} {_bar(done, progress.total)} {pace}"
            typer.echo(f"\r{line[: get_terminal_size().columns - 1]}\x1b[K", err=True, nl=False)
        else:
            total = f" / {progress.total}" if progress.total is not None else ""
            typer.echo(f"{progress.name} {progress.collection}: {done}{total} {pace}".rstrip(), err=True)

    def end(self) -> None:
        """Leave the line of the bar."""
        if self._terminal and self._shown is not None:
            typer.echo("\r\x1b[K", err=True, nl=False)


def _bar(done: int, total: int | None) -> str:
    if not total:
        return f"{done:,}"
    share = min(1.0, done / total)
    filled = int(BAR * share)
    return f"[{'█' * filled}{'·' * (BAR - filled)}] {share:4.0%} {done:,} / {total:,}"

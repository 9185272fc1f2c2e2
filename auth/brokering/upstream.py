"""Upstream identity providers: what is common to all kinds of them."""

from __future__ import annotations

from typing import Protocol

from store.codes import Label


class Upstream(Protocol):
    """A provider that people may sign in with."""

    @property
    def title(self) -> Label:
        """How people call it."""

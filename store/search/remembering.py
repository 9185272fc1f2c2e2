"""Answers that are remembered for those who ask the same again, up to a weight."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """The latest answers by question; those that nobody has asked for longest are forgotten first. Threads may share it."""

    def __init__(self, most: int) -> None:
        """`most` is the weight of all answers together."""
        self._most = most
        self._held: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._weight = 0
        self._lock = Lock()

    def get(self, question: K) -> V | None:
        """The answer, None where it is not remembered."""
        with self._lock:
            found = self._held.get(question)
            if found is None:
                return None
            self._held.move_to_end(question)
            return found[0]

    def keep(self, question: K, answer: V, weight: int = 1) -> None:
        """Remember an answer; one that weighs more than all may is not."""
        with self._lock:
            self._weight -= self._held.pop(question, (None, 0))[1]
            if weight <= self._most:
                self._held[question] = answer, weight
                self._weight += weight
            while self._weight > self._most:
                self._weight -= self._held.popitem(last=False)[1][1]

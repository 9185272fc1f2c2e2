"""Guessing: whoever tries secrets in vain waits longer each time, and the counter decides who waits along."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from auth.sign_on import SignOn
from store.codes import Label

FREE: Final = 5
"""Failures before the back-off begins."""

LONGEST_WAIT: Final = timedelta(minutes=15)


def back_off(count: int) -> timedelta:
    """How long to wait after so many failures: nothing for the first ones, then twice as long each time, within a bound."""
    if count < FREE:
        return timedelta()
    return min(timedelta(seconds=2 ** min(count - FREE + 1, 20)), LONGEST_WAIT)


async def wait_of(sign_on: SignOn, counter: bytes) -> Label | None:
    """What to tell who has to wait, None for who has not."""
    count, last = await sign_on.attempts.of(counter)
    if last is None or (left := last + back_off(count) - sign_on.clock()) <= timedelta():
        return None
    seconds = int(left.total_seconds()) + 1
    return Label(f"尝试过多：请在 {seconds} 秒后重试", f"too many attempts: try again in {seconds} seconds")

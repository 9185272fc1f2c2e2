"""Quota: the places and the pace of one source, shared by all processes of all nodes through Redis."""

from __future__ import annotations

import asyncio
import random
from secrets import token_hex

from connectors.link import Link

FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.1
"""Seconds between two looks for a free place: longer each time."""

# KEYS: places by the moment that their lease ends at; the moment that the next call is due at, were all of them evenly spread.
# ARGV: the place's name, how many there are, the lease, the time between two calls (0: any), how far ahead a burst may run (all µs).
# Returns -1 where the place is taken, 0 where all are, or the µs after which a call may begin. One script is one step of Redis.
_ENTER = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 0 end
local interval = tonumber(ARGV[4])
if interval > 0 then
    local due = math.max(tonumber(redis.call('GET', KEYS[2]) or '0'), now)
    local early = due - now - tonumber(ARGV[5])
    if early > 0 then return math.ceil(early) end
    redis.call('SET', KEYS[2], string.format('%.0f', due + interval), 'PX', math.ceil((due + interval - now) / 1000) + 1)
end
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[3]), ARGV[1])
redis.call('PEXPIRE', KEYS[1], math.ceil(ARGV[3] / 1000))
return -1
"""
_TAKEN = -1


class Quota:
    """Lets `concurrency` calls of a source (its key) be on their way at once, and `rate` begin in a second, in all processes together.

    A place is held for `lease` seconds at most: whoever dies gives his back by that. Where Redis does not answer there is no quota, and
    each process keeps to its own bounds.
    """

    def __init__(self, link: Link, source: str, *, concurrency: int, rate: float | None, lease: float) -> None:
        self._link = link
        self._script = link.redis.register_script(_ENTER)
        self._keys = [f"huiju:{{{source}}}:places", f"huiju:{{{source}}}:pace"]
        interval = 0.0 if rate is None else 1.0 / rate
        burst = 0.0 if rate is None else (max(rate, 1.0) - 1.0) * interval
        self._numbers = [concurrency, *(round(seconds * 1_000_000) for seconds in (lease, interval, burst))]

    async def enter(self) -> str | None:
        """Wait for a place: its name for `leave`, None where nobody keeps count."""
        name, pause = token_hex(8), FIRST_PAUSE
        while True:
            asked = self._link.begin(lambda _: self._script(self._keys, [name, *self._numbers]))
            try:
                told = await asyncio.shield(asked)
            except asyncio.CancelledError:
                asked.add_done_callback(lambda _: self.leave(name))  # it may have been taken all the same
                raise
            if told is None or told == _TAKEN:
                return name if told is not None else None
            await asyncio.sleep(told / 1_000_000 if told else pause * random.uniform(0.5, 1.5))  # noqa: S311
            pause = min(1.5 * pause, LONGEST_PAUSE)

    def leave(self, name: str) -> None:
        """Give a place back."""
        self._link.later(lambda redis: redis.zrem(self._keys[0], name))

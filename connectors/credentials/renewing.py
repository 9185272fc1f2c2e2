"""Passes that hold a token: got once for everybody who asks, renewed when it is refused or runs out, never in a storm."""

from __future__ import annotations

import asyncio
import logging
import secrets as randomness
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.credentials.definition import Carried, ClientCredentials, TokenDance
from connectors.credentials.issuing import BOUNDS, Issuer
from connectors.credentials.keeping import Keeper, SharedTokens, needed
from connectors.credentials.passes import BEARER, Pass, carried
from connectors.errors import SourceError, SourceMalformed, SourceRefused, SourceTimeout
from connectors.mapping.paths import getter
from egress import EgressError, Reply
from store.vault import SharedToken

LEASE = timedelta(seconds=2 * BOUNDS.deadline + 10)
"""How long a process that was killed while it renewed keeps the others waiting."""

MARGIN = 0.1
"""Of its lifetime a token is left unused at the end, half a minute at most."""

LONGEST_PAUSE = 300.0
"""Seconds between two tokens that nothing good came of, at most. The first is followed by another at once, then there is a second of pause,
and every further pause is twice as long."""

_LOOK_EVERY = 0.1
_BIGGEST_REFUSAL = 65_536  # bytes; an answer that is longer holds data

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class _Held:
    """A token in use and its pass; `lifetime` in seconds, `until` by the loop's clock; whether the source has accepted it."""

    carried: Pass
    token: str = field(repr=False)
    lifetime: float | None
    until: float | None
    generation: int | None
    accepted: bool = False


class TokenPasses:
    """The passes of a scheme whose token is obtained and runs out."""

    def __init__(self, name: str, credentials: ClientCredentials | TokenDance, issuer: Issuer, keeper: Keeper) -> None:
        self._name, self._credentials, self._issuer, self._keeper = name, credentials, issuer, keeper
        self._send: Carried = credentials.send if isinstance(credentials, TokenDance) else BEARER
        self._owner = randomness.token_hex(8)
        self._held: _Held | None = None
        self._renewing: asyncio.Task[_Held] | None = None
        self._pause = _Pause()

    async def current(self) -> Pass:
        """The token that is held, or a new one where it has run out."""
        held = self._held
        if held is not None and (held.until is None or asyncio.get_running_loop().time() < held.until):
            return held.carried
        try:
            return (await self._renewed()).carried
        except _Paused as error:
            raise SourceRefused("token_refused") from error

    async def after(self, refused: Pass) -> Pass | None:
        """A token that is newer than the refused one. None while there is a pause: new tokens were refused as well."""
        held = self._held
        if held is not None and held.carried is not refused:
            return held.carried
        if held is not None and not held.accepted:
            self._pause.began_with(held)
        try:
            return (await self._renewed()).carried
        except _Paused:
            return None

    def refuses(self, reply: Reply) -> bool:
        """By status, or by what a JSON answer says."""
        expired = self._credentials.expired
        if reply.status in expired.status:
            return True
        if expired.path is None or len(reply.body) > _BIGGEST_REFUSAL:
            return False
        try:
            found = getter(expired.path)(reply.json())
        except EgressError:
            return False
        return found is not None and str(found).lower() in {str(value).lower() for value in expired.values}

    def accepted(self, held: Pass) -> None:
        """A token that was good ends every pause."""
        if self._held is not None and self._held.carried is held and not self._held.accepted:
            self._held.accepted = True
            self._pause.end()

    async def aclose(self) -> None:
        """Break off what is under way."""
        if self._renewing is not None:
            self._renewing.cancel()
            await asyncio.wait({self._renewing})

    async def _renewed(self) -> _Held:
        """One renewal at a time, which goes on when whoever wanted it has left: the next one finds the token."""
        if self._renewing is None:
            self._renewing = asyncio.create_task(self._renew(self._held))
            self._renewing.add_done_callback(self._ended)
        return await asyncio.shield(self._renewing)

    def _ended(self, task: asyncio.Task[_Held]) -> None:
        self._renewing = None
        if not task.cancelled() and task.exception() is None:
            self._held = task.result()

    async def _renew(self, old: _Held | None) -> _Held:
        shared = self._keeper.shared if self._credentials.exclusive else None
        if shared is None:
            return await self._obtain()
        return await self._renew_shared(shared, old.generation if old is not None else None)

    async def _renew_shared(self, shared: SharedTokens, refused: int | None) -> _Held:
        """Take the token that another process has got meanwhile, or get one for all. Raises SourceTimeout where another takes too long."""
        try:
            async with asyncio.timeout(LEASE.total_seconds()):
                # What is waited for happens in another process.
                while (found := await shared.claim(self._owner, refused, LEASE)) is False:  # noqa: ASYNC110
                    await asyncio.sleep(_LOOK_EVERY)
        except TimeoutError as error:
            raise SourceTimeout("token_timeout") from error
        if isinstance(found, SharedToken):
            left = (found.expires - datetime.now(UTC)).total_seconds() if found.expires is not None else None
            return self._hold(found.token, left, found.generation)
        try:
            held = await self._obtain()
            expires = datetime.now(UTC) + timedelta(seconds=held.lifetime) if held.lifetime is not None else None
            kept = await shared.share(self._owner, held.token, expires)
        except BaseException:
            await shared.release(self._owner)
            raise
        held.generation = kept.generation if kept is not None else None
        return held

    async def _obtain(self) -> _Held:
        secrets = await needed(self._keeper, self._credentials.secrets)
        self._pause.check(secrets)
        try:
            issued = await self._issuer.issue(secrets)
            return self._hold(issued.token, issued.lifetime)
        except SourceError as error:
            self._pause.began_with(error)
            _log.warning("%s: no token could be got: %s", self._name, error.reason)
            raise

    def _hold(self, token: str, lifetime: float | None, generation: int | None = None) -> _Held:
        until = None
        if lifetime is not None:
            until = asyncio.get_running_loop().time() + lifetime - min(MARGIN * lifetime, 30.0)
        with suppress(ValueError):
            return _Held(carried(self._send, token), token, lifetime, until, generation)
        raise SourceMalformed("token_answer")


class _Paused(Exception):
    """New tokens did no good; nothing is asked for until the pause is over."""


class _Pause:
    """Holds renewals back after tokens that could not be got or were refused at once, each time for longer. Other secrets end it."""

    def __init__(self) -> None:
        self._count = 0
        self._until = 0.0
        self._last: Any = None
        self._failure: SourceError | None = None
        self._secrets: Mapping[str, str] | None = None

    def check(self, secrets: Mapping[str, str]) -> None:
        """Raises the failure that the pause began with, or _Paused where it was a token that was refused."""
        if secrets != self._secrets:
            self.end()
        self._secrets = secrets
        if asyncio.get_running_loop().time() >= self._until:
            return
        if self._failure is None:
            raise _Paused
        raise type(self._failure)(self._failure.reason)

    def began_with(self, cause: object) -> None:
        """Pause, once for each cause."""
        if cause is self._last:
            return
        self._last, self._failure = cause, cause if isinstance(cause, SourceError) else None
        pause = min(2.0 ** (self._count - 1), LONGEST_PAUSE) if self._count else 0.0
        self._until = asyncio.get_running_loop().time() + pause
        self._count += 1

    def end(self) -> None:
        """Something good came of it."""
        self._count, self._until, self._failure = 0, 0.0, None

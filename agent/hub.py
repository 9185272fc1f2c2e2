"""Speaking to `POST /feeds/{source}` (docs/feeds.md): patiently, and never as if something had arrived that had not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from egress import AddressRefused, EgressError, Fetcher, Reply, Request, Unreadable

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
"""Seconds between two attempts: every wait is twice as long as the one before."""

_LATER = frozenset({408, 429, 500, 502, 503, 504})


class HubRefused(Exception):
    """The hub does not take the push as a whole: `code` for machines, the text with what to do."""

    def __init__(self, code: str, title: str, fix: str = "") -> None:
        super().__init__(f"{title}: {fix}" if fix else title)
        self.code = code


class HubAway(Exception):
    """The hub could not be reached, or could not take anything, for as long as was waited."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a part: rows by status, those deleted by a snapshot, and each row at fault as it was told."""

    counts: Mapping[str, int]
    swept: int
    faults: Sequence[Mapping[str, Any]]


class Hub:
    """One feed over there.

    `secret` gives the push secret as it is now; `patience` is how long, in seconds, a hub is waited for that is down or busy; `waiting` is
    told the reason and the seconds before each wait.
    """

    def __init__(
        self,
        client: Fetcher,
        url: str,
        secret: Callable[[], str],
        *,
        lang: str,
        patience: float,
        waiting: Callable[[str, float], None] = lambda _reason, _seconds: None,
    ) -> None:
        self.url = url
        self._client, self._secret, self._lang = client, secret, lang
        self._patience, self._waiting = patience, waiting

    @property
    def shown(self) -> str:
        """The address without what may be private."""
        return urlsplit(self.url)._replace(query="", fragment="").geturl()

    async def send(self, body: bytes, **params: str) -> Receipt:
        """Push one part, again and again until it is answered. Raises HubRefused, HubAway."""
        loop = asyncio.get_running_loop()
        until, wait = loop.time() + self._patience, FIRST_WAIT
        while True:
            told, asked_for = await self._attempt(body, params)
            if isinstance(told, Receipt):
                return told
            pause = min(max(wait, asked_for or 0.0), max(LONGEST_WAIT, asked_for or 0.0))
            if loop.time() + pause > until:
                raise HubAway(told)
            self._waiting(told, pause)
            await asyncio.sleep(pause)
            wait = min(2 * wait, LONGEST_WAIT)

    async def give_up(self, push: str) -> None:
        """Tell that a push will not be gone on with, so that another one need not wait. A hub that does not hear it will find out."""
        headers = {"Authorization": f"Bearer {self._secret()}"}
        with suppress(EgressError):
            await self._client.fetch(Request(method="DELETE", url=self.url, headers=headers, params={"push": push}))

    async def _attempt(self, body: bytes, params: Mapping[str, str]) -> tuple[Receipt | str, float | None]:
        """The receipt, or why to try again, and after how many seconds where the hub says so."""
        secret = self._secret()
        try:
            reply = await self._post(body, params, secret)
            if reply.status == 401 and (other := self._secret()) != secret:
                reply = await self._post(body, params, other)
            if 200 <= reply.status < 300:
                return _receipt(reply), None
            if reply.status in _LATER or (reply.status == 409 and reply.retry_after is not None):
                return f"HTTP {reply.status}", reply.retry_after
        except AddressRefused as error:
            raise HubRefused(error.reason, str(error)) from error
        except Unreadable as error:
            raise HubRefused("no-feed", f"what answers there is no feed of Huiju ({error.reason})", "check --to") from error
        except EgressError as error:
            return str(error), None
        raise _refusal(reply)

    async def _post(self, body: bytes, params: Mapping[str, str], secret: str) -> Reply:
        headers = {
            "Authorization": f"Bearer {secret}",
            "Content-Type": "application/x-ndjson",
            "Accept": "application/json",
            "Accept-Language": self._lang,
        }
        return await self._client.fetch(Request(method="POST", url=self.url, headers=headers, params=params, body=body))


def _receipt(reply: Reply) -> Receipt:
    content = reply.json()
    try:
        summary = content["summary"]
        counts = {name: int(summary[name]) for name in ("accepted", "unchanged", "stale", "deleted", "rejected")}
        return Receipt(counts, int(summary["deleted_by_snapshot"]), list(content["rows"]))
    except (KeyError, TypeError, ValueError) as error:
        raise HubRefused("no-feed", "what answers there is no feed of Huiju", "check --to") from error


def _refusal(reply: Reply) -> HubRefused:
    try:
        told = reply.json()
        return HubRefused(str(told["code"]), str(told["title"]), str(told.get("fix", "")))
    except (EgressError, KeyError, TypeError, AttributeError):
        return HubRefused(f"http-{reply.status}", f"HTTP {reply.status}", "check --to")

"""Pages and forms while the database is away: 503 and when to come back, instead of a failure without words."""

from __future__ import annotations

import logging

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from store.away import RETRY_AFTER, unusable
from transport.answer import AWAY

_log = logging.getLogger(__name__)


class Away:
    """Answers 503 (RFC 9110, 15.6.4) where a database that cannot be used keeps a page from being made."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            told = unusable(error)
            if told is None or begun or scope["type"] != "http":
                raise
            _log.error("%s: %s (%s)", scope["path"], told.en, type(error).__name__)
            headers = {"retry-after": str(RETRY_AFTER), "cache-control": "no-store"}
            await PlainTextResponse("\n".join((*AWAY.values(), "")), 503, headers)(scope, receive, send)

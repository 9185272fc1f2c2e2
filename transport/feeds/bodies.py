"""The bytes of a push: counted while they come, never held, and not waited for without end."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from itertools import islice

from connectors.feed.definition import FeedConnection
from connectors.feed.formats import text_reader
from connectors.feed.rows import BodyUnreadable, Row
from connectors.feed.texts import Decoder
from connectors.feed.workbooks import workbook_rows
from harvest.intake import BATCH
from transport.feeds.asking import BodyForm
from transport.feeds.problems import FeedProblem

IDLE = 30.0
"""Seconds without a byte after which a push is given up."""

GRACE, LEAST_RATE = 60.0, 2_000
"""Seconds after which a body has to have come at this many bytes a second, all in all."""


class Body:
    """A body on its way; `digest` is that of the bytes so far."""

    def __init__(self, stream: AsyncGenerator[bytes, None], most: int) -> None:
        self._stream = stream
        self._most = most
        self._hash = hashlib.blake2b(digest_size=16)
        self.size = 0

    @property
    def digest(self) -> bytes:
        """The digest of what has come."""
        return self._hash.digest()

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes. Raises FeedProblem where they are too many or too slow, and what the stream raises where its sender is gone."""
        loop = asyncio.get_running_loop()
        waited = 0.0
        async with aclosing(self._stream) as stream:
            while True:
                began = loop.time()
                try:
                    async with asyncio.timeout(IDLE):
                        chunk = await anext(stream, None)
                except TimeoutError as error:
                    raise FeedProblem("too-slow") from error
                waited += loop.time() - began
                if chunk is None:
                    return
                self.size += len(chunk)
                if self.size > self._most:
                    raise FeedProblem("too-large", most=self._most)
                if waited > GRACE and self.size < (waited - GRACE) * LEAST_RATE:
                    raise FeedProblem("too-slow")
                self._hash.update(chunk)
                yield chunk

    async def drain(self) -> None:
        """Read what is left."""
        async for _ in self.chunks():
            pass

    async def batches(self, form: BodyForm, connection: FeedConnection) -> AsyncIterator[list[Row]]:
        """The rows, at most `BATCH` at a time. Raises FeedProblem."""
        count = 0
        waiting: list[Row] = []
        try:
            async for rows in self._rows(form, connection):
                for row in rows:
                    count += 1
                    if count > connection.max_rows:
                        raise FeedProblem("rows", most=connection.max_rows)
                    waiting.append(row)
                    if len(waiting) == BATCH:
                        yield waiting
                        waiting = []
        except BodyUnreadable as error:
            if waiting:
                yield waiting
            raise FeedProblem(error.rule, **error.details) from error
        if waiting:
            yield waiting

    async def _rows(self, form: BodyForm, connection: FeedConnection) -> AsyncIterator[Iterator[Row]]:
        if form.form == "xlsx":
            with tempfile.TemporaryFile() as file:
                async for chunk in self.chunks():
                    file.write(chunk)
                file.seek(0)
                rows = workbook_rows(file, connection)
                while some := await asyncio.to_thread(lambda: list(islice(rows, BATCH))):
                    yield iter(some)
            return
        decoder, reader = Decoder(form.charset), text_reader(form.form, connection)
        async for chunk in self.chunks():
            yield reader.feed(decoder.feed(chunk))
        yield reader.feed(decoder.feed(b"", last=True))
        yield reader.finish()

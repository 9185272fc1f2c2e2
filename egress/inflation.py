"""Decompression that cannot be made to run away: every step is bounded, and the whole by size and by ratio."""

import zlib
from collections.abc import Iterator

from egress.errors import ConnectionLost, Malformed, TooLarge

STEP = 262_144  # bytes made at a time; below this a ratio says nothing
_MEMBERS = 256

ACCEPTED = "gzip, deflate"


class Inflation:
    """One body on its way in, in the content coding of its header (RFC 9110 §8.4.1).

    `max_bytes` bounds what comes out (None: the consumer bounds it), `max_ratio` what comes out for what went in.
    Raises Malformed for a coding that was not asked for.
    """

    def __init__(self, coding: str, *, max_bytes: int | None, max_ratio: int) -> None:
        self._coding = coding.strip().lower()
        if self._coding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise Malformed("content_coding")
        self._max_bytes = max_bytes
        self._max_ratio = max_ratio
        self._taken = 0
        self._made = 0
        self._members = 0
        self._engine: zlib._Decompress | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take `data` and give what it expands to, at most STEP bytes at a time where it is compressed.

        Raises TooLarge at the first step beyond a bound, and Malformed.
        """
        if self._coding in {"", "identity"}:
            self._count(data, len(data))
            yield data
            return
        piece = b""
        while data or len(piece) == STEP:
            if self._engine is None or self._engine.eof:
                if self._engine is not None and not data.strip(b"\0"):
                    return  # some servers pad the end
                self._engine = self._next_member(data)
            try:
                piece = self._engine.decompress(data, STEP)
            except zlib.error as error:
                raise Malformed("compression") from error
            rest = self._engine.unconsumed_tail or self._engine.unused_data
            self._count(piece, len(data) - len(rest))
            data = rest
            if piece:
                yield piece

    def finish(self) -> None:
        """Say that no more comes. Raises ConnectionLost where the compressed data was not complete."""
        if self._engine is not None and not self._engine.eof:
            raise ConnectionLost("truncated")

    def _next_member(self, data: bytes) -> "zlib._Decompress":
        self._members += 1
        if self._members > _MEMBERS:  # thousands of empty members cost time and make nothing that could be counted
            raise Malformed("compression")
        if self._coding == "deflate":
            # The coding is zlib (RFC 1950), but some servers send raw deflate (RFC 1951).
            return zlib.decompressobj(zlib.MAX_WBITS if data[0] & 0x0F == 8 else -zlib.MAX_WBITS)
        return zlib.decompressobj(16 + zlib.MAX_WBITS)

    def _count(self, piece: bytes, taken: int) -> None:
        self._taken += taken
        self._made += len(piece)
        if self._made > STEP and self._made > self._taken * self._max_ratio:
            raise TooLarge("gzip_bomb")
        if self._max_bytes is not None and self._made > self._max_bytes:
            raise TooLarge("too_large")

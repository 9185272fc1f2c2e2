"""From the bytes of a body to text, chunk by chunk: by what was declared, by its byte order mark, or by what it can be."""

from __future__ import annotations

import codecs
import re

from connectors.feed.rows import BodyUnreadable

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"), (b"\x84\x31\x95\x33", "gb18030"))
_GB = frozenset({"gb18030", "gbk", "gb2312", "cp936", "x-gbk", "euc-cn"})
_SAMPLE = 65_536
"""Bytes by which an encoding that nobody declared is found out, counted from the first that is not ASCII."""

_BAD = re.compile("[\udc80-\udcff]")
"""What a byte that belongs to no character becomes, so that it spoils its own row alone (PEP 383)."""


def undecoded(text: str) -> bool:
    """Tell whether a text holds bytes that are no characters."""
    return not text.isascii() and _BAD.search(text) is not None


class Decoder:
    """Decodes a body. Raises BodyUnreadable where the encoding declared is not one of UTF-8, UTF-16 and GB18030."""

    def __init__(self, declared: str | None) -> None:
        self._held = b""
        self._begun = False
        self._decoder: codecs.IncrementalDecoder | None = None
        if declared is not None:
            self._decide(_codec(declared))

    def feed(self, chunk: bytes, *, last: bool = False) -> str:
        """The text of the bytes so far that can be told; `last` gives the rest."""
        if self._decoder is not None:
            return self._text(self._decoder.decode(chunk, last))
        self._held += chunk
        if not self._begun and (len(self._held) >= 4 or last):
            mark = next((name for mark, name in _MARKS if self._held.startswith(mark)), None)
            if mark is not None:
                return self._decided(mark, last=last)
        if self._held.isascii() and len(self._held) >= 4:
            text, self._held = self._held.decode("ascii"), b""
            return self._text(text)
        if len(self._held) >= _SAMPLE or last:
            return self._decided("utf-8" if _is_utf8(self._held, whole=last) else "gb18030", last=last)
        return ""

    def _decided(self, name: str, *, last: bool) -> str:
        decoder = self._decide(name)
        held, self._held = self._held, b""
        return self._text(decoder.decode(held, last))

    def _decide(self, name: str) -> codecs.IncrementalDecoder:
        self._decoder = decoder = codecs.getincrementaldecoder(name)("surrogateescape")
        return decoder

    def _text(self, text: str) -> str:
        if self._begun or not text:
            return text
        self._begun = True
        return text.removeprefix("\ufeff")


def _codec(label: str) -> str:
    name = label.strip().strip('"').lower()
    if name in _GB:
        return "gb18030"
    if name in {"utf-8", "utf8", "us-ascii", "ascii"}:
        return "utf-8"
    if name in {"utf-16", "utf-16le", "utf-16be"}:
        return {"utf-16": "utf-16", "utf-16le": "utf-16-le", "utf-16be": "utf-16-be"}[name]
    raise BodyUnreadable("charset", charset=label[:40])


def _is_utf8(sample: bytes, *, whole: bool) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample, whole)
    except UnicodeDecodeError:
        return False
    return True

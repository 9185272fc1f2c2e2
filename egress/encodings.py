"""From bytes to text: by declaration, never by guess, and never with a byte dropped."""

import codecs
import re

from egress.errors import Undecodable

# What may be named. Other codecs of Python's (unicode_escape, punycode, utf-7 …) are not encodings of documents.
_CODECS = frozenset(
    {
        "ascii", "utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be",
        "gb18030", "big5", "big5hkscs", "iso8859-1", "cp1252", "shift_jis", "euc_jp", "euc_kr",
    }
)  # fmt: skip
# GB 18030 contains the older sets, and documents labelled with them hold its characters (WHATWG Encoding §4.2).
_GB = frozenset({"gb2312", "gbk", "cp936", "gb18030", "gb18030-2000", "gb18030-2022", "x-gbk", "gb_2312-80", "euc-cn"})
# Frameworks stamp these on everything they send; UTF-8 is tried first.
_STAMPED = frozenset({"ascii", "iso8859-1", "cp1252"})
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"\x84\x31\x95\x33", "gb18030"),
)
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s"';,]+)""", re.IGNORECASE)
_XML_DECLARATION = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")


def codec(label: str) -> str:
    """The codec for a label of an encoding. Raises Undecodable for a label that names none."""
    name = label.strip().lower()
    if name in _GB:
        return "gb18030"
    try:
        name = codecs.lookup(name).name
    except (LookupError, ValueError):
        name = ""
    name = "gb18030" if name in {"gb2312", "gbk"} else name.removesuffix("-sig")
    if name not in _CODECS:
        raise Undecodable("unknown_encoding")
    return name


def encoding(body: bytes, *, declared: str | None, content_type: str) -> tuple[str, str | None]:
    """The codec of `body`, and the one to fall back on where that fails, if any.

    It is that of `declared` (what an administrator wrote), else of the byte order mark, else of the charset in
    `content_type`, else of the XML declaration, else UTF-8.
    Raises Undecodable for an unknown label, and where the mark contradicts what was declared.
    """
    mark = next((name for bom, name in _MARKS if body.startswith(bom)), None)
    if declared:
        name = codec(declared)
        if mark and not name.startswith(mark):
            raise Undecodable("encoding")
        return name, None
    if mark:
        return mark, None
    charset = _CHARSET.search(content_type)
    stated = codec(charset[1]) if charset else None
    stamped = stated in _STAMPED
    if (stated is None or stamped) and (within := _XML_DECLARATION.match(body)):
        return codec(within[1].decode("ascii")), None
    return ("utf-8", stated) if stamped or stated is None else (stated, None)


def decoded(body: bytes, *, declared: str | None, content_type: str) -> str:
    """Text without its byte order mark. Raises Undecodable where a byte does not belong to its `encoding`."""
    name, fallback = encoding(body, declared=declared, content_type=content_type)
    try:
        text = body.decode(name)
    except UnicodeDecodeError as error:
        if fallback is None:
            raise Undecodable("encoding") from error
        try:
            text = body.decode(fallback)
        except UnicodeDecodeError as again:
            raise Undecodable("encoding") from again
    return text.removeprefix("\ufeff")


def utf8(body: bytes) -> str:
    """Text of what should be UTF-8. Raises Undecodable."""
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise Undecodable("encoding") from error

"""Strict readers of JSON and XML that came from strangers."""

import re
from typing import Any

import orjson
from lxml import etree  # type: ignore[import-untyped]

from egress.encodings import utf8
from egress.errors import Malformed, NotData, TooDeep

_HTML = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?>.*?-->)\s*)*+<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_PROLOG_WITH_DTD = re.compile(r"(?>\s+|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)
# XML 1.0 §2.2 Char, and references to what it leaves out: C0 controls and halves of surrogate pairs.
_ILLEGAL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
    "|&#0*(?:[0-8]|1[124-9]|2[0-9]|3[01]|5529[6-9]|55[3-9][0-9]{2}|56[0-9]{3}|57[0-2][0-9]{2}|573[0-3][0-9]|5734[0-3]);"
    "|&#x0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]|[dD][89a-fA-F][0-9a-fA-F]{2}|[fF]{3}[eEfF]);"
)
_NESTING = frozenset({dict, list})


def read_json(text: str | bytes, *, max_depth: int, page: bool = False) -> Any:
    """Parse one JSON document (RFC 8259), of text or of what should be UTF-8. `page` says that the reply called itself a web page.

    Raises NotData for HTML and for nothing, Undecodable, Malformed, and TooDeep beyond `max_depth` levels.
    """
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if isinstance(text, bytes):
            text = utf8(text)
        stripped = text.strip()
        if not stripped:
            raise NotData("empty") from error
        if page or stripped.startswith("<"):
            raise NotData("html") from error
        if "depth limit" in error.msg:
            raise TooDeep("too_deep") from error
        raise Malformed("truncated" if "unexpected end" in error.msg else "malformed") from error
    level: list[Any] = [value] if type(value) in _NESTING else []
    depth = 0
    while level:
        depth += 1
        if depth > max_depth:
            raise TooDeep("too_deep")
        level = [inner for outer in level for inner in (outer.values() if type(outer) is dict else outer) if type(inner) in _NESTING]
    return value


def read_xml(text: str, *, page: bool = False) -> tuple[Any, int]:
    """Parse one XML document into its root `lxml.etree._Element`, without DTD, entities, network or huge trees.

    The second value counts the illegal characters (XML 1.0 §2.2) that were left out of it.
    Raises NotData for HTML and for nothing, Malformed, and TooDeep.
    """
    clean, removed = _ILLEGAL.subn("", text)
    clean = clean.strip()
    if not clean:
        raise NotData("empty")
    if _HTML.match(clean):
        raise NotData("html")
    if _PROLOG_WITH_DTD.match(clean):
        raise Malformed("entities")
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(clean.encode(), parser)
    except etree.XMLSyntaxError as error:
        if page:
            raise NotData("html") from error
        if "xcessive depth" in str(error):
            raise TooDeep("too_deep") from error
        cut = error.code in {etree.ErrorTypes.ERR_DOCUMENT_END, etree.ErrorTypes.ERR_TAG_NOT_FINISHED}
        cut = cut or (clean.startswith("<") and not clean.endswith(">"))
        raise Malformed("truncated" if cut else "malformed") from error
    if root.getroottree().docinfo.internalDTD is not None:  # whatever the prolog was made to look like
        raise Malformed("entities")
    return root, removed

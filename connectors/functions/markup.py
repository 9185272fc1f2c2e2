"""Plain text out of HTML, in one pass and linear in its length whatever it holds."""

import html
import re

from connectors.functions.place import Place
from connectors.functions.texts import as_text

LONGEST = 2_000_000  # characters; a record is at most 2 MB when streamed

_EDGE = "\x1f"  # no text holds it: controls are gone by then, and references to them are read as nothing
_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9:-]{0,30})")
_TAG_END = re.compile(r"""(?:[^>"']++|"[^"]*+"|'[^']*+')*+>""")
_HUGE_REFERENCE = re.compile(r"&#(?:[0-9]{8,}|[xX][0-9A-Fa-f]{7,});?")
_DROPPED = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "template", "noscript", "iframe", "noembed", "noframes")
}
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "br",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "nav",
        "ol",
        "option",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "title",
        "tr",
        "ul",
    ]
)
_CELLS = frozenset(("td", "th"))


def plain_text(value: object, place: Place) -> str | None:
    """The text a reader sees: tags, comments, scripts and styles dropped, blocks and <br> as line breaks, entities read once.

    Escaped markup (`&lt;b&gt;`) is text and stays so; text without any tag keeps its lines.
    Raises ValueError for what is not text and for more than 2,000,000 characters.
    """
    written = as_text(value)
    if written is None:
        return None
    if len(written) > LONGEST:
        raise ValueError(f"the HTML has {len(written)} characters, at most {LONGEST} are read: map a shorter field")
    if "<" not in written and "&" not in written:
        return written
    pieces, tagged = _pieces(written)
    if not tagged:
        return as_text("".join(pieces))
    lines = (" ".join(line.split()) for line in "".join(pieces).split(_EDGE))
    return as_text("\n".join(line for line in lines if line))


def _pieces(source: str) -> tuple[list[str], bool]:
    """The visible pieces in order, with a mark at a block's edge, and whether there was any markup."""
    kept: list[str] = []
    tagged = False
    quotes = True  # given up after the first tag whose quotes never close: each such try reads to the end
    at = 0
    while (opening := source.find("<", at)) >= 0:
        if source.startswith("<!--", opening):
            closing = source.find("-->", opening + 4)
            after = closing + 3
            edge = ""
        elif source.startswith(("<!", "<?"), opening):
            closing = source.find(">", opening)
            after = closing + 1
            edge = ""
        elif (tag := _TAG.match(source, opening)) is not None:
            end = _TAG_END.match(source, tag.end()) if quotes else None
            quotes = quotes and end is not None
            closing = end.end() - 1 if end else source.find(">", tag.end())
            if closing < 0:  # nothing closes any more: the rest was never markup
                break
            after = closing + 1
            name = tag[1].lower()
            edge = _EDGE if name in _BLOCKS else " " if name in _CELLS else ""
            if name in _DROPPED and source[opening + 1] != "/":
                shut = _DROPPED[name].search(source, after)
                closing = shut.start() if shut else -1
                after = closing
        else:  # "a < b": no markup
            kept.append(_read(source[at : opening + 1]))
            at = opening + 1
            continue
        tagged = True
        kept.append(_read(source[at:opening]))
        kept.append(edge)
        if closing < 0:  # a comment, script or declaration that never ends hides the rest, as in a browser
            return kept, tagged
        at = after
    kept.append(_read(source[at:]))
    return kept, tagged


def _read(piece: str) -> str:
    return html.unescape(_HUGE_REFERENCE.sub("\ufffd", piece)) if "&" in piece else piece

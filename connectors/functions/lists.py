"""Several names or keywords that came in one string."""

import re
from collections.abc import Iterable

from connectors.functions.place import Place
from connectors.functions.texts import as_text

_NAMES = re.compile(r"[、，,;；/／|｜\n]")
# "CAD/CAM" and "1,2-二氯乙烷" are one keyword each.
_KEYWORDS = re.compile(r"[、，;；|｜\n]|(?<![0-9]),|,(?![0-9])|(?<![A-Za-z0-9])[/／]|[/／](?![A-Za-z0-9])")
# What the source already divided is divided only where no name goes on: "Smith, John" stays one.
_INNER = re.compile(r"[、；;|｜\n]")
_AND_OTHERS = re.compile(r"(?<=.)(?:(?<!\s)\s{1,8})?(?:等人?|et al\.?)$")
_ABSENT = frozenset(("无", "暂无", "-", "--", "null", "none", "n/a", "等", "等人"))


def names(value: object, place: Place) -> tuple[str, ...] | None:
    """People or bodies, in order and without repeats, out of a string divided by 、，,;；/| or line breaks, or a list.

    A middle dot divides nothing (买买提·艾力 is one person); 等 at an end is dropped. None where nobody is named.
    """
    return _distinct(_AND_OTHERS.sub("", piece).strip() for piece in _pieces(value, _NAMES))


def keywords(value: object, place: Place) -> tuple[str, ...] | None:
    """Keywords, divided as `names` are, but neither a slash between Latin letters nor a comma between digits divides."""
    return _distinct(_pieces(value, _KEYWORDS))


def _pieces(value: object, divider: re.Pattern[str]) -> Iterable[str]:
    if isinstance(value, (list, tuple)):
        for element in value:
            if (written := as_text(element)) is not None:
                yield from _INNER.split(written)
    elif (written := as_text(value)) is not None:
        yield from divider.split(written)


def _distinct(pieces: Iterable[str]) -> tuple[str, ...] | None:
    trimmed = dict.fromkeys(as_text(piece) for piece in pieces)
    return tuple(piece for piece in trimmed if piece is not None and piece.casefold() not in _ABSENT) or None

"""The name on a vCard, as LOM 2.3 carries contributors (RFC 6350, and 2.1 as older tools write it)."""

import quopri
import re

from connectors.functions.place import Place
from connectors.functions.texts import as_text, shown

LONGEST = 20_000  # characters; longer ones carry photographs

# Tools that collapse white space put a whole card on one line: a property starts after a blank.
_COLLAPSED = re.compile(
    r"(?<![ \t])[ \t]++(?=(?:BEGIN|END|VERSION|FN|N|ORG|TITLE|ROLE|EMAIL|TEL|ADR|URL|NOTE|UID|REV|PHOTO|BDAY|X-[A-Z-]{1,30})[:;])",
    re.IGNORECASE,
)
_FOLDED = re.compile(r"\n[ \t]")
_PROPERTY = re.compile(r"(?:[A-Za-z0-9-]{1,30}\.)?(FN|N|ORG)((?:;[^:\n]{0,200})?):(.*)", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)")
_CJK = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")
_CONTACT = re.compile(r"@|[0-9]{7}")


def vcard_name(value: object, place: Place) -> str | None:
    """FN, else N, else ORG of a vCard; a plain name without a card is taken as it is. Nothing else of the card is read.

    Raises ValueError where a card names nobody, and where a name without a card holds an e-mail address or a telephone.
    """
    written = as_text(value)
    if written is None:
        return None
    if len(written) > LONGEST:
        raise ValueError(f"the vCard has {len(written)} characters, at most {LONGEST} are read")
    if not written[:11].upper().startswith("BEGIN:VCARD"):
        if _CONTACT.search(written) or "\n" in written:
            raise ValueError("the value is neither a vCard nor a plain name: a vCard starts with BEGIN:VCARD")
        return written
    found: dict[str, str] = {}
    for line in _lines(written):
        if (read := _PROPERTY.fullmatch(line)) is not None:
            name = _NAMES[read[1].upper()](_decoded(read[2], read[3]))
            if name is not None and not _CONTACT.search(name):
                found.setdefault(read[1].upper(), name)
    for key in ("FN", "N", "ORG"):
        if key in found:
            return found[key]
    raise ValueError(f"the vCard names nobody: FN, N or ORG is expected in {shown(written[11:].strip())}")


def _lines(card: str) -> list[str]:
    if "QUOTED-PRINTABLE" in card.upper():
        card = card.replace("=\n", "")
    lines = _FOLDED.sub("", card).split("\n")
    return [part.strip() for line in lines for part in _COLLAPSED.split(line)]


def _decoded(parameters: str, raw: str) -> str:
    if "QUOTED-PRINTABLE" not in parameters.upper():
        return raw
    return quopri.decodestring(raw.encode("utf-8", "replace")).decode("utf-8", "replace")  # vCard 2.1, section 2.1.3


def _unescaped(raw: str) -> str | None:
    return as_text(_ESCAPED.sub(lambda escape: " " if escape[1] in "nN" else escape[1], raw))


def _components(raw: str) -> list[str]:
    """Components divided by semicolons that no backslash escapes (RFC 6350, 3.4)."""
    parts = re.split(r"(?<!\\);", raw)
    return [part for part in (_unescaped(part) for part in parts[:2]) if part]


def _structured_name(raw: str) -> str | None:
    parts = _components(raw)
    if parts and _CJK.search(parts[0]):
        return "".join(parts)  # 姓名: family name first, no blank between
    return " ".join(reversed(parts)) or None


def _organisation(raw: str) -> str | None:
    return next(iter(_components(raw)), None)


_NAMES = {"FN": _unescaped, "N": _structured_name, "ORG": _organisation}

"""Values inside values: JSON in a string, the last segment of an address."""

import json

from connectors.functions.place import Place
from connectors.functions.texts import as_text, shown

DEEPEST = 64


def json_in_string(value: object, place: Place) -> object:
    """The value of a JSON document that came as a string; a value that is already parsed is handed on.

    Integers keep all digits. Raises ValueError for what is not JSON (RFC 8259), NaN included, or nests deeper than 64.
    """
    if isinstance(value, (dict, list)):
        return value
    written = as_text(value)
    if written is None:
        return None
    if written.count("[") + written.count("{") > DEEPEST and _depth(written) > DEEPEST:
        raise ValueError(f"the JSON nests deeper than {DEEPEST} levels")
    try:
        parsed: object = json.loads(written, parse_constant=_refuse)
    except ValueError as error:
        raise ValueError(f"the string is not JSON: {shown(written)}") from error
    return parsed


def last_segment(value: object, place: Place) -> str | None:
    """What stands last in an address, path or URN: "video" of https://w3id.org/kim/hcrt/video, "12" of oai:a.cn:12.

    A fragment goes before the path; a query is left out. Raises ValueError where an address has only a host.
    """
    written = as_text(value)
    if written is None:
        return None
    path, _, fragment = written.partition("#")
    path = path.partition("?")[0]
    scheme, slashes, rest = path.partition("://")
    named = (fragment.strip().rstrip("/") or (rest if slashes else scheme).strip().rstrip("/")).rstrip()
    if not named or (slashes and named == rest.strip().rstrip("/") and "/" not in named):
        raise ValueError(f"the address has no segment after its host: {shown(written)}")
    last = named.rpartition("/")[2]
    return as_text(last if "/" in written else last.rpartition(":")[2])


def _depth(written: str) -> int:
    """How deep brackets nest, strings left out."""
    deepest = depth = 0
    in_string = escaped = False
    for character in written:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is not JSON")

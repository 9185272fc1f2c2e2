"""The SELECT in a file beside a definition: one statement, checked and made ready for `sqlalchemy.text`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

_MAX_BYTES = 64_000
_TOKEN = re.compile(
    r"""(?P<comment> --[^\n]* | /\*.*?(?:\*/|\Z) )
      | (?P<quoted> '(?:[^']|'')*' | "(?:[^"]|"")*" | `(?:[^`]|``)*` | \[[^\]]*\] )
      | (?P<bind> :[A-Za-z_]\w* )
      | (?P<foreign> [?@$:;'"`\[] )
      | (?P<word> \w+ )
      | (?P<space> \s+ )
      | (?P<other> . )""",
    re.VERBOSE | re.DOTALL,
)


def read_select(directory: Path, name: str, binds: Mapping[str, object]) -> str:
    """Read the file `name` below `directory`. Raises ValueError that says what to mend.

    Comes back without comments and closing semicolon; colons inside quotes are escaped as `sqlalchemy.text` wants it.
    """
    relative = PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts:
        raise ValueError("name a file beside the definition")
    path = directory / relative
    try:
        if path.resolve(strict=True) != directory.resolve(strict=True) / relative or path.stat().st_size > _MAX_BYTES:
            raise ValueError(f"name a file beside the definition, no link, at most {_MAX_BYTES} bytes")
        if not path.is_file():  # a pipe would be waited for
            raise ValueError("this is no plain file")
        statement = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ValueError("there is no such file beside the definition") from error
    return check_select(statement, binds)


def check_select(statement: str, binds: Mapping[str, object]) -> str:
    """See that `statement` is one SELECT (or WITH … SELECT) whose named binds all have a value, and no others."""
    tokens = list(_tokens(statement))
    while tokens and tokens[-1] in (" ", ";"):
        tokens.pop()
    text = "".join(tokens).strip()
    if not re.match(r"(?i)(select|with)\b", text):
        raise ValueError("the file holds no SELECT: write one statement that begins with SELECT or WITH")
    depth = 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth < 0:
            break
        if token in {";", "?", "@", "$", ":", "'", '"', "`", "["}:
            raise ValueError(f"{token!r} cannot stand there: write one statement, quotes closed, parameters as :name")
    if depth != 0:
        raise ValueError("a bracket of the SELECT is not closed, or closes nothing")
    found = {token[1:] for token in tokens if token[0] == ":" and len(token) > 1}
    if found != set(binds):
        names = ", ".join(sorted(found ^ set(binds)))
        raise ValueError(f"the :names of the SELECT and `binds` differ: {names}")
    return text


def _tokens(statement: str) -> Iterator[str]:
    for found in _TOKEN.finditer(statement):
        match found.lastgroup:
            case "comment" | "space":
                yield " "
            case "quoted":
                yield found[0].replace(":", "\\:")
            case _:
                yield found[0]

"""The search form of a text: one function for the index, for queries, facets and the scores of live records."""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.resources import files


class _Forms(dict[int, str]):
    """From a character to its search form, worked out when it is first met; character by character, so no text takes longer than linear."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if unicodedata.category(character) in ("Cc", "Cf", "Cs"):
            form = " " if character in "\t\n\r\v\f" else ""
        else:
            # Lower case first and last: the form of ℃ holds a capital, the lower case of İ a mark.
            plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", character.lower()).lower())
            form = unicodedata.normalize("NFC", "".join(each for each in plain if not "\u0300" <= each <= "\u036f"))
            form = form.translate(_simplified())
        self[code] = form
        return form


_FORMS = _Forms()


def normal(text: str) -> str:
    """Compatibility form (NFKC) in lower case and simplified characters, without accents, control and format characters."""
    return text.translate(_FORMS)


def aligned(text: str) -> tuple[str, list[int]]:
    """The search form, and for each of its characters the index of the character in `text` that it comes from."""
    forms = [_FORMS[ord(character)] for character in text]
    return "".join(forms), [place for place, form in enumerate(forms) for _ in form]


@cache
def _simplified() -> dict[int, str]:
    """Traditional characters with their simplified ones (Unihan, as in ICU's Traditional-Simplified), single characters only."""
    pairs = (files("store.search") / "data" / "traditional.txt").read_text("utf-8").split()
    return {ord(pair[0]): pair[1] for pair in pairs}

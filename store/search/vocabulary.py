"""The vocabulary that suggestions are made from: terms, and the sounds by which they are found."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import chain

SHORTEST, LONGEST = 2, 24
"""Characters of a term that may be suggested."""

_DIVIDER = "\x1f"


def listed(terms: Iterable[str]) -> list[str]:
    """What the index lists of a record's terms: each as it is, behind its pinyin and behind its initials."""
    return list(dict.fromkeys(chain.from_iterable(map(_entries, terms))))


def term_of(entry: str) -> str:
    """The term that an entry of the list stands for."""
    return entry.rpartition(_DIVIDER)[2]


def has_hanzi(text: str) -> bool:
    """Tell whether a text holds a character that is read in pinyin."""
    return any("\u3400" <= character <= "\u9fff" for character in text)


def spelt(word: str) -> str:
    """What all entries begin with whose terms are spelt `word` in pinyin, or by their initials."""
    return word + _DIVIDER


def sounding(text: str) -> str | None:
    """What all entries begin with whose terms sound as `text` does; None where it has no hanzi."""
    heard = _sounds(text)
    return "".join(heard) + _DIVIDER if heard else None


@lru_cache(maxsize=20_000)
def _entries(term: str) -> tuple[str, ...]:
    if not SHORTEST <= len(term) <= LONGEST:
        return ()
    heard = _sounds(term)
    if not heard:
        return (term,)
    spelt, initials = "".join(heard), "".join(sound[0] for sound in heard)
    return tuple(dict.fromkeys((term, f"{spelt}{_DIVIDER}{term}", f"{initials}{_DIVIDER}{term}")))


def _sounds(term: str) -> list[str]:
    """The pinyin of each hanzi without tones, other letters as they are; nothing where there is no hanzi."""
    if not has_hanzi(term):
        return []
    from pypinyin import lazy_pinyin

    found = ("".join(filter(str.isalnum, sound)) for sound in lazy_pinyin(term))
    return [sound for sound in found if sound]

"""Orders of a walk and their keys: the same function for the catalog, for live records and for merging."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache

from store.record import Record

NEVER = -(2**62)
"""The NEWEST key of a record without any date: after all others."""


class Order(StrEnum):
    """How a list is ordered; ties are broken by id, ascending."""

    RELEVANCE = "relevance"
    NEWEST = "newest"
    TITLE = "title"


def newest_key(record: Record) -> int:
    """Milliseconds since the epoch of `updated_at`, else of the start of `published` (UTC), else `NEVER`."""
    if record.updated_at is not None:
        return int(record.updated_at.timestamp() * 1000)
    if record.published is not None:
        return start_of(record.published)
    return NEVER


def title_key(record: Record) -> str:
    """The TITLE key: compatibility form (NFKC) of the first 200 characters in lower case, every hanzi led by its pinyin."""
    # Normalising is quadratic in a run of combining marks, so a hostile title is cut before it.
    text = unicodedata.normalize("NFKC", record.title[:200]).casefold()
    return "".join(map(_sound, text))


@lru_cache(maxsize=16_384)
def _sound(character: str) -> str:
    if character < "\u3400":
        return character
    from pypinyin import Style, pinyin

    sounds = pinyin(character, style=Style.TONE3, errors="ignore", neutral_tone_with_five=True)
    return f"{sounds[0][0]} {character}" if sounds else character


@lru_cache(maxsize=4096)
def start_of(published: str) -> int:
    """Milliseconds since the epoch of the first moment (UTC) of a partial date: 2023, 2023-05 or 2023-05-17."""
    year, month, day = (*map(int, published.split("-")), 1, 1)[:3]
    return int(datetime(year, month, day, tzinfo=UTC).timestamp() * 1000)

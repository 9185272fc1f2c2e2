"""Chinese or English: what the caller prefers."""

from __future__ import annotations

from typing import Literal

Language = Literal["zh", "en"]


def preferred(accept_language: str | None, default: Language = "zh") -> Language:
    """The better of zh and en by an Accept-Language header (RFC 9110, 12.5.4); `default` where it names neither."""
    best: tuple[float, Language] | None = None
    for part in (accept_language or "").lower().split(",")[:20]:
        tag, _, parameters = part.strip().partition(";")
        language: Language | None = "zh" if tag.startswith("zh") else "en" if tag.startswith("en") else None
        weight = _weight(parameters)
        if language is not None and weight > 0 and (best is None or weight > best[0]):
            best = weight, language
    return best[1] if best is not None else default


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0

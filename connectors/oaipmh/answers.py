"""What a repository answered: errors, records, sets, the resumption token (OAI-PMH 2.0 §3 and §4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from connectors.errors import CursorLost, SourceError, SourceMalformed
from connectors.keys import key_reader
from connectors.protocol import Item, Key, Spoiled

LONGEST_TOKEN = 8_000
"""Characters; a longer token fits no address."""

Children = Callable[[Any], dict[str, Any]]


class Gone(NamedTuple):
    """A record that the repository says was deleted."""

    key: Key


Entry = Item | Spoiled | Gone


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer to one verb: its container, None beside errors; their codes in lower case; `responseDate`."""

    container: Any
    codes: frozenset[str]
    date: datetime | None


@dataclass(frozen=True, slots=True)
class Token:
    """What a resumption token says: how to go on (None: nowhere), and how long the repository thinks the list is.

    `told` is False where there was no token at all.
    """

    text: str | None = None
    size: int | None = None
    told: bool = True


NO_TOKEN = Token(told=False)


def answer_in(root: Any, verb: str) -> Answer:
    """Read the envelope, whatever its prefixes. Raises SourceMalformed where it is none."""
    if _local(root) != "oai-pmh":
        raise SourceMalformed("shape")
    codes = frozenset((child.get("code") or "").strip().lower() for child in _named(root, "error"))
    container = next(_named(root, verb.lower()), None)
    if container is None and not codes:
        raise SourceMalformed("shape")
    return Answer(None if codes else container, codes, moment_in(_text(root, "responsedate")))


def meaning(codes: frozenset[str], *, resumed: bool) -> SourceError:
    """What codes mean that no caller expects (§3.6); `resumed` tells that a token was sent."""
    if resumed and codes & {"badresumptiontoken", "badargument"}:
        return CursorLost("cursor")
    if "cannotdisseminateformat" in codes:
        return SourceMalformed("schema")
    if codes & {"badargument", "badverb", "badresumptiontoken", "nosethierarchy", "nometadataformats"}:
        return SourceMalformed("rejected")
    return SourceMalformed("error_inside")


def records_in(container: Any, children: Children) -> list[Entry]:
    """The records of ListRecords or GetRecord. A key comes once, with what was said last."""
    return _said_last(_entry(record, children) for record in _named(container, "record"))


def headers_in(container: Any) -> list[Entry]:
    """The headers of ListIdentifiers as items without metadata. A key comes once, with what was said last."""
    return _said_last(_keyed({"header": _header(header)}) for header in _named(container, "header"))


def _said_last(read: Iterable[Entry]) -> list[Entry]:
    entries: dict[Any, Entry] = {}
    for number, entry in enumerate(read):
        key = number if entry.key is None else entry.key
        entries.pop(key, None)
        entries[key] = entry
    return list(entries.values())


def sets_in(container: Any, children: Children) -> list[Entry]:
    """The sets of ListSets."""
    return [_SET_KEY(_set(each, children), True) for each in _named(container, "set")]


def stamps_in(container: Any) -> list[str]:
    """The stamps of ListIdentifiers."""
    return [_text(header, "datestamp") for header in _named(container, "header")]


def prefixes_in(container: Any) -> list[str]:
    """The prefixes of ListMetadataFormats."""
    return [prefix for each in _named(container, "metadataformat") if (prefix := _text(each, "metadataprefix"))]


def token_in(container: Any) -> Token:
    """The resumption token; an empty one ends the list (§3.5). Raises SourceMalformed for one that is too long."""
    element = next(_named(container, "resumptiontoken"), None)
    if element is None:
        return NO_TOKEN
    text = (element.text or "").strip()
    if len(text) > LONGEST_TOKEN:
        raise SourceMalformed("too_large")
    written = (element.get("completeListSize") or "").strip()
    size = int(written[:15]) if written.isascii() and written.isdigit() else None
    return Token(text or None if size != 0 else None, size)  # some give a token of an empty list, which leads to another one


def text_in(container: Any, name: str) -> str:
    """The text of a child by its name in lower case; empty where there is none."""
    return _text(container, name)


def moment_in(text: str) -> datetime | None:
    """A stamp or response date as an aware datetime, its first moment where it is a day; None where it cannot be read."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None


_RECORD_KEY = key_reader(("header.identifier",))
_SET_KEY = key_reader(("setSpec",))


def _entry(record: Any, children: Children) -> Entry:
    header = next(_named(record, "header"), None)
    if header is None:
        return Spoiled(None, "no_identifier")
    native: dict[str, Any] = {"header": _header(header)}
    found = _keyed(native)
    if not isinstance(found, Item):
        return found
    metadata = next(_named(record, "metadata"), None)
    if metadata is None or not (read := children(metadata)):
        return Spoiled(found.key, "no_metadata")
    native["metadata"] = read
    if about := [children(each) for each in _named(record, "about")]:
        native["about"] = about
    return found


def _keyed(native: dict[str, Any]) -> Entry:
    found = _RECORD_KEY(native, True)
    return Gone(found.key) if isinstance(found, Item) and native["header"].get("status") == "deleted" else found


def _header(header: Any) -> Mapping[str, Any]:
    found: dict[str, Any] = {name: text for name in ("identifier", "datestamp") if (text := _text(header, name))}
    if sets := [text for each in _named(header, "setspec") if (text := (each.text or "").strip())]:
        found["setSpec"] = sets
    if status := (header.get("status") or "").strip().lower():
        found["status"] = status
    return found


def _set(element: Any, children: Children) -> Mapping[str, Any]:
    found: dict[str, Any] = {name: text for name in ("setSpec", "setName") if (text := _text(element, name.lower()))}
    if descriptions := [children(each) for each in _named(element, "setdescription")]:
        found["setDescription"] = descriptions
    return found


def _named(element: Any, name: str) -> Iterator[Any]:
    return (child for child in element if _local(child) == name)


def _text(element: Any, name: str) -> str:
    child = next(_named(element, name), None)
    return (child.text or "").strip() if child is not None else ""


def _local(element: Any) -> str:
    """The name without its namespace and in lower case: repositories write `oai:`, no namespace at all, and `dateStamp`."""
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""

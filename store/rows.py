"""What the catalog keeps of a record beside its body: columns to filter and order by, terms, a hash of the content."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec

from store.errors import Unstorable
from store.identity import MAX_KEY_BYTES, library_id
from store.ordering import newest_key, title_key
from store.record import Institution, Library, Record

TITLE_KEY_BYTES = 2200
"""Bytes of the TITLE key that order records, enough for 200 hanzi: an index row of PostgreSQL holds 2,700 bytes, the id among them."""

TERM_LENGTH = 200
"""Characters of a term that are kept as they are, for the same reason."""

_WINDOW_BITS, _MEMORY_LEVEL = 12, 5
_WINDOW = 1 << _WINDOW_BITS

_encode = msgspec.json.Encoder().encode
_RECORD = msgspec.json.Decoder(Record)
_T = TypeVar("_T", Record, Library, Institution)


class Row(NamedTuple):
    """A record ready to be written; `visibility` is None where everybody sees it without asking."""

    key: str
    visibility: frozenset[str] | None
    columns: dict[str, Any]
    terms: frozenset[tuple[str, str]]


def record_row(record: Record) -> Row:
    """Make the row of a record. Raises Unstorable."""
    body, digest = _body(record)
    duration = record.duration_seconds
    if duration is not None and not -(2**63) <= duration < 2**63:
        raise Unstorable("duration_seconds", "the number has more than 64 bits")
    try:
        newest = newest_key(record)
    except (ValueError, OverflowError) as error:
        raise Unstorable("published", f"this is no date: {error}") from error
    columns = {
        "id": record.id,
        "source": record.source,
        "key": record.key,
        "hash": digest,
        "newest": newest,
        "title_key": cut_title(title_key(record)),
        "kind": record.kind,
        "tier": record.tier,
        "access": record.access,
        "province": record.province,
        "institution": record.institution,
        "library": library_id(record.library.source, record.library.key) if record.library is not None else None,
        "license": record.license.code if record.license is not None else None,
        "format": record.format,
        "published": record.published,
        "updated_at": record.updated_at,
        "duration_seconds": duration,
        "body": body,
    }
    return Row(record.key, frozenset(record.visibility), columns, frozenset(_terms(record)))


def record_of(body: bytes) -> Record:
    """The record of a row's body."""
    return _RECORD.decode(body)


def library_row(library: Library) -> Row:
    """Make the row of a library. Raises Unstorable."""
    body, digest = _body(library)
    named = {name: getattr(library, name) for name in ("id", "source", "key", "name", "tier", "province", "institution")}
    return Row(library.key, frozenset(library.visibility), {**named, "hash": digest, "body": body}, frozenset())


def institution_row(source: str, key: str, institution: Institution) -> Row:
    """Make the row of what `source` says of an institution under its native key. Raises Unstorable."""
    body, digest = _body(institution)
    named = {name: getattr(institution, name) for name in ("code", "name", "province")}
    return Row(key, None, {**named, "source": source, "key": key, "hash": digest, "body": body}, frozenset())


def term(value: str) -> str:
    """The form of a value in which terms are compared for equality: long ones are cut, and told apart by a digest."""
    if len(value) <= TERM_LENGTH:
        return value
    return value[:TERM_LENGTH] + hashlib.blake2b(value.encode(), digest_size=16).hexdigest()


def cut_title(key: str) -> str:
    """The part of a TITLE key that orders records."""
    return key if len(key) * 4 <= TITLE_KEY_BYTES else key.encode(errors="ignore")[:TITLE_KEY_BYTES].decode(errors="ignore")


def major_term(catalogue_year: int, code: str) -> str:
    """The term of a major, and the prefix of the terms of all majors below it."""
    return f"{catalogue_year}:{code}"[:TERM_LENGTH]


def visibility_digest(keys: frozenset[str]) -> bytes:
    """Name a set of visibility keys in 16 bytes."""
    return hashlib.blake2b("\n".join(sorted(keys)).encode(), digest_size=16).digest()


def storable(text: str) -> bool:
    """Tell whether both databases can hold and compare `text`."""
    if "\0" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def may_be_held(key: str) -> bool:
    """Tell whether `key` could be the native key of a record."""
    return storable(key) and 0 < len(key.encode()) <= MAX_KEY_BYTES


def plain(native: Mapping[str, Any]) -> bytes:
    """A native item as JSON, whatever stands in it."""
    try:
        return _encode(native)
    except (ValueError, TypeError, OverflowError):
        return json.dumps(native, default=str).encode()


def compress(plain: bytes) -> bytes:
    """Compress what `plain` makes."""
    if len(plain) > _WINDOW:
        return zlib.compress(plain, 1)
    # zlib clears the tables of a compressor first, and those of the usual size are hundreds of times as large as an item.
    compressor = zlib.compressobj(1, zlib.DEFLATED, _WINDOW_BITS, _MEMORY_LEVEL)
    return compressor.compress(plain) + compressor.flush()


def pack(native: Mapping[str, Any]) -> bytes:
    """Pack a native item as compressed JSON, whatever stands in it."""
    return compress(plain(native))


def unpack(packed: bytes) -> dict[str, Any]:
    """Undo `pack`."""
    plain = zlib.decompress(packed)
    try:
        native: dict[str, Any] = msgspec.json.decode(plain)
    except msgspec.DecodeError:
        native = json.loads(plain)  # halves of surrogate pairs, and numbers that are none
    return native


def _body(value: _T) -> tuple[bytes, bytes]:
    try:
        body = _encode(value)
    except UnicodeEncodeError as error:
        raise Unstorable(None, "a text holds half a surrogate pair") from error
    except (ValueError, TypeError, OverflowError) as error:
        raise Unstorable(None, str(error)) from error
    if b"\\u0000" in body.replace(b"\\\\", b""):
        raise Unstorable(None, "a text holds the character NUL")
    # When and by which edition of the definition a record was obtained is not its content: reading it again must write nothing.
    content = _encode(msgspec.structs.replace(value, obtained_at=None, definition_version=1)) if isinstance(value, Record) else body
    return body, hashlib.blake2b(content, digest_size=16).digest()


def _terms(record: Record) -> Iterator[tuple[str, str]]:
    for major in record.majors:
        if major.catalogue_year is not None:
            yield "major", major_term(major.catalogue_year, major.code or "")
    for language in record.languages:
        yield "language", term(language)
    for creator in record.creators:
        yield "creator", term(creator.name)
    for whole in record.part_of:
        yield "part_of", term(whole)

"""The three questions, sent as the same bytes to every contender."""

from __future__ import annotations

from typing import Final

import orjson

from bench.records import COUNT, SOURCES, records

FIELDS: Final = "id title summary kind { value } tier durationSeconds sizeBytes url published updatedAt"
"""Ten fields with one value each: a list or a deeper object would count as several."""

JOINED: Final = "library { name } institution { name }"

CALLS: Final = {"list": 3, "join": 5, "byid": 1}
"""The fewest upstream calls that can answer each."""


def list_query() -> bytes:
    """Three lists of fifty records with ten fields, one list per source."""
    return posted("list", f"query list {{ {_lists(FIELDS)} }}")


def join_query() -> bytes:
    """The same lists, each record with the name of its library and of its institution, which two of the sources hold."""
    return posted("join", f"query join {{ {_lists(f'{FIELDS} {JOINED}')} }}")


def byid_query(identifier: str) -> bytes:
    """One record with ten fields by its global id."""
    return posted("byid", f"query byid($id: ID!) {{ resource(id: $id) {{ {FIELDS} }} }}", id=identifier)


def byid_key() -> tuple[str, str]:
    """The source and the native key of the record that is asked for by id."""
    return SOURCES[2], records(SOURCES[2])[COUNT // 2]["id"]


def _lists(fields: str) -> str:
    return " ".join(_list(source, fields) for source in SOURCES)


def _list(source: str, fields: str) -> str:
    return f'{source}: search(filter: {{ sources: ["{source}"] }}, first: {COUNT}) {{ nodes {{ {fields} }} }}'


def posted(name: str, query: str, **variables: str) -> bytes:
    """The body of a POST."""
    return orjson.dumps({"query": query, "operationName": name, "variables": variables})

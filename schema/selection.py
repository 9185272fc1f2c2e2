"""Which canonical fields a selection needs, so that a source is asked for no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode

_NEEDS: Mapping[str, frozenset[str]] = {
    "titleInOtherLanguages": frozenset({"title_zh", "title_en"}),
    "summary": frozenset({"summary"}),
    "keywords": frozenset({"keywords"}),
    "library": frozenset({"library"}),
    "institution": frozenset({"institution_name"}),
    "majors": frozenset({"majors"}),
    "creators": frozenset({"creators"}),
    "languages": frozenset({"languages"}),
    "license": frozenset({"license"}),
    "format": frozenset({"format"}),
    "durationSeconds": frozenset({"duration_seconds"}),
    "sizeBytes": frozenset({"size_bytes"}),
    "url": frozenset({"url"}),
    "cover": frozenset({"cover"}),
    "published": frozenset({"published"}),
    "updatedAt": frozenset({"updated_at"}),
    "partOf": frozenset({"part_of"}),
    "provenance": frozenset({"original_url", "updated_at"}),
}
"""Canonical fields by GraphQL field; those that every record has are not listed."""

_SHOWN = frozenset({"summary", "keywords"})
"""Where words are highlighted, beside the title."""


def needed_fields(info: Any) -> frozenset[str]:
    """The canonical fields that the nodes of a connection are asked for, fragments included."""
    found: set[str] = set()
    for inner in _fields(info, info.field_nodes):
        if inner.name.value == "nodes":
            _collect(info, inner, found)
        elif inner.name.value == "edges":
            for edge in _fields(info, [inner]):
                if edge.name.value == "node":
                    _collect(info, edge, found)
                elif edge.name.value == "highlights":
                    found |= _SHOWN
    return frozenset(found)


def _collect(info: Any, field: FieldNode, found: set[str]) -> None:
    for inner in _fields(info, [field]):
        found |= _NEEDS.get(inner.name.value, frozenset())


def _fields(info: Any, parents: Sequence[FieldNode]) -> Iterator[FieldNode]:
    for parent in parents:
        if parent.selection_set is not None:
            yield from _flat(info, parent.selection_set)


def _flat(info: Any, selections: SelectionSetNode) -> Iterator[FieldNode]:
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            yield from _flat(info, selection.selection_set)
        elif isinstance(selection, FragmentSpreadNode):
            yield from _flat(info, info.fragments[selection.name.value].selection_set)

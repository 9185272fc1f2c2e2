"""What each field of the schema asks of the sources; connections are priced by their `first` without an entry."""

from __future__ import annotations

from typing import Final

from transport.cost import Costs, FieldCost

LIVE_SOURCES: Final = 8
"""Live sources that a list is taken to ask: the price of a list before anybody knows how many there are."""

PRICES: Final[Costs] = {
    ("Query", "search"): FieldCost("first", 20, calls=LIVE_SOURCES),
    ("Query", "changes"): FieldCost("first", 500),
    ("Query", "libraries"): FieldCost("first", 20, calls=LIVE_SOURCES),
    ("Query", "auditEvents"): FieldCost("first", 50),
    ("Query", "node"): FieldCost(calls=1),
    ("Query", "nodes"): FieldCost("ids", 1, calls=LIVE_SOURCES),
    ("Query", "resource"): FieldCost(calls=1),
    ("Query", "resourceByIdentifier"): FieldCost(calls=1),
    ("Query", "provinces"): FieldCost(default_rows=35),
    ("Query", "scopes"): FieldCost(default_rows=15),
    ("Source", "harvests"): FieldCost("first", 10),
    ("SourceHealth", "calls"): FieldCost("last", 20),
    ("Resource", "library"): FieldCost(calls=1),
    ("Resource", "institution"): FieldCost(calls=1),
    ("Resource", "live"): FieldCost(calls=1),
    ("Resource", "partOf"): FieldCost(default_rows=2, calls=1),
    ("Library", "resources"): FieldCost("first", 20, per_row_calls=3),
    ("Institution", "resources"): FieldCost("first", 20, per_row_calls=LIVE_SOURCES),
    ("Institution", "libraries"): FieldCost("first", 20, per_row_calls=LIVE_SOURCES),
    ("Query", "suggest"): FieldCost("first", 10, calls=1),
    ("ResourceConnection", "facets"): FieldCost("first", 10, calls=2),
    ("ResourceConnection", "didYouMean"): FieldCost(calls=1),
    ("ResourceConnection", "pageCursors"): FieldCost("size", 7),
    ("ResourceConnection", "outcomes"): FieldCost(default_rows=LIVE_SOURCES),
    ("LibraryConnection", "outcomes"): FieldCost(default_rows=LIVE_SOURCES),
}

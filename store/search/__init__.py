"""The search index: derived from the catalog's tables, one per node, replaced rather than repaired."""

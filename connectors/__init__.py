"""How a source is read: one protocol, one package per kind, definitions and mappings."""

"""From native items to canonical records: paths, field specifications, and the compiled function."""

from connectors.mapping.compiler import Binding, ItemSpoiled, Mapper, compile_mapping
from connectors.mapping.specification import FieldSpecification

__all__ = ["Binding", "FieldSpecification", "ItemSpoiled", "Mapper", "compile_mapping"]

"""From native items to canonical records: paths, field specifications, and the compiled function."""

from connectors.mapping.binding import Binding, ItemSpoiled
from connectors.mapping.compiler import Mapper, compile_mapping
from connectors.mapping.specification import FieldSpecification

__all__ = ["Binding", "FieldSpecification", "ItemSpoiled", "Mapper", "compile_mapping"]

"""How a field finds its value: arguments to one query, many sources to one answer."""
